import { treeCheck } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { freshLines } from '../ring.ts';
import { linked, treeOf } from '../tree.ts';

/** What C runsvdir and runsv need with some room. */
const NEEDED = 32;
/** Descriptors of one service in the shared mode: FIFOs, locks, pipe and log. */
const SHARED_EACH = 12;

export const check = treeCheck({
  id: 'nofile-limit',
  severity: 'error',
  layer: 'machine',
  title: 'the limit of open files is too low for the supervisor',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    'runsv opens about a dozen files, a shared supervisor as many for each service. With ulimit -n below that it says "process cannot open more files" and ends.',
    'By hand: ulimit -n 1024 in the runner, before the exec; then start it again.',
  ],
  see: (snapshot) => {
    const main = treeOf(snapshot).main;
    const limit = main?.process.detail?.limits['Max open files'];
    if (main === undefined || typeof limit !== 'number') return undefined;
    const said = freshLines(snapshot).filter((line) => /process cannot open more files/.test(line));
    const needed = main.args.shared ? NEEDED + SHARED_EACH * linked(snapshot).length : NEEDED;
    if (limit >= needed && said.length === 0) return undefined;
    return {
      path: runnerOf(snapshot),
      summary: 'the supervisor may not open enough files',
      evidence: [
        `limit of pid ${main.process.pid}: ${limit} open files, expected at least ${needed}`,
        ...said.slice(-1),
      ],
      cause: `Put ulimit -n ${Math.max(1024, needed)} into the runner; then kill -HUP ${main.process.pid}, and homerun up.`,
    };
  },
});
