import { serviceCheck } from '../check.ts';
import { programOf } from '../program.ts';
import { describeProcess } from '../strays.ts';
import { halves } from '../supervises.ts';
import { treeOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'lock-held-by-other-program',
  severity: 'error',
  layer: 'supervisor',
  title: 'supervise/lock is held by something that is no runsv',
  section: 'Troubleshoot: Read-Only Diagnostic Tests',
  explain: [
    'A backup program, an editor or flock(1) has locked supervise/lock. runsv says "unable to lock supervise/lock: temporary failure".',
    'By hand: end that program. The lock goes with it; removing the file does not help.',
  ],
  see: (snapshot, service) => {
    const tree = treeOf(snapshot);
    const [half] = halves(snapshot, service);
    if (half === undefined || tree.keeper(service) !== undefined) return undefined;
    const holder = tree
      .holders(half.file('lock').path)
      .find(
        (each) =>
          !each.waiting &&
          (each.process === null || !/^(runsv|runsvdir)$/.test(programOf(each.process).name)),
      );
    if (holder === undefined) return undefined;
    return {
      path: half.file('lock').path,
      summary: `supervise/lock is held by ${holder.process === null ? `process ${holder.pid}` : programOf(holder.process).name}, which is no runsv`,
      evidence: [holder.process === null ? `pid ${holder.pid}` : describeProcess(holder.process)],
      cause: `runsv cannot start as long as that process has the lock. End it: kill ${holder.pid}`,
    };
  },
});
