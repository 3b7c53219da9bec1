import { join } from 'node:path';
import type { Check } from '../check.ts';
import { fixBy, say, toLog } from '../say.ts';
import { pathOf, treeOf } from '../tree.ts';
import { shellPath, svl } from '../words.ts';

export const check: Check = {
  id: 'log-down',
  severity: 'warning',
  layer: 'state',
  title: 'the log service is down',
  section: 'Runit Log File Overview',
  explain: [
    'A log service that is down (a file log/down, or sv down NAME/log) reads nothing: the daemon stops when the pipe is full.',
    'By hand: rm log/down; svl up NAME/log',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      if (service.log === null) return [];
      const file = pathOf(snapshot, service.dir, 'log/down');
      const { status, answers } = service.log;
      const down =
        answers === 'ok' &&
        status?.state === 'down' &&
        status.want === 'd' &&
        service.main.status?.want !== 'd';
      if (!down && file.self === null) return [];
      const alive = answers === 'ok' && treeOf(snapshot).keeper(service) !== undefined;
      return [
        say(check, {
          service: service.name,
          path: file.self === null ? join(service.dir, 'log') : file.path,
          summary: down
            ? `${service.name}: its log service is down`
            : `${service.name}: its log service has a file down`,
          evidence: [
            ...(file.self === null ? [] : [`${file.path} is there`]),
            ...(down ? ['log/supervise/status: down, want down'] : []),
          ],
          cause: down
            ? 'Nothing reads what the daemon writes: it stops when the pipe is full (64 KiB).'
            : 'At the next start of runsv the log service stays down, and the daemon stops when the pipe is full.',
          fix: fixBy({
            title: 'bring the log service up',
            commands: [
              ...(file.self === null ? [] : [`rm ${shellPath(snapshot, file.path)}`]),
              ...(down ? [svl(snapshot, 'up', `${service.name}/log`)] : []),
            ],
            operations: file.self === null ? [] : [{ kind: 'remove', path: file.path }],
            actions: alive && down ? [toLog(service, 'u')] : [],
          }),
        }),
      ];
    }),
};
