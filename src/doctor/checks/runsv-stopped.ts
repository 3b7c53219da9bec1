import { serviceCheck } from '../check.ts';
import { programOf } from '../program.ts';
import { fixBy } from '../say.ts';
import { treeOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'runsv-stopped',
  severity: 'error',
  layer: 'supervisor',
  title: 'the runsv of the service is stopped (state T)',
  section: 'Troubleshoot: Read-Only Diagnostic Tests',
  explain: [
    'A runsv that got STOP (kill -STOP, Ctrl-Z in its terminal) does nothing: commands wait in its FIFO, and a daemon that ends is not started again. sv status looks as if all was well.',
    'By hand: kill -CONT its pid. The commands that wait are then carried out.',
  ],
  see: (snapshot, service) => {
    const stopped = treeOf(snapshot)
      .keepers(service)
      .find((each) => /^[Tt]$/.test(each.state) && programOf(each).name === 'runsv');
    if (stopped === undefined) return undefined;
    return {
      path: service.dir,
      summary: `its runsv (pid ${stopped.pid}) is stopped`,
      evidence: [`pid ${stopped.pid}: state ${stopped.state}`],
      cause: 'It takes no commands, and does not start the daemon again.',
      fix: fixBy({
        title: 'let it go on',
        commands: [`kill -CONT ${stopped.pid}`],
        actions: [{ kind: 'signal', pid: stopped.pid, ticks: stopped.ticks, signal: 'SIGCONT' }],
      }),
    };
  },
});
