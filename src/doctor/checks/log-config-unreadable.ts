import type { Check } from '../check.ts';
import { logsOf } from '../logs.ts';
import { chmodFix, say, toLog } from '../say.ts';
import { pathOf } from '../tree.ts';
import { kindWord, modeAndOwner, svl, tilde } from '../words.ts';

export const check: Check = {
  id: 'log-config-unreadable',
  severity: 'warning',
  layer: 'log',
  title: 'svlogd cannot read its config',
  section: 'Runit Log File Overview',
  explain: [
    'A config that cannot be read is passed over with a warning; svlogd works with its defaults (1 MB, ten old files), without your patterns.',
    'By hand: chmod u+r config; svl hup NAME/log',
  ],
  run: (snapshot) =>
    logsOf(snapshot).flatMap(({ log, service }) => {
      const config = pathOf(snapshot, log.path, 'config');
      if (config.to !== null && config.to.kind !== 'file') {
        return [
          say(check, {
            service: service.name,
            path: config.path,
            summary: `${service.name}: ${tilde(snapshot, config.path)} is ${kindWord(config.to.kind)}, expected a file`,
            evidence: [`found ${kindWord(config.to.kind)}`],
            cause: 'svlogd works with its defaults instead. Move it away, and write the file.',
          }),
        ];
      }
      if (config.to === null || config.can.read === 'ok') return [];
      const own = config.to.uid === snapshot.who.uid;
      const fix = chmodFix(snapshot, config.path, config.real ?? config.path, config.to.mode, 0o400, 'u+r');
      return [
        say(check, {
          service: service.name,
          path: config.path,
          summary: `${service.name}: svlogd cannot read ${tilde(snapshot, config.path)}`,
          evidence: [modeAndOwner(snapshot, config)],
          cause: own
            ? 'svlogd works with its defaults instead.'
            : 'svlogd works with its defaults instead. The file belongs to another user: copy it, or ask root for chown.',
          fix: own
            ? {
                ...fix,
                commands: [...fix.commands, svl(snapshot, 'hup', `${service.name}/log`)],
                actions: service.log?.answers === 'ok' ? [toLog(service, 'h')] : [],
              }
            : null,
        }),
      ];
    }),
};
