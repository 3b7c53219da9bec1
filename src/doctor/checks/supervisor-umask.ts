import { treeCheck } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { treeOf } from '../tree.ts';

/** The owner's own rights. */
const OWNER = 0o700;

export const check = treeCheck({
  id: 'supervisor-umask',
  severity: 'error',
  layer: 'machine',
  title: 'the supervisor has a umask that takes rights from you yourself',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    'Whatever runsvdir starts makes its files with the umask that runsvdir was started with. One that takes rights from the owner (777, 700) gives status files that nobody can read, logs that nobody can open again, and supervise directories that nobody can enter.',
    'By hand: umask 022 (or 077) in the runner, before the exec; end runsvdir with HUP and start the runner again.',
  ],
  see: (snapshot) => {
    const main = treeOf(snapshot).main;
    const umask = main?.process.detail?.umask;
    if (main === undefined || umask == null || (umask & OWNER) === 0) return undefined;
    return {
      path: runnerOf(snapshot),
      summary: `the supervisor has the umask ${umask.toString(8).padStart(3, '0')}: its own files are closed to you`,
      evidence: [
        `umask of pid ${main.process.pid}: ${umask.toString(8).padStart(3, '0')}, expected 022 or 077`,
      ],
      cause: `Services inherit it. Put umask 022 into the runner; then kill -HUP ${main.process.pid}, and start the runner again. What was made meanwhile needs its rights back: chmod -R u+rwX on the service directories and the logs.`,
    };
  },
});
