import type { Check } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { shellPath } from '../words.ts';

export const check: Check = {
  id: 'symlink-loop',
  severity: 'error',
  layer: 'links',
  title: 'a link in the service directory leads to itself',
  section: 'Symlink the Daemon’s Directory From Inside the Service Directory',
  explain: [
    'ln -s NAME NAME, typed in the service directory, makes a link to itself. runsvdir says "unable to stat NAME: symbolic link loop" at each look.',
    'By hand: rm ~/service_gui/NAME, then ln -s ~/service_all/NAME ~/service_gui/NAME',
  ],
  run: (snapshot) =>
    snapshot.entries.flatMap((entry) => {
      const link = pathOf(snapshot, entry.path);
      if (link.self?.kind !== 'symlink' || link.toError !== 'ELOOP') return [];
      const service = snapshot.services.find(
        (each) => each.home?.endsWith(`/${entry.name}`) && each.links.length === 0,
      );
      const target = service?.home;
      return [
        say(check, {
          service: entry.name,
          path: entry.path,
          summary: `${entry.name}: its link leads in a circle`,
          evidence: [`link to ${link.target}: symbolic link loop`],
          cause: 'It leads to itself, and to no directory.',
          fix: fixBy({
            title: target == null ? 'take the link away' : `link it to ${target}`,
            commands: [
              target == null
                ? `rm ${shellPath(snapshot, entry.path)}`
                : `ln -sfn ${shellPath(snapshot, target)} ${shellPath(snapshot, entry.path)}`,
            ],
            operations: [
              { kind: 'remove', path: entry.path },
              ...(target == null ? [] : [{ kind: 'symlink' as const, path: entry.path, target }]),
            ],
            settle: SETTLE_SCAN,
          }),
        }),
      ];
    }),
};
