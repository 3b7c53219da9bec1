import { basename } from 'node:path';
import { serviceCheck } from '../check.ts';
import { isInterpreter, scriptOf } from '../named-paths.ts';
import { lastTarget, runOf } from '../places.ts';
import { programOf } from '../program.ts';
import { fixBy } from '../say.ts';
import type { ProcessFact } from '../snapshot.ts';
import { describeProcess, logPipes, straysOf } from '../strays.ts';
import { treeOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'orphan-daemon',
  severity: 'error',
  layer: 'state',
  title: 'a daemon of a runsv that was killed lives on beside the new one',
  section: 'Troubleshoot: Read-Only Diagnostic Tests',
  explain: [
    'runsv that is killed with -9 leaves its daemon and its svlogd alive. runsvdir starts a new runsv, and that a second daemon; the old svlogd keeps the lock of the log directory.',
    'By hand: kill PID of the old daemon. Its svlogd ends by itself at the end of its input.',
  ],
  see: (snapshot, service) => {
    const tree = treeOf(snapshot);
    const daemon = tree.daemon(service.main);
    if (tree.keeper(service) === undefined || service.main.status?.want !== 'u') return undefined;
    // Copies that run itself puts in the background, once a second, are another finding.
    const pipes = logPipes(snapshot, service);
    const target = lastTarget(snapshot, runOf(snapshot, service))?.started;
    const name = basename(
      scriptOf(target ?? { program: null, args: [], cwd: null }) ?? target?.program ?? '',
    );
    // A terminal multiplexer or a script of cron may stand in that directory, too: it must be the daemon by its words.
    const isOne = (process: ProcessFact): boolean => {
      if (process.fds.some((each) => (each.fd === 1 || each.fd === 2) && pipes.has(each.target))) return true;
      if (daemon === undefined) return name !== '' && programOf(process).name === name;
      if (process.argv.join('\0') === daemon.argv.join('\0')) return true;
      return process.exe === daemon.exe && !isInterpreter(basename(process.exe ?? ''));
    };
    const orphans = straysOf(snapshot, service).filter(
      (process) =>
        tree.isOrphan(process) &&
        (daemon === undefined || process.started < daemon.started) &&
        isOne(process),
    );
    const [orphan] = orphans;
    if (orphan === undefined || orphans.length > 2) return undefined;
    const keeper = tree.keeper(service);
    if (keeper !== undefined && orphan.started > keeper.started) return undefined;
    return {
      path: service.dir,
      summary: `an older daemon of it (pid ${orphan.pid}) lives on beside the supervised one`,
      evidence: [
        ...orphans.map(describeProcess),
        ...(daemon === undefined ? [] : [`supervised: ${describeProcess(daemon)}`]),
      ],
      cause:
        'Its runsv was killed. Two daemons work on the same things, and the old logger keeps the log directory locked.',
      fix: fixBy({
        title: 'end the daemon that is left over',
        risk: 'restart',
        commands: [`kill ${orphans.map((each) => each.pid).join(' ')}`],
        actions: orphans.map((each) => ({
          kind: 'signal',
          pid: each.pid,
          ticks: each.ticks,
          signal: 'SIGTERM',
        })),
      }),
    };
  },
});
