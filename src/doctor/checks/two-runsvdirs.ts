import { type Seen, treeCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy } from '../say.ts';
import type { Snapshot } from '../snapshot.ts';
import { linked, treeOf } from '../tree.ts';

/** A runsvdir of another directory that leads to services of this one: each of them can have one runsv only. */
function sharedServices(snapshot: Snapshot): Seen | undefined {
  const mine = new Map(linked(snapshot).map((service) => [service.dir, service.name]));
  for (const { pid, directory, services } of snapshot.elsewhere ?? []) {
    if (!treeOf(snapshot).byPid.has(pid)) continue;
    const both = services.flatMap((dir) => mine.get(dir) ?? []);
    if (both.length === 0) continue;
    return {
      path: directory,
      summary: `another runsvdir (pid ${pid}) looks at a directory that leads to ${both.join(', ')} as well`,
      evidence: [
        `pid ${pid} looks at ${directory}`,
        `its links lead to ${both.length} services of this tree`,
      ],
      cause:
        'A service can have one runsv only: the one that came first. The other tries again and again, fills its messages, and takes the service over when the first ends. Take the links out of one of the two directories.',
    };
  }
  return undefined;
}

export const check = treeCheck({
  id: 'two-runsvdirs',
  severity: 'warning',
  layer: 'supervisor',
  title: 'two runsvdir processes look at one directory',
  section: 'As the Normal User, Start the Runsvdir Runner Program',
  explain: [
    'The second one (a second session, the runner started twice) starts a runsv for each service each few seconds, which cannot lock it and ends.',
    'By hand: kill -TERM the one that owns no runsv that lives. TERM ends only runsvdir itself, and leaves every service alone.',
  ],
  see: (snapshot) => {
    const tree = treeOf(snapshot);
    if (tree.main === undefined) return undefined;
    if (tree.ours.length < 2) return sharedServices(snapshot);
    const idle = tree.ours.filter(
      (each) =>
        each !== tree.main &&
        !linked(snapshot).some((service) =>
          tree
            .keepers(service)
            .some(
              (keeper) =>
                keeper.pid === each.process.pid ||
                (keeper.ppid === each.process.pid &&
                  service.main.answers === 'ok' &&
                  tree.daemon(service.main)?.ppid === keeper.pid),
            ),
        ),
    );
    return {
      path: snapshot.layout.serviceDir,
      summary: `${tree.ours.length} runsvdir processes look at the service directory`,
      evidence: tree.ours.map(
        (each) =>
          `pid ${each.process.pid}, parent ${each.process.ppid}, since ${new Date(each.process.started).toISOString()}${each === tree.main ? ', has the services' : ''}`,
      ),
      cause:
        'Only one can have the services; the other tries again and again, and fills the messages of both.',
      fix:
        idle.length === 0
          ? null
          : fixBy({
              title: 'end the runsvdir that has no service',
              commands: idle.map((each) => `kill -TERM ${each.process.pid}`),
              actions: idle.map((each) => ({
                kind: 'signal',
                pid: each.process.pid,
                ticks: each.process.ticks,
                signal: 'SIGTERM',
              })),
              settle: SETTLE_SCAN,
            }),
    };
  },
});
