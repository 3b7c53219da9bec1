import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy } from '../say.ts';
import { halves } from '../supervises.ts';
import { kindWord, shellPath } from '../words.ts';

export const check = serviceCheck({
  id: 'supervise-is-file',
  severity: 'error',
  layer: 'supervise',
  title: 'supervise is no directory',
  section: 'How the supervise directory is created',
  explain: [
    'runsv makes the directory supervise; a file of that name is in its way: "unable to open supervise/lock: not a directory".',
    'By hand: rm supervise',
  ],
  see: (snapshot, service) => {
    const wrong = halves(snapshot, service).filter(
      ({ fact }) => fact.to !== null && fact.to.kind !== 'directory',
    );
    const [first] = wrong;
    if (first?.fact.to == null) return undefined;
    return {
      path: first.fact.path,
      summary: `${first.name} is ${kindWord(first.fact.to.kind)}, expected a directory`,
      evidence: [`found ${kindWord(first.fact.to.kind)}`],
      cause: 'It is in the way of the directory that runsv makes.',
      fix: fixBy({
        title: 'take it away; runsv makes the directory',
        commands: [`rm ${wrong.map(({ fact }) => shellPath(snapshot, fact.path)).join(' ')}`],
        operations: wrong.map(({ fact }) => ({ kind: 'remove', path: fact.path })),
        settle: SETTLE_SCAN,
      }),
    };
  },
});
