import { serviceCheck } from '../check.ts';
import { halves } from '../supervises.ts';
import { treeOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'copied-supervise',
  severity: 'info',
  layer: 'advice',
  title: 'a service directory was copied together with its supervise',
  section: 'Make the Daemon’s Directory Inside The "All Daemons" Directory',
  explain: [
    'supervise belongs to one runsv on one machine. In a copy (cp -r, git, a cloud folder) it is useless, and its FIFOs may have become files.',
    'By hand, in the copy, while no runsv runs there: rm -rf supervise log/supervise',
  ],
  all: true,
  see: (snapshot, service) => {
    if (treeOf(snapshot).keeper(service) !== undefined || service.links.length > 0) return undefined;
    const copied = halves(snapshot, service).filter(
      (half) =>
        half.fact.to?.kind === 'directory' &&
        half.file('status').self !== null &&
        half.file('control').self?.kind !== 'fifo',
    );
    const [first] = copied;
    if (first === undefined) return undefined;
    return {
      path: first.fact.path,
      summary: 'its supervise was copied from elsewhere',
      evidence: ['status is there, and control is no FIFO'],
      cause:
        'It is of no use here, and may be in the way of the first start. Take it away: rm -rf supervise log/supervise',
    };
  },
});
