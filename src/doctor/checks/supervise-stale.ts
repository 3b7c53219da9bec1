import { serviceCheck } from '../check.ts';
import { treeOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'supervise-stale',
  severity: 'info',
  layer: 'advice',
  title: 'supervise holds the state of a runsv that is gone',
  section: 'Brute Force Troubleshooting',
  explain: [
    'After a power cut or kill -9 the files in supervise still say "run" with a pid. That is harmless: nothing has to be removed. The next runsv takes the directory over and writes them anew.',
  ],
  see: (snapshot, service) => {
    const { answers, status } = service.main;
    const tree = treeOf(snapshot);
    if (
      answers !== 'ENXIO' ||
      status?.state !== 'run' ||
      status.pid === 0 ||
      tree.keeper(service) !== undefined
    )
      return undefined;
    const alive = tree.byPid.get(status.pid);
    return {
      path: service.main.path,
      summary: `its status is of a runsv that is gone${alive === undefined ? '' : '; the daemon lives on'}`,
      evidence: [`status: run, pid ${status.pid}${alive === undefined ? ', no such process' : ''}`],
      cause: 'Harmless: the next runsv writes it anew. Nothing has to be removed.',
    };
  },
});
