import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { programOf } from '../program.ts';
import { fixBy } from '../say.ts';
import { halves } from '../supervises.ts';
import { treeOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'supervise-removed-live',
  severity: 'error',
  layer: 'supervise',
  title: 'supervise was removed or replaced while runsv has it open: the service cannot be reached',
  section: 'Brute Force Troubleshooting',
  explain: [
    'rm -rf supervise under a runsv that runs does not reset anything: it goes on with the removed FIFOs, and no sv reaches it any more.',
    'By hand: kill -TERM the runsv of that service (its pid: pgrep -f "runsv NAME"). It stops the service and ends; runsvdir starts a new one, which makes supervise again.',
  ],
  see: (snapshot, service) => {
    const tree = treeOf(snapshot);
    const [half] = halves(snapshot, service);
    const folder = half?.fact.real ?? `${service.dir}/supervise`;
    if (half === undefined) return undefined;
    const holders = ['control', 'lock']
      .flatMap((name) => tree.openers(`${folder}/${name} (deleted)`))
      .filter((process) => /^(runsv|runsvdir)$/.test(programOf(process).name));
    const [holder] = holders;
    if (holder === undefined) return undefined;
    // The right one has it open as well: then this is only left over for a moment.
    const own = programOf(holder).name === 'runsv' && tree.keepers(service).includes(holder);
    return {
      path: service.main.path,
      summary: 'its supervise was removed while it runs: nothing reaches it any more',
      evidence: [`pid ${holder.pid} (${programOf(holder).name}) has ${folder}/control (deleted) open`],
      cause: own
        ? 'runsv goes on with files that are gone. It has to end; the next one makes supervise again.'
        : `The supervisor goes on with files that are gone. Take the link away for 6 seconds, and make it again: rm LINK; sleep 6; ln -s ${service.dir} LINK`,
      fix: own
        ? fixBy({
            title: 'end this runsv with its service; runsvdir starts a new one',
            risk: 'restart',
            commands: [`kill -TERM ${holder.pid}`],
            actions: [{ kind: 'signal', pid: holder.pid, ticks: holder.ticks, signal: 'SIGTERM' }],
            settle: SETTLE_SCAN,
          })
        : null,
    };
  },
});
