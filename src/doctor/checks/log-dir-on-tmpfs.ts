import type { Check } from '../check.ts';
import { logsOf } from '../logs.ts';
import { mountOfPath } from '../rooms.ts';
import { say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { tilde } from '../words.ts';

export const check: Check = {
  id: 'log-dir-on-tmpfs',
  severity: 'warning',
  layer: 'log',
  title: 'the log directory is on a file system in memory',
  section: 'Where to Put the Logs',
  explain: [
    'A tmpfs (/run, /dev/shm, often /tmp) is empty after the next boot, and what is written there takes memory.',
    'By hand: name a directory on a disk in log/run, make it, svl restart NAME/log.',
  ],
  run: (snapshot) =>
    logsOf(snapshot).flatMap(({ log, service }) => {
      const real = pathOf(snapshot, log.path).real;
      const mount = real === null ? undefined : mountOfPath(snapshot, real);
      if (mount === undefined || !/^(tmpfs|ramfs)$/.test(mount.type)) return [];
      return [
        say(check, {
          service: service.name,
          path: log.path,
          summary: `${service.name}: its log is on ${mount.type} (${mount.point}), which is empty after the next boot`,
          evidence: [`${log.path} lies on ${mount.point}, ${mount.type}`],
          cause: `The log takes memory and is lost at shutdown. Name a directory on a disk in ${tilde(snapshot, `${service.dir}/log/run`)}.`,
        }),
      ];
    }),
};
