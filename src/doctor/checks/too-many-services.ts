import { treeCheck } from '../check.ts';
import { treeOf } from '../tree.ts';

/** runsvdir's own limit. */
const MOST = 1000;

export const check = treeCheck({
  id: 'too-many-services',
  severity: 'error',
  layer: 'links',
  title: 'more than 1000 services in the service directory',
  section: 'Make the Service Directory',
  explain: [
    'runsvdir keeps at most 1000 services, and says "unable to start runsv NAME: too many services." for the rest.',
    'By hand: spread them over two service directories, each with a runsvdir.',
  ],
  see: (snapshot) => {
    const visible =
      snapshot.entryCount - snapshot.entries.filter((entry) => entry.name.startsWith('.')).length;
    if (visible <= MOST) return undefined;
    return {
      path: snapshot.layout.serviceDir,
      summary: `${visible} entries in the service directory, more than runsvdir takes`,
      evidence: [
        `found ${visible}, at most ${MOST}${treeOf(snapshot).main?.args.shared === true ? ' (also with --shared)' : ''}`,
      ],
      cause: 'The rest is not started. Spread them over two service directories.',
    };
  },
});
