import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { programOf } from '../program.ts';
import { fixBy } from '../say.ts';
import { treeOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'orphan-runsv',
  severity: 'error',
  layer: 'supervisor',
  title: 'a runsv lives on without its runsvdir',
  section: 'Troubleshoot: Read-Only Diagnostic Tests',
  explain: [
    'runsvdir that ends by TERM, INT or KILL (or by HUP within its first second) leaves its runsv alive. They go on with their services; but a new runsvdir cannot have them: "unable to lock supervise/lock: temporary failure", for ever.',
    'By hand: start runsvdir, then kill -TERM each such runsv: it stops its service, and the new one starts it again. HUP is the signal that ends runsvdir with everything below it.',
  ],
  see: (snapshot, service) => {
    const tree = treeOf(snapshot);
    const orphans = tree.keepers(service).filter((keeper) => {
      if (programOf(keeper).name !== 'runsv') return false;
      const parent = tree.byPid.get(keeper.ppid);
      // pid 1, or whatever takes up orphans on this machine: not one of the user's own programs.
      return parent === undefined || keeper.ppid === 1;
    });
    const [orphan] = orphans;
    if (orphan === undefined) return undefined;
    return {
      path: service.dir,
      summary: `its runsv (pid ${orphan.pid}) lives on without a runsvdir`,
      evidence: [
        `parent of pid ${orphan.pid}: ${orphan.ppid}`,
        tree.main === undefined ? 'no runsvdir runs' : `the runsvdir of now: pid ${tree.main.process.pid}`,
      ],
      cause: 'Its runsvdir ended by TERM, INT or KILL. The one of now cannot lock what it holds.',
      fix: fixBy({
        title: `end the runsv that is left over (pid ${orphan.pid})`,
        risk: 'restart',
        commands: [`kill -TERM ${orphan.pid}`],
        actions: orphans.map((each) => ({
          kind: 'signal',
          pid: each.pid,
          ticks: each.ticks,
          signal: 'SIGTERM',
        })),
        settle: SETTLE_SCAN,
      }),
    };
  },
});
