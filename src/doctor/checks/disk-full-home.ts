import type { Check } from '../check.ts';
import { formatBytes, mountOfPath, roomOf } from '../rooms.ts';
import { say } from '../say.ts';

/** Status files are small, but need a block each. Bytes. */
const FULL = 16 * 1024;

export const check: Check = {
  id: 'disk-full-home',
  severity: 'error',
  layer: 'machine',
  title: 'the file system of the service directories is full',
  section: 'Troubleshoot',
  explain: [
    'runsv writes its status at every change. On a full disk the files stay old or empty, and sv shows what is no longer true.',
    'By hand: make room, then svl cont NAME (it makes runsv write again).',
  ],
  run: (snapshot) =>
    [
      ...new Map(
        [snapshot.serviceAll, snapshot.serviceDir].map((fact) => [
          mountOfPath(snapshot, fact.real ?? fact.path)?.point,
          fact,
        ]),
      ).values(),
    ].flatMap((fact) => {
      const path = fact.real ?? fact.path;
      const room = roomOf(snapshot, path);
      const mount = mountOfPath(snapshot, path);
      if (
        room === undefined ||
        mount === undefined ||
        room.total === 0 ||
        room.free >= FULL ||
        mount.options.includes('ro')
      )
        return [];
      return [
        say(check, {
          path: mount.point,
          summary: `${mount.point}: the file system of the service directories is full`,
          evidence: [`${formatBytes(room.free)} free of ${formatBytes(room.total)}`],
          cause:
            'runsv cannot write its status: sv shows what is no longer true, and new services cannot start. Make room.',
        }),
      ];
    }),
};
