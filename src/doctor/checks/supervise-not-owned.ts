import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { linesAbout, ringOf } from '../ring.ts';
import { fixBy } from '../say.ts';
import { aside, halves } from '../supervises.ts';
import { pathOf, treeOf } from '../tree.ts';
import { modeAndOwner, shellPath, userName } from '../words.ts';

export const check = serviceCheck({
  id: 'supervise-not-owned',
  severity: 'error',
  layer: 'owner',
  title: 'supervise belongs to root or another user',
  section: 'How the supervise directory is created',
  explain: [
    'supervise is made with mode 0700 by whoever runs runsv first. When that was root (sudo runsv, sudo of the runner), your own runsv can neither lock nor write it: "unable to open supervise/lock: access denied", again and again.',
    'By hand, without root: mv supervise .supervise.root (you may rename it, for the directory above is yours); the same for log/supervise. runsv makes a new one. With root: chown -R USER DIR',
  ],
  see: (snapshot, service) => {
    if (snapshot.who.uid === 0) return undefined;
    const foreign = halves(snapshot, service).filter(
      ({ fact }) => fact.self !== null && fact.self.kind !== 'symlink' && fact.self.uid !== snapshot.who.uid,
    );
    const [first] = foreign;
    if (first?.fact.self == null) return undefined;
    const keeper = treeOf(snapshot).keeper(service);
    const alive = keeper !== undefined && keeper.uid !== snapshot.who.uid;
    const movable = foreign.every(({ fact }) => {
      const parent = pathOf(snapshot, fact.path, '..');
      return parent.can.write === 'ok' && ((parent.to?.mode ?? 0) & 0o1000) === 0;
    });
    const owner = userName(snapshot, first.fact.self.uid);
    const places = foreign.map(({ fact }) => ({
      from: fact.path,
      to: aside(fact.path, owner.replace(' ', '-')),
    }));
    return {
      path: first.fact.path,
      summary: `${foreign.map(({ name }) => name).join(' and ')} ${foreign.length === 1 ? 'belongs' : 'belong'} to ${owner}`,
      evidence: [modeAndOwner(snapshot, first.fact), ...linesAbout(ringOf(snapshot), service.name).slice(-1)],
      cause: `runsv of ${snapshot.who.user} may not use it. ${owner} ran runsv or runsvdir here once${alive ? ', and still does' : ''}.`,
      fix:
        !movable || alive
          ? null
          : fixBy({
              title: 'move it aside; runsv makes a new one',
              commands: places.map(
                ({ from, to }) => `mv ${shellPath(snapshot, from)} ${shellPath(snapshot, to)}`,
              ),
              operations: places.map(({ from, to }) => ({ kind: 'rename', from, to })),
              settle: SETTLE_SCAN,
            }),
    };
  },
});
