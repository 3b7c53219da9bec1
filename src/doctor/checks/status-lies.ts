import { serviceCheck } from '../check.ts';
import { fixBy } from '../say.ts';
import { halves } from '../supervises.ts';
import { pathOf, treeOf } from '../tree.ts';
import { shellPath } from '../words.ts';

/** A status that is younger than this may be newer than the process list, milliseconds. */
const YOUNG = 3000;

export const check = serviceCheck({
  id: 'status-lies',
  severity: 'warning',
  layer: 'supervise',
  title: 'supervise/status does not agree with the processes',
  section: 'How the supervise directory is created',
  explain: [
    'supervise/status names a pid that is not there, or is no child of the runsv that keeps the service: something else wrote the file (a restored backup, a copy), or runsv could not (full disk, lost rights). sv believes it: sv up then does nothing.',
    'By hand: printf c >supervise/control makes runsv write the truth.',
  ],
  see: (snapshot, service) => {
    const tree = treeOf(snapshot);
    const keeper = tree.keeper(service);
    if (keeper === undefined) return undefined;
    for (const { supervise, name } of halves(snapshot, service)) {
      const { status } = supervise;
      if (supervise.answers !== 'ok' || status === null || status.pid === 0) continue;
      // A process that ended while doctor looked is no lie: runsv had time to write the truth, and did not.
      const later = snapshot.samples.flatMap((sample) => sample.status[supervise.path] ?? []);
      if (later.length < 2 || snapshot.at - status.changed < YOUNG) continue;
      if (later.some((each) => each.pid !== status.pid || each.changed !== status.changed)) continue;
      const known = tree.byPid.get(status.pid);
      const there = pathOf(snapshot, `/proc/${status.pid}`).to !== null;
      // A process of another user is not in the list.
      if (known === undefined && there) continue;
      const wrong =
        known === undefined
          ? 'there is no such process'
          : known.state === 'Z'
            ? 'that process has ended (zombie)'
            : known.ppid !== keeper.pid && !tree.isBelow(known, keeper.pid) && known.ppid !== 1
              ? `that process is a child of ${known.ppid}, not of ${keeper.pid}`
              : undefined;
      if (wrong === undefined) continue;
      return {
        path: supervise.path,
        summary: `${name}/status names pid ${status.pid}, and that is not true`,
        evidence: [wrong, `kept by pid ${keeper.pid}`],
        cause:
          'Something else wrote the file, or runsv could not. sv believes it, and does not do what is asked for.',
        fix: fixBy({
          title: 'let runsv write it again',
          risk: 'restart',
          commands: [`printf c > ${shellPath(snapshot, supervise.path)}/control`],
          actions: [{ kind: 'control', supervise: supervise.path, letters: 'c' }],
        }),
      };
    }
    return undefined;
  },
});
