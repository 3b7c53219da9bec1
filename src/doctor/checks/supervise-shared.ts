import { serviceCheck } from '../check.ts';
import { halves } from '../supervises.ts';
import { linked } from '../tree.ts';
import { shellPath } from '../words.ts';

export const check = serviceCheck({
  id: 'supervise-shared',
  severity: 'error',
  layer: 'supervise',
  title: 'two services share one supervise directory by links',
  section: 'How the supervise directory is created',
  explain: [
    'Each runsv locks its supervise directory. Where two are the same directory (copied links), only one service is ever started; the other says "unable to lock supervise/lock: temporary failure".',
    'By hand: give one of them a directory of its own.',
  ],
  see: (snapshot, service) => {
    for (const { fact, name } of halves(snapshot, service)) {
      if (fact.self?.kind !== 'symlink' || fact.to === null) continue;
      const other = linked(snapshot).find(
        (each) => each !== service && halves(snapshot, each).some((half) => half.fact.to?.id === fact.to?.id),
      );
      if (other === undefined) continue;
      return {
        path: fact.path,
        summary: `${name} is the same directory as that of ${other.name}`,
        evidence: [`link to ${fact.target}`],
        cause: `Only one of the two can run. Take the link away (rm ${shellPath(snapshot, fact.path)}): runsv makes a directory of its own.`,
      };
    }
    return undefined;
  },
});
