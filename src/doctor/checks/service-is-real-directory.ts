import { join } from 'node:path';
import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy } from '../say.ts';
import { pathOf } from '../tree.ts';
import { shellPath } from '../words.ts';

export const check = serviceCheck({
  id: 'service-is-real-directory',
  severity: 'warning',
  layer: 'state',
  title: 'a real directory lies in the service directory in place of a link',
  section: 'Make the Service Directory',
  explain: [
    'It works, but it cannot be switched off by taking a link away, only by moving or removing the service itself.',
    'By hand: mv ~/service_gui/NAME ~/service_all/NAME && ln -s ~/service_all/NAME ~/service_gui/NAME. runsvdir knows the service by its directory and does not restart it, unless it looks just between the two.',
  ],
  see: (snapshot, service) => {
    const entry = service.links.find((link) => pathOf(snapshot, link).self?.kind === 'directory');
    const { serviceAll, serviceDir } = snapshot;
    if (entry === undefined || serviceAll.to?.kind !== 'directory' || serviceAll.to.id === serviceDir.to?.id)
      return undefined;
    if (/(~|\.(bak|old|orig|save))$/.test(service.name)) return undefined;
    const target = join(snapshot.layout.serviceAll, service.name);
    const free = pathOf(snapshot, target).self === null;
    const near = serviceAll.to.id.split(':')[0] === service.id.split(':')[0];
    return {
      path: entry,
      summary: 'it is a directory in the service directory, expected a link',
      evidence: ['found a directory'],
      cause: free
        ? 'It cannot be switched off by taking a link away.'
        : `It cannot be switched off by taking a link away; and there is another ${target} already.`,
      fix:
        free && near
          ? fixBy({
              title: 'move it to the all-daemons directory and link it',
              risk: 'restart',
              commands: [
                `mv ${shellPath(snapshot, entry)} ${shellPath(snapshot, target)} && ln -s ${shellPath(snapshot, target)} ${shellPath(snapshot, entry)}`,
              ],
              operations: [
                { kind: 'rename', from: entry, to: target },
                { kind: 'symlink', path: entry, target },
              ],
              settle: SETTLE_SCAN,
            })
          : null,
    };
  },
});
