import { serviceCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { describeProcess } from '../strays.ts';
import { treeOf } from '../tree.ts';
import { svl } from '../words.ts';

export const check = serviceCheck({
  id: 'paused',
  severity: 'warning',
  layer: 'state',
  title: 'the service is paused, or its process was stopped',
  section: 'How the supervise directory is created',
  explain: [
    'sv pause sends STOP: the process keeps everything and does nothing. It also happens by accident: sv looks at the first letter only (sv print is pause), and echo up >control sends u and then p. A STOP that came from elsewhere (kill -STOP) does not show in sv status.',
    'By hand: svl cont NAME',
  ],
  see: (snapshot, service) => {
    const { status } = service.main;
    const daemon = treeOf(snapshot).daemon(service.main);
    if (status === null || daemon === undefined || service.main.answers !== 'ok' || status.state !== 'run')
      return undefined;
    const stopped = daemon.state === 'T';
    if (!stopped) {
      // A job that a person stopped (in a service that is a terminal multiplexer) has a terminal.
      const child = treeOf(snapshot)
        .descendants(daemon.pid)
        .find((each) => each.state === 'T' && each.tty === 0);
      if (child === undefined) return undefined;
      return {
        path: service.dir,
        summary: 'a process that it has started is stopped',
        evidence: [`${describeProcess(child)} is in state T; it is below pid ${daemon.pid}`],
        cause: `Something sent it STOP, and the service waits for it, or does without it. Let it go on: kill -CONT ${child.pid}`,
      };
    }
    return {
      path: service.dir,
      summary: status.paused ? 'it is paused' : 'its process is stopped, though runsv did not pause it',
      evidence: [`pid ${daemon.pid} is in state T`, `status: ${status.paused ? 'paused' : 'not paused'}`],
      cause: status.paused
        ? 'Somebody paused it, perhaps by a mistyped command.'
        : 'Something else than sv sent it STOP.',
      fix: {
        title: 'let it go on',
        risk: 'restart',
        commands: [svl(snapshot, 'cont', service.name)],
        operations: [],
        actions: [{ kind: 'control', supervise: service.main.path, letters: 'c' }],
        settle: SETTLE_RUN,
      },
    };
  },
});
