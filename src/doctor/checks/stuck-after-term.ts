import { serviceCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { pathOf, treeOf } from '../tree.ts';
import { duration, svl } from '../words.ts';

/** A daemon that needs longer than this after TERM is stuck or takes its time, milliseconds. */
const PATIENCE = 10_000;

export const check = serviceCheck({
  id: 'stuck-after-term',
  severity: 'warning',
  layer: 'state',
  title: 'the daemon got TERM and does not end',
  section: 'Listening for signal USR1',
  explain: [
    'sv down and restart send TERM. A program that ignores it, or finishes a long work first, stays: "want down, got TERM". sv gives up after 7 seconds with "timeout"; runsv waits for ever.',
    'By hand: svl kill NAME (KILL), or svl force-stop NAME. What the program was doing is lost then.',
  ],
  see: (snapshot, service) => {
    const { status } = service.main;
    const daemon = treeOf(snapshot).daemon(service.main);
    const written = pathOf(snapshot, service.main.path, 'status').to?.mtime ?? snapshot.at;
    if (status === null || !status.gotTerm || status.state !== 'run' || daemon === undefined)
      return undefined;
    if (service.main.answers !== 'ok' || snapshot.at - written < PATIENCE) return undefined;
    const ignores = ((BigInt(`0x${daemon.detail?.ignored || '0'}`) >> 14n) & 1n) === 1n;
    return {
      path: service.dir,
      summary: `it got TERM ${duration(snapshot.at - written)} ago and still runs`,
      evidence: [
        `status: pid ${status.pid}, got TERM, want ${status.want === 'd' ? 'down' : 'up'}`,
        ...(ignores ? ['the process ignores TERM'] : []),
        ...(daemon.state === 'D' ? ['it waits for a disk or network file system (state D)'] : []),
        ...(daemon.state === 'T' ? ['it is stopped (state T): TERM waits until it goes on'] : []),
      ],
      cause: `It ignores TERM, or finishes its work first. If it hangs: ${svl(snapshot, 'kill', service.name)}`,
      fix: {
        title: 'kill it',
        risk: 'restart',
        commands: [svl(snapshot, 'kill', service.name)],
        operations: [],
        actions: [{ kind: 'control', supervise: service.main.path, letters: 'k' }],
        settle: SETTLE_RUN,
      },
    };
  },
});
