import { parseLogConfig } from '../../supervisor/core/log-config.ts';
import type { Check } from '../check.ts';
import { logsOf } from '../logs.ts';
import { say } from '../say.ts';
import { tilde } from '../words.ts';

/** What is wrong with a line, or null. */
function wrong(line: string): string | null {
  if (line === '' || line.startsWith('#')) return null;
  const letter = line[0] as string;
  if (!'snNt!uUp+-eE'.includes(letter)) return 'svlogd knows no such line';
  if (letter === 's' && !/^s[0-9]+[km]?$/.test(line)) return 'expected a size, as s1000000 or s100k';
  if ((letter === 'n' || letter === 'N') && !/^[nN][0-9]+$/.test(line))
    return 'expected a number of files, as n10';
  if (letter === 't' && !/^t[0-9]+[mh]?$/.test(line)) return 'expected a time, as t86400 or t24h';
  return null;
}

export const check: Check = {
  id: 'log-config-bad',
  severity: 'warning',
  layer: 'log',
  title: 'a line in config is none that svlogd knows',
  section: 'Runit Log File Overview',
  explain: [
    'Each line of config begins with one letter: s n N t ! u U p + - e E, or #. Anything else is passed over in silence.',
    'By hand: correct the line, then svl hup NAME/log.',
  ],
  run: (snapshot) =>
    logsOf(snapshot).flatMap(({ log, service }) => {
      if (log.config === null) return [];
      const lines = log.config.split('\n');
      const bad = lines.flatMap((line, at) => {
        const why = wrong(line);
        return why === null ? [] : [`line ${at + 1}: ${JSON.stringify(line.slice(0, 60))}: ${why}`];
      });
      const evidence = [...bad, ...parseLogConfig(log.config).warnings];
      if (evidence.length === 0) return [];
      return [
        say(check, {
          service: service.name,
          path: `${log.path}/config`,
          summary: `${service.name}: config in ${tilde(snapshot, log.path)} has a line that svlogd does not take`,
          evidence: evidence.slice(0, 5),
          cause: 'svlogd passes over it: correct the line, then send HUP to the log service.',
        }),
      ];
    }),
};
