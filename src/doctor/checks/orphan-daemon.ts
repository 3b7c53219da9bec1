import { serviceCheck } from '../check.ts';
import { fixBy } from '../say.ts';
import { describeProcess, straysOf } from '../strays.ts';
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
    const orphans = straysOf(snapshot, service).filter(
      (process) =>
        (process.ppid === 1 || !tree.byPid.has(process.ppid)) &&
        (daemon === undefined ||
          (process.started < daemon.started &&
            (process.argv.join('\0') === daemon.argv.join('\0') || process.exe === daemon.exe))),
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
