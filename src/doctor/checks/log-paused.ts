import type { Check } from '../check.ts';
import { fixBy, say, toLog } from '../say.ts';
import { treeOf } from '../tree.ts';
import { svl } from '../words.ts';

export const check: Check = {
  id: 'log-paused',
  severity: 'warning',
  layer: 'state',
  title: 'svlogd is paused',
  section: 'Runit Log File Overview',
  explain: [
    'A paused logger reads nothing: the daemon stops when the pipe is full.',
    'By hand: svl cont NAME/log',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      if (service.log === null || service.log.answers !== 'ok' || service.log.status?.state !== 'run')
        return [];
      const logger = treeOf(snapshot).daemon(service.log);
      const stopped = logger?.state === 'T';
      if (!service.log.status.paused && !stopped) return [];
      return [
        say(check, {
          service: service.name,
          path: service.log.path,
          summary: `${service.name}: its log service is paused`,
          evidence: [
            ...(service.log.status.paused ? ['log/supervise/status: paused'] : []),
            ...(stopped ? [`process ${logger.pid} is stopped (state T)`] : []),
          ],
          cause: 'Nothing reads what the daemon writes: it stops when the pipe is full (64 KiB).',
          fix: fixBy({
            title: 'let the logger go on',
            commands: [svl(snapshot, 'cont', `${service.name}/log`)],
            actions: [toLog(service, 'c')],
          }),
        }),
      ];
    }),
};
