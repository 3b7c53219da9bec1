import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { programOf } from '../program.ts';
import { fixBy } from '../say.ts';
import { describeProcess } from '../strays.ts';
import { treeOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'lock-held-by-other-runsv',
  severity: 'error',
  layer: 'supervisor',
  title: 'another runsv, not started by the runsvdir of this tree, holds supervise/lock',
  section: 'Troubleshoot: Read-Only Diagnostic Tests',
  explain: [
    'Only one runsv can have a service. One that was started by hand (runsv ~/service_all/NAME), or by another runsvdir, keeps the lock, and the right one says "unable to lock supervise/lock: temporary failure" each second.',
    'By hand: kill -TERM PID of that runsv. It stops its service and ends; runsvdir starts the right one within 5 seconds.',
  ],
  see: (snapshot, service) => {
    const tree = treeOf(snapshot);
    const main = tree.main;
    if (main === undefined) return undefined;
    const others = tree.keepers(service).filter((keeper) => {
      if (keeper.pid === main.process.pid || keeper.ppid === main.process.pid) return false;
      const parent = tree.byPid.get(keeper.ppid);
      // Orphans are another finding; so are those of a second runsvdir on the same directory.
      return (
        parent !== undefined &&
        !(programOf(parent).name === 'runsvdir' && tree.ours.some((each) => each.process.pid === parent.pid))
      );
    });
    const [other] = others;
    if (other === undefined || programOf(other).name !== 'runsv') return undefined;
    const parent = tree.byPid.get(other.ppid);
    return {
      path: `${service.main.path}/lock`,
      summary: `another runsv has it, pid ${other.pid}, which this tree's runsvdir did not start`,
      evidence: [
        `parent: ${parent === undefined ? other.ppid : describeProcess(parent)}`,
        `the runsvdir of this tree: pid ${main.process.pid}`,
      ],
      cause: 'The right runsv cannot lock supervise/lock as long as that one lives.',
      fix: fixBy({
        title: `end the other runsv (pid ${other.pid}) with its service`,
        risk: 'restart',
        commands: [`kill -TERM ${other.pid}`],
        actions: others.map((each) => ({
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
