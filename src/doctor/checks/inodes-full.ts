import type { Check } from '../check.ts';
import { logsOf } from '../logs.ts';
import { mountOfPath, roomOf } from '../rooms.ts';
import { say } from '../say.ts';

export const check: Check = {
  id: 'inodes-full',
  severity: 'error',
  layer: 'machine',
  title: 'no free inodes',
  section: 'Troubleshoot',
  explain: [
    'A file system can be out of inodes while there is room: then no file can be made.',
    'By hand: find directories with very many small files, and remove what is not needed.',
  ],
  run: (snapshot) =>
    [
      ...new Set(
        [
          snapshot.serviceAll.real ?? '/',
          snapshot.serviceDir.real ?? '/',
          ...logsOf(snapshot).map(({ log }) => log.path),
        ].map((path) => mountOfPath(snapshot, path)?.point ?? '/'),
      ),
    ].flatMap((point) => {
      const room = roomOf(snapshot, point);
      if (room === undefined || room.inodes === 0 || room.inodesFree > 0 || room.free === 0) return [];
      return [
        say(check, {
          path: point,
          summary: `${point}: no free inodes`,
          evidence: [`0 of ${room.inodes} inodes free`],
          cause:
            'No file can be made, though there is room: status and log files stop. Remove what is not needed.',
        }),
      ];
    }),
};
