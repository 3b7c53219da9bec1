import type { Check } from '../check.ts';
import { logsOf } from '../logs.ts';
import { say } from '../say.ts';
import { tilde } from '../words.ts';

export const check: Check = {
  id: 'log-config-drops-all',
  severity: 'warning',
  layer: 'log',
  title: 'a pattern in config drops every line',
  section: 'Runit Log File Overview',
  explain: [
    'svlogd’s config takes patterns in order: -PATTERN deselects lines, +PATTERN selects them again. -* with no + behind it throws everything away.',
    'By hand: correct the pattern in config, then svl hup NAME/log.',
  ],
  run: (snapshot) =>
    logsOf(snapshot).flatMap(({ log, service }) => {
      const lines = (log.config ?? '').split('\n');
      const all = lines.lastIndexOf('-*');
      if (all < 0 || lines.slice(all + 1).some((line) => line.startsWith('+'))) return [];
      // e and E copy to stderr what they match: such a config may mean to.
      const copies = lines.some((line) => /^[eE]/.test(line));
      return [
        say(check, {
          severity: copies ? 'info' : 'warning',
          service: service.name,
          path: `${log.path}/config`,
          summary: `${service.name}: config in ${tilde(snapshot, log.path)} drops every line`,
          evidence: [`line ${all + 1}: -*, and no + line behind it`],
          cause:
            'Nothing is written to current. Remove the line or select lines behind it with +PATTERN, then send HUP to the log service.',
        }),
      ];
    }),
};
