import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { programOf } from '../program.ts';
import { fixBy } from '../say.ts';
import { hostedProcess } from '../supervises.ts';
import { pathOf, treeOf } from '../tree.ts';
import { duration, shellPath } from '../words.ts';

/** An idle runsvdir looks every five seconds, and takes up to one more to start runsv, milliseconds. */
const LOOKS = 8000;

export const check = serviceCheck({
  id: 'rescan-needed',
  severity: 'warning',
  layer: 'links',
  title: 'a service that is linked has no runsv: runsvdir has not looked again',
  section: 'Symlink the Daemon’s Directory From Inside the Service Directory',
  explain: [
    'runsvdir looks at the directory only when its time of change moved. What changes below it (the target of a link was put back, a right was given) it does not notice.',
    'By hand: touch ~/service_gui. No running service is touched by that.',
  ],
  see: (snapshot, service) => {
    const tree = treeOf(snapshot);
    if (tree.main === undefined || tree.keeper(service) !== undefined || service.main.answers === 'ok')
      return undefined;
    // It is served; what is wrong is its supervise.
    if (hostedProcess(snapshot, service) !== undefined) return undefined;
    // A runsv that ends at once has a reason of its own; then runsvdir need not be told.
    const [entry] = service.links;
    if (entry === undefined) return undefined;
    const link = pathOf(snapshot, entry);
    const since = Math.max(
      snapshot.serviceDir.to?.mtime ?? 0,
      link.self?.mtime ?? 0,
      tree.main.process.started,
    );
    if (snapshot.at - since < LOOKS) return undefined;
    // The directory was replaced: runsv goes on in the old one.
    const old = tree.runsvs.find(
      (runsv) => programOf(runsv).args[0] === service.name && runsv.ppid === tree.main?.process.pid,
    );
    return {
      path: entry,
      summary:
        old === undefined
          ? 'it is linked, but has no runsv'
          : 'its directory was replaced, and its runsv goes on in the old one',
      evidence: [
        ...(old === undefined ? [] : [`runsv, pid ${old.pid}, stands in ${old.cwd}`]),
        `the service directory was last changed ${duration(snapshot.at - (snapshot.serviceDir.to?.mtime ?? 0))} ago`,
        `supervise/ok: ${service.main.answers === 'ENOENT' ? 'file does not exist' : 'nobody reads it'}`,
      ],
      cause: 'runsvdir looks again only when the service directory changes.',
      fix: fixBy({
        title: 'let runsvdir look again',
        commands: [`touch ${shellPath(snapshot, snapshot.layout.serviceDir)}`],
        actions: [{ kind: 'rescan', directory: snapshot.layout.serviceDir }],
        settle: SETTLE_SCAN,
      }),
    };
  },
});
