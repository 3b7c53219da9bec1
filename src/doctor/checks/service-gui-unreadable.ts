import { treeCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy } from '../say.ts';
import { modeAndOwner, shellPath } from '../words.ts';

export const check = treeCheck({
  id: 'service-gui-unreadable',
  severity: 'error',
  layer: 'links',
  title: 'the user may not read or enter the service directory',
  section: 'Make the Service Directory',
  explain: [
    'Without r runsvdir says "unable to open directory: access denied", without x "unable to change directory". What runs goes on; nothing new is seen, and svl reaches nothing.',
    'By hand: chmod u+rwx ~/service_gui',
  ],
  see: (snapshot) => {
    const { serviceDir } = snapshot;
    const path = snapshot.layout.serviceDir;
    const closed =
      serviceDir.to === null
        ? serviceDir.toError === 'EACCES'
        : serviceDir.to.kind === 'directory' &&
          (serviceDir.can.read === 'EACCES' || serviceDir.can.execute === 'EACCES');
    if (!closed) return undefined;
    const own = serviceDir.to !== null && serviceDir.to.uid === snapshot.who.uid;
    return {
      path,
      summary: 'the service directory cannot be read',
      evidence: [modeAndOwner(snapshot, serviceDir)],
      cause: own
        ? 'runsvdir sees nothing new, and svl reaches nothing.'
        : 'runsvdir sees nothing new. Its owner must give the right, or a directory above it is closed.',
      fix:
        own && serviceDir.to !== null
          ? fixBy({
              title: 'give the service directory its rights back',
              commands: [`chmod u+rwx ${shellPath(snapshot, path)}`],
              operations: [
                { kind: 'chmod', path: serviceDir.real ?? path, mode: serviceDir.to.mode | 0o700 },
              ],
              settle: SETTLE_SCAN,
            })
          : null,
    };
  },
});
