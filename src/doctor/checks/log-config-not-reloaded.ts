import type { Check } from '../check.ts';
import { logsOf } from '../logs.ts';
import { fixBy, say, toLog } from '../say.ts';
import { pathOf } from '../tree.ts';
import { duration, svl, tilde } from '../words.ts';

/** A config that was written within this time of svlogd's start may have been read. Milliseconds. */
const MARGIN = 1500;

export const check: Check = {
  id: 'log-config-not-reloaded',
  severity: 'info',
  layer: 'advice',
  title: 'config is newer than the svlogd that runs',
  section: 'Runit Log File Overview',
  explain: [
    'svlogd reads config when it starts and on HUP, at no other time.',
    'By hand: svl hup NAME/log, which loses nothing.',
  ],
  run: (snapshot) =>
    logsOf(snapshot).flatMap(({ log, service }) => {
      const config = pathOf(snapshot, log.path, 'config');
      const status = service.log?.status;
      if (config.to == null || status == null || status.state !== 'run' || service.log?.answers !== 'ok')
        return [];
      const later = config.to.mtime - status.changed;
      if (later < MARGIN) return [];
      return [
        say(check, {
          service: service.name,
          path: config.path,
          summary: `${service.name}: ${tilde(snapshot, config.path)} was changed after svlogd had started`,
          evidence: [
            `changed ${duration(later)} after svlogd’s start; whether it got HUP since cannot be seen`,
          ],
          cause: 'svlogd reads config when it starts and on HUP.',
          fix: fixBy({
            title: 'restart the log service',
            risk: 'restart',
            commands: [svl(snapshot, 'restart', `${service.name}/log`)],
            actions: [toLog(service, 't')],
          }),
        }),
      ];
    }),
};
