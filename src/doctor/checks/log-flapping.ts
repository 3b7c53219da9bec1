import type { Check } from '../check.ts';
import { logMeaning } from '../logs.ts';
import { linesAbout, ringOf } from '../ring.ts';
import { say } from '../say.ts';
import { treeOf } from '../tree.ts';
import { isFlapping, namedPathProblems } from './flapping.ts';

export const check: Check = {
  id: 'log-flapping',
  severity: 'error',
  layer: 'daemon',
  title: 'the log service starts and ends again and again',
  section: 'Runit Log File Overview',
  explain: [
    'A log service that does not stay up reads nothing for most of the time: the daemon stops when the pipe is full.',
    'By hand: cd ~/service_all/NAME/log; ./run </dev/null shows what it says.',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      const log = service.log;
      if (log === null || log.answers !== 'ok' || treeOf(snapshot).keeper(service) === undefined) return [];
      const seen = snapshot.samples
        .map((sample) => sample.status[log.path])
        .filter((status) => status != null);
      const all = [...(log.status === null ? [] : [log.status]), ...seen];
      if (all.length < 2 || all.some((status) => status.want !== 'u')) return [];
      const alwaysDown = all.every((status) => status.state === 'down');
      if (!alwaysDown && !isFlapping(snapshot, log)) return [];
      const meaning = logMeaning(snapshot, service);
      const named = meaning === null ? [] : namedPathProblems(snapshot, meaning).slice(0, 2);
      const moments = new Set(seen.map((status) => `${status.changed} ${status.pid}`));
      return [
        say(check, {
          service: service.name,
          path: `${service.dir}/log/run`,
          summary: `${service.name}: its log service does not stay up`,
          evidence: [
            alwaysDown
              ? `down, though it is wanted up, in ${all.length} looks`
              : `${moments.size - 1} starts or ends while doctor watched`,
            ...linesAbout(ringOf(snapshot), service.name).slice(-1),
            ...ringOf(snapshot)
              .filter((line) => line.startsWith('svlogd: '))
              .slice(-1),
            ...named,
          ],
          cause: 'The daemon stops when the pipe is full (64 KiB). Run log/run by hand to see what it says.',
        }),
      ];
    }),
};
