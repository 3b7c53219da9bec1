import { treeCheck } from '../check.ts';
import { treeOf } from '../tree.ts';

export const check = treeCheck({
  id: 'runsvdir-wrong-directory',
  severity: 'error',
  layer: 'supervisor',
  title: 'runsvdir looks at another directory than svl and doctor',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    'A typing error in the runner, or the all-daemons directory in place of the service directory: runsvdir runs, but not on the directory with the links.',
    'By hand: correct the directory in the runner, kill -HUP runsvdir, and start the runner again.',
  ],
  see: (snapshot) => {
    const tree = treeOf(snapshot);
    if (tree.main !== undefined) return undefined;
    const own = tree.runsvdirs.filter((each) => each.process.uid === snapshot.who.uid);
    const [other] = own;
    // A root of its own may have others for the machine: /etc/service and the like.
    if (
      other === undefined ||
      (snapshot.who.uid === 0 && !other.directory?.startsWith(`${snapshot.who.home}/`))
    )
      return undefined;
    return {
      path: other.directory,
      summary: `runsvdir (pid ${other.process.pid}) looks at ${other.directory}, not at the service directory`,
      evidence: [`found ${other.args.directory}, expected ${snapshot.layout.serviceDir}`],
      cause: `Correct it in the runner; then kill -HUP ${other.process.pid}, and homerun up. If that one is another tree of yours, start one for ${snapshot.layout.serviceDir}.`,
    };
  },
});
