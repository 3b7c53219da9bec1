import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy } from '../say.ts';
import { halves, hostedProcess } from '../supervises.ts';
import { treeOf } from '../tree.ts';
import { errorText, shellPath } from '../words.ts';

export const check = serviceCheck({
  id: 'supervise-symlink-broken',
  severity: 'error',
  layer: 'supervise',
  title: 'supervise is a link to a place that runsv cannot make',
  section: 'How the supervise directory is created',
  explain: [
    'supervise may be a link to a directory that is not there yet: runsv makes it. But it makes only the last part of the path: where its parent is missing (a /run that is empty after a boot) or closed, runsv says "unable to open supervise/lock: file does not exist".',
    'By hand: rm supervise (runsv then makes a directory), or mkdir -p the parent.',
  ],
  see: (snapshot, service) => {
    // runsv makes what is only missing at the end: then it answers.
    const broken = halves(snapshot, service).filter(
      ({ fact }) => fact.self?.kind === 'symlink' && fact.to === null,
    );
    const [first] = broken;
    if (first === undefined) return undefined;
    const tree = treeOf(snapshot);
    if (tree.main === undefined || tree.keeper(service) !== undefined) return undefined;
    if (hostedProcess(snapshot, service) !== undefined) return undefined;
    return {
      path: first.fact.path,
      summary: `${first.name} is a link to ${first.fact.target}, which cannot be made`,
      evidence: [`link to ${first.fact.target}: ${errorText(first.fact.toError ?? 'ENOENT')}`],
      cause: 'The directory above its target is missing or closed, so that runsv cannot make it.',
      fix: fixBy({
        title: 'take the link away; runsv makes a directory',
        commands: broken.map(({ fact }) => `rm ${shellPath(snapshot, fact.path)}`),
        operations: broken.map(({ fact }) => ({ kind: 'remove', path: fact.path })),
        settle: SETTLE_SCAN,
      }),
    };
  },
});
