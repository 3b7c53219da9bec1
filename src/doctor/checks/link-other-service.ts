import { basename } from 'node:path';
import { serviceCheck } from '../check.ts';
import { pathOf } from '../tree.ts';
import { tilde } from '../words.ts';

export const check = serviceCheck({
  id: 'link-other-service',
  severity: 'warning',
  layer: 'links',
  title: 'a link in the service directory leads to another service than its name says',
  section: 'Symlink the Daemon’s Directory From Inside the Service Directory',
  explain: [
    'runsv runs what the link leads to. When there is a daemon directory of the link’s name, and the link leads to another one, you edit the one and the other is run.',
    'By hand: rm ~/service_gui/NAME; sleep 6; ln -s ~/service_all/NAME ~/service_gui/NAME',
  ],
  see: (snapshot, service) =>
    service.links.flatMap((link) => {
      const name = basename(link);
      const meant = pathOf(snapshot, snapshot.layout.serviceAll, name);
      if (meant.to?.kind !== 'directory' || meant.real === service.dir) return [];
      if (snapshot.layout.serviceAll === snapshot.layout.serviceDir) return [];
      return [
        {
          path: link,
          summary: `${tilde(snapshot, link)} leads to ${tilde(snapshot, service.dir)}, not to ${tilde(snapshot, meant.path)}`,
          evidence: [
            `link text: ${pathOf(snapshot, link).target ?? 'none'}`,
            `there is a daemon directory ${meant.path}`,
          ],
          cause: `What is changed in ${tilde(snapshot, meant.path)} has no effect on it. Point the link there, or rename it.`,
        },
      ];
    }),
});
