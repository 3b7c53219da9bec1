import type { Check } from '../check.ts';
import { say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { errorText, svl } from '../words.ts';

export const check: Check = {
  id: 'log-symlink-dangling',
  severity: 'warning',
  layer: 'log',
  title: 'log is a link to nothing',
  section: 'Runit Log File Overview',
  explain: [
    'A link log that leads nowhere is no log service for runsv: the service runs without a log, silently.',
    'By hand: mend the link, then svl exit NAME.',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      const log = pathOf(snapshot, service.dir, 'log');
      if (log.self?.kind !== 'symlink' || log.to !== null) return [];
      return [
        say(check, {
          service: service.name,
          path: log.path,
          summary: `${service.name}: log is a link to nothing`,
          evidence: [`${log.path} -> ${log.target}: ${errorText(log.toError ?? 'ENOENT')}`],
          cause: `The service runs without a log. Mend the link or remove it, then: ${svl(snapshot, 'exit', service.name)}`,
        }),
      ];
    }),
};
