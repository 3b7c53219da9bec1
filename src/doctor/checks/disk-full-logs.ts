import { parseLogConfig } from '../../supervisor/core/log-config.ts';
import type { Check } from '../check.ts';
import type { Finding } from '../finding.ts';
import { logsOf } from '../logs.ts';
import { formatBytes, mountOfPath, roomOf } from '../rooms.ts';
import { say } from '../say.ts';
import type { Snapshot } from '../snapshot.ts';
import { pathOf } from '../tree.ts';

/** Less than this is full: a line may fit, a rotation does not. Bytes. */
const FULL = 64 * 1024;

interface Use {
  readonly names: string[];
  need: number;
  readonly path: string;
}

function usesByMount(snapshot: Snapshot): Map<string, Use> {
  const byMount = new Map<string, Use>();
  for (const { log, service } of logsOf(snapshot)) {
    const real = pathOf(snapshot, log.path).real;
    const mount = real === null ? undefined : mountOfPath(snapshot, real);
    if (mount === undefined) continue;
    const { config } = parseLogConfig(log.config ?? '');
    const use = byMount.get(mount.point) ?? { names: [], need: 0, path: real as string };
    use.names.push(service.name);
    // What the log may still grow by, at most: its full size less the old files that are there.
    const old = log.names.filter((name) => name.startsWith('@')).length;
    use.need += config.sizeMax * Math.max(1, config.keepMax + 1 - old);
    byMount.set(mount.point, use);
  }
  return byMount;
}

export const check: Check = {
  id: 'disk-full-logs',
  severity: 'error',
  layer: 'machine',
  title: 'the file system of the logs is full',
  section: 'Runit Log File Overview',
  explain: [
    'svlogd loses nothing when the disk is full: it stops and tries again every three seconds, and then the daemons stop, when their pipes are full.',
    'By hand: make room. A line N5 in config lets svlogd delete its oldest files down to five when the disk is full.',
  ],
  run: (snapshot) =>
    [...usesByMount(snapshot)].flatMap(([point, { names, need, path }]): Finding[] => {
      const room = roomOf(snapshot, path);
      if (room === undefined || room.total === 0) return [];
      const full = room.free < FULL;
      // Nearly: less than the logs may take, and less than 2 % of the whole.
      if (!full && (room.free >= need || room.free > room.total / 50)) return [];
      return [
        say(check, {
          severity: full ? 'error' : 'warning',
          service: names.length === 1 ? (names[0] as string) : null,
          ...(names.length > 1 ? { services: names } : {}),
          path: point,
          summary: `${point}: the file system of the logs is ${full ? 'full' : 'nearly full'}`,
          evidence: [
            `${formatBytes(room.free)} free of ${formatBytes(room.total)}; these logs may grow by ${formatBytes(need)}`,
          ],
          cause:
            'svlogd pauses when it cannot write, and then the daemons stop. Make room, or put a line N5 into config so that svlogd deletes its own oldest files.',
        }),
      ];
    }),
};
