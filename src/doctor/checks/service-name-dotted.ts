import type { Check } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { shellPath } from '../words.ts';

export const check: Check = {
  id: 'service-name-dotted',
  severity: 'warning',
  layer: 'links',
  title: 'the name of a service starts with a dot: runsvdir passes it over',
  section: 'Make the Service Directory',
  explain: [
    'runsvdir passes over names that start with a dot, without a word.',
    'By hand: mv ~/service_gui/.NAME ~/service_gui/NAME',
  ],
  run: (snapshot) =>
    snapshot.entries.flatMap((entry) => {
      if (!entry.name.startsWith('.') || pathOf(snapshot, entry.path, 'run').self === null) return [];
      const name = entry.name.replace(/^\.+/, '');
      const to = `${snapshot.layout.serviceDir}/${name}`;
      const free = name !== '' && pathOf(snapshot, to).self === null;
      return [
        say(check, {
          service: entry.name,
          path: entry.path,
          summary: `${entry.name}: its name starts with a dot, so that it is not run`,
          evidence: ['there is a run in it'],
          cause: 'runsvdir passes over names that start with a dot.',
          fix: free
            ? fixBy({
                title: `rename it to ${name}`,
                commands: [`mv ${shellPath(snapshot, entry.path)} ${shellPath(snapshot, to)}`],
                operations: [{ kind: 'rename', from: entry.path, to }],
                settle: SETTLE_SCAN,
              })
            : null,
        }),
      ];
    }),
};
