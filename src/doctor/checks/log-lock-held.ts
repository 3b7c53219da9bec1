import { serviceCheck } from '../check.ts';
import { programOf } from '../program.ts';
import { describeProcess } from '../strays.ts';
import { halves } from '../supervises.ts';
import { treeOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'log-lock-held',
  severity: 'error',
  layer: 'supervisor',
  title: 'log/supervise/lock is held by another process: runsv waits, and never starts the service',
  section: 'Runit Log File Overview',
  explain: [
    'For the lock of the log service runsv waits, without a word: neither the service nor its log is started, and sv says "unable to open supervise/ok: file does not exist".',
    'By hand: end the process that holds the lock.',
  ],
  see: (snapshot, service) => {
    const tree = treeOf(snapshot);
    const half = halves(snapshot, service)[1];
    if (half === undefined || half.supervise.answers === 'ok') return undefined;
    const holders = tree.holders(half.file('lock').path);
    const holder = holders.find(
      (each) => !each.waiting && (each.process === null || !tree.keepers(service).includes(each.process)),
    );
    if (holder === undefined) return undefined;
    const waiter = holders.find((each) => each.waiting);
    return {
      path: half.file('lock').path,
      summary: `its log's lock is held by ${holder.process === null ? `process ${holder.pid}` : programOf(holder.process).name}`,
      evidence: [
        holder.process === null ? `held by pid ${holder.pid}` : `held by ${describeProcess(holder.process)}`,
        ...(waiter?.process == null ? [] : [`waiting for it: ${describeProcess(waiter.process)}`]),
      ],
      cause: `runsv waits for it without a word, and starts nothing before. End that process: kill ${holder.pid}`,
    };
  },
});
