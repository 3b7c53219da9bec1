import { join } from 'node:path';
import { homerunLine } from '../../shell/words.ts';
import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy } from '../say.ts';
import { pathOf, treeOf } from '../tree.ts';
import { shellPath } from '../words.ts';

export const check = serviceCheck({
  id: 'service-not-linked',
  severity: 'info',
  layer: 'advice',
  title: 'a service in the all-daemons directory is not linked into the service directory',
  section: 'Symlink the Daemon’s Directory From Inside the Service Directory',
  explain: [
    'That is how a service is switched off. If it is meant to run:',
    '  ln -s ~/service_all/NAME ~/service_gui/NAME',
  ],
  all: true,
  see: (snapshot, service) => {
    if (
      service.links.length > 0 ||
      service.home === null ||
      pathOf(snapshot, service.dir, 'run').self === null
    )
      return undefined;
    if (treeOf(snapshot).keeper(service) !== undefined) return undefined;
    const link = join(snapshot.layout.serviceDir, service.name);
    if (pathOf(snapshot, link).self !== null || snapshot.serviceDir.to === null) return undefined;
    return {
      path: service.home,
      summary: 'it is not linked into the service directory, and so switched off',
      evidence: [],
      cause: `If it is to run: ${homerunLine('enable', [service.name])}`,
      fix: fixBy({
        title: 'link it into the service directory',
        commands: [`ln -s ${shellPath(snapshot, service.home)} ${shellPath(snapshot, link)}`],
        operations: [{ kind: 'symlink', path: link, target: service.home }],
        settle: SETTLE_SCAN,
      }),
    };
  },
});
