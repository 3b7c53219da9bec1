import type { Check } from '../check.ts';
import { logsOf } from '../logs.ts';
import { say } from '../say.ts';
import { tilde } from '../words.ts';

export const check: Check = {
  id: 'log-unclean-leftovers',
  severity: 'info',
  layer: 'advice',
  title: 'logs of an svlogd that was killed',
  section: 'Runit Log File Overview',
  explain: [
    'Files @*.u were current when svlogd was killed or the power went. They are logs like the others and rotate away.',
    'Nothing has to be done.',
  ],
  run: (snapshot) =>
    logsOf(snapshot).flatMap(({ log, service }) => {
      const left = log.names.filter((name) => /^@[0-9a-f]{24}\.u$/.test(name));
      if (left.length === 0) return [];
      return [
        say(check, {
          service: service.name,
          path: log.path,
          summary: `${service.name}: ${left.length} log file${left.length === 1 ? '' : 's'} of an unclean end in ${tilde(snapshot, log.path)}`,
          evidence: left.slice(0, 3),
          cause: 'svlogd was killed, or the power went. They rotate away like the others.',
        }),
      ];
    }),
};
