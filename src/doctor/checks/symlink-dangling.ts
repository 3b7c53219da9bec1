import type { Check } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { programOf } from '../program.ts';
import { fixBy, say } from '../say.ts';
import { pathOf, treeOf } from '../tree.ts';
import { shellPath } from '../words.ts';

export const check: Check = {
  id: 'symlink-dangling',
  severity: 'error',
  layer: 'links',
  title: 'a link in the service directory points to nothing',
  section: 'Symlink the Daemon’s Directory From Inside the Service Directory',
  explain: [
    'The directory was renamed, moved or removed, or the link was made with a relative path that counts from elsewhere. runsvdir says "unable to stat NAME: file does not exist" at each look, and ends its runsv at the next one.',
    'By hand: ln -sfn ~/service_all/NEWNAME ~/service_gui/NAME, or rm ~/service_gui/NAME',
  ],
  run: (snapshot) => {
    const tree = treeOf(snapshot);
    return snapshot.entries.flatMap((entry) => {
      const link = pathOf(snapshot, entry.path);
      if (link.self?.kind !== 'symlink' || link.to !== null || !/^(ENOENT|ENOTDIR)$/.test(link.toError ?? ''))
        return [];
      // A directory without a link whose runsv still has this name: it was renamed.
      const renamed = snapshot.services.find(
        (service) =>
          service.links.length === 0 &&
          service.home !== null &&
          tree.runsvs.some((runsv) => runsv.cwdId === service.id && programOf(runsv).args[0] === entry.name),
      );
      // Or the only one whose name is nearly the same as the target's.
      const wanted = (link.target ?? '').split('/').pop() ?? '';
      const near = snapshot.services.filter(
        (service) =>
          service.links.length === 0 &&
          service.home !== null &&
          (service.home.split('/').pop() ?? '').toLowerCase().startsWith(wanted.toLowerCase().slice(0, 5)),
      );
      const target = renamed?.home ?? (near.length === 1 && wanted.length >= 4 ? near[0]?.home : undefined);
      return [
        say(check, {
          service: entry.name,
          path: entry.path,
          summary: `${entry.name}: its link points to nothing`,
          evidence: [
            `link to ${link.target}: file does not exist`,
            ...(target == null ? [] : [`there is ${target}, which nothing links to`]),
          ],
          cause:
            target == null
              ? 'The directory was moved or removed. Without it the link does nothing but make messages.'
              : `The directory seems to have been renamed to ${target.split('/').pop()}.`,
          fix: fixBy(
            target == null
              ? {
                  title: 'take the link away',
                  risk: 'restart',
                  commands: [`rm ${shellPath(snapshot, entry.path)}`],
                  operations: [{ kind: 'remove', path: entry.path }],
                  settle: SETTLE_SCAN,
                }
              : {
                  title: `link it to ${target.split('/').pop()}`,
                  risk: 'restart',
                  commands: [`ln -sfn ${shellPath(snapshot, target)} ${shellPath(snapshot, entry.path)}`],
                  operations: [
                    { kind: 'remove', path: entry.path },
                    { kind: 'symlink', path: entry.path, target },
                  ],
                  settle: SETTLE_SCAN,
                },
          ),
        }),
      ];
    });
  },
};
