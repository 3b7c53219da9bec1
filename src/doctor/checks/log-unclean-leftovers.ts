import type { Check } from '../check.ts';
import { logsOf } from '../logs.ts';
import { say } from '../say.ts';
import { shellPath, tilde } from '../words.ts';

export const check: Check = {
  id: 'log-unclean-leftovers',
  severity: 'info',
  layer: 'advice',
  title: 'logs of an svlogd that was killed',
  section: 'Runit Log File Overview',
  explain: [
    'A file @*.u was current when svlogd was killed or the power went. It is a log like the others to read; but the n of config counts only finished logs (@*.s), so that svlogd never removes it.',
    'By hand, when nobody wants to read them any more: rm LOGDIR/@*.u. While a processor (a line !PROGRAM in config) works, the one that it reads has that name, too.',
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
          cause: `svlogd was killed, or the power went. It never removes them by itself. When nobody wants to read them any more: rm ${shellPath(snapshot, log.path)}/@*.u`,
        }),
      ];
    }),
};
