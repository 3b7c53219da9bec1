import type { Check } from '../check.ts';
import { fixBy, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { errorText, shellPath } from '../words.ts';

export const check: Check = {
  id: 'down-symlink-loop',
  severity: 'warning',
  layer: 'state',
  title: 'down cannot be looked at',
  section: 'Brute Force Troubleshooting',
  explain: [
    'sv and runsv ask whether a file down is there. When that fails with another error than that it is not there, sv prints broken lines.',
    'By hand: rm ~/service_all/NAME/down',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      const down = pathOf(snapshot, service.dir, 'down');
      if (down.self === null || down.to !== null || down.toError === 'ENOENT' || down.toError === null)
        return [];
      return [
        say(check, {
          service: service.name,
          path: down.path,
          summary: `${service.name}: down cannot be looked at: ${errorText(down.toError)}`,
          evidence: [`${down.path} -> ${down.target ?? '?'}`],
          cause: 'sv loses a part of its status line over it.',
          fix: fixBy({
            title: 'remove the link',
            commands: [`rm ${shellPath(snapshot, down.path)}`],
            operations: [{ kind: 'remove', path: down.path }],
          }),
        }),
      ];
    }),
};
