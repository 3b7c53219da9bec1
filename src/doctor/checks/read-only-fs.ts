import type { Check } from '../check.ts';
import { logsOf } from '../logs.ts';
import { mountOfPath } from '../rooms.ts';
import { say } from '../say.ts';
import type { Snapshot } from '../snapshot.ts';
import { pathOf } from '../tree.ts';

/** Directories that the supervisor writes to, each mount's first. */
function writtenTo(snapshot: Snapshot): { path: string; services: string[] }[] {
  const byMount = new Map<string, { path: string; services: string[] }>();
  const add = (path: string, service: string): void => {
    const fact = pathOf(snapshot, path);
    if (fact.can.write !== 'EROFS') return;
    const point = mountOfPath(snapshot, fact.real ?? path)?.point ?? '/';
    const entry = byMount.get(point) ?? { path, services: [] };
    if (!entry.services.includes(service)) entry.services.push(service);
    byMount.set(point, entry);
  };
  for (const service of snapshot.services) {
    add(pathOf(snapshot, service.main.path).to === null ? service.dir : service.main.path, service.name);
  }
  for (const { log, service } of logsOf(snapshot)) add(log.path, service.name);
  return [...byMount.values()];
}

export const check: Check = {
  id: 'read-only-fs',
  severity: 'error',
  layer: 'machine',
  title: 'a file system is read-only',
  section: 'Troubleshoot',
  explain: [
    'After an error the kernel turns a file system read-only. runsv cannot write its status, svlogd not its logs.',
    'By hand: as root, fsck and mount -o remount,rw.',
  ],
  run: (snapshot) =>
    writtenTo(snapshot).flatMap(({ path, services }) => {
      const fact = pathOf(snapshot, path);
      const mount = mountOfPath(snapshot, fact.real ?? path);
      if (fact.can.write !== 'EROFS' || mount === undefined) return [];
      return [
        say(check, {
          ...(services.length > 1 ? { services } : {}),
          service: services.length === 1 ? (services[0] as string) : null,
          path,
          summary: `${mount.point}: the file system is read-only, and ${path} lies on it`,
          evidence: [`mounted with ${mount.options.join(',')}`],
          cause:
            'What is written there is refused. As root: look into dmesg, fsck, and mount -o remount,rw. On purpose: make supervise a link to a place that can be written.',
        }),
      ];
    }),
};
