import { join } from 'node:path';
import { serviceCheck } from '../check.ts';
import { fixBy } from '../say.ts';
import { pathOf } from '../tree.ts';
import { shellPath } from '../words.ts';

export const check = serviceCheck({
  id: 'ln-inside-itself',
  severity: 'info',
  layer: 'advice',
  title: 'a second ln -s made its link inside of the service directory itself',
  section: 'Symlink the Daemon’s Directory From Inside the Service Directory',
  explain: [
    'ln -s DIR LINK, typed again when LINK is there already, follows LINK and makes the new link inside of DIR. It does no harm.',
    'By hand: rm ~/service_all/NAME/NAME. Use ln -sfn to replace a link.',
  ],
  all: true,
  see: (snapshot, service) => {
    const name = service.names.find(
      (each) =>
        pathOf(snapshot, service.dir, each).real === service.dir &&
        pathOf(snapshot, service.dir, each).self?.kind === 'symlink',
    );
    if (name === undefined) return undefined;
    const path = join(service.dir, name);
    return {
      path,
      summary: `there is a link to itself in it: ${name}`,
      evidence: [`link to ${pathOf(snapshot, path).target}`],
      cause: 'It is left over from ln -s that was typed twice. It does no harm.',
      fix: fixBy({
        title: 'take it away',
        commands: [`rm ${shellPath(snapshot, path)}`],
        operations: [{ kind: 'remove', path }],
      }),
    };
  },
});
