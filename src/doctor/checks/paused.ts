import { serviceCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
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
    if (!stopped) return undefined;
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
