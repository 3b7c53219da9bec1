import { dirname } from 'node:path';
import type { Check } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { kindWord, shellPath } from '../words.ts';

export const check: Check = {
  id: 'symlink-to-file',
  severity: 'error',
  layer: 'links',
  title: 'a link in the service directory leads to a file, or a file lies there',
  section: 'Symlink the Daemon’s Directory From Inside the Service Directory',
  explain: [
    'runsvdir takes only directories, and says nothing about the rest. A link to .../run in place of the directory is such a case.',
    'By hand: ln -sfn ~/service_all/NAME ~/service_gui/NAME',
  ],
  run: (snapshot) =>
    snapshot.entries.flatMap((entry) => {
      const fact = pathOf(snapshot, entry.path);
      if (entry.name.startsWith('.') || fact.to === null || fact.to.kind === 'directory') return [];
      const isLink = fact.self?.kind === 'symlink';
      // An editor's backup or a note: no service was meant.
      if (
        !isLink &&
        !snapshot.services.some((service) => service.home?.endsWith(`/${entry.name}`) === true)
      ) {
        return [
          say(check, {
            service: entry.name,
            severity: 'info',
            path: entry.path,
            summary: `${entry.name}: ${kindWord(fact.to.kind)} in the service directory, which runsvdir passes over`,
            cause: 'Only links to service directories belong there.',
          }),
        ];
      }
      const folder = fact.real === null ? null : dirname(fact.real);
      const service = snapshot.services.find(
        (each) => each.dir === folder || each.home?.endsWith(`/${entry.name}`) === true,
      );
      const target = service?.home ?? null;
      return [
        say(check, {
          service: entry.name,
          path: entry.path,
          summary: `${entry.name}: ${isLink ? `its link leads to ${kindWord(fact.to.kind)}` : `it is ${kindWord(fact.to.kind)}`}, expected a directory`,
          evidence: [isLink ? `link to ${fact.target}` : `found ${kindWord(fact.to.kind)}`],
          cause: 'runsvdir takes only directories, and says nothing about the rest.',
          fix:
            target === null || !isLink
              ? null
              : fixBy({
                  title: `link it to ${target}`,
                  commands: [`ln -sfn ${shellPath(snapshot, target)} ${shellPath(snapshot, entry.path)}`],
                  operations: [
                    { kind: 'remove', path: entry.path },
                    { kind: 'symlink', path: entry.path, target },
                  ],
                  settle: SETTLE_SCAN,
                }),
        }),
      ];
    }),
};
