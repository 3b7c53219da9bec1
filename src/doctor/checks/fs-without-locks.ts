import type { Check } from '../check.ts';
import { parseMessage } from '../evidence/messages.ts';
import { freshLines, ringOf } from '../ring.ts';
import { mountOfPath } from '../rooms.ts';
import { say } from '../say.ts';

export const check: Check = {
  id: 'fs-without-locks',
  severity: 'error',
  layer: 'machine',
  title: 'a file system without locks',
  section: 'Troubleshoot',
  explain: [
    'runsv and svlogd lock files. On a network file system without its lock service that fails with "no locks available".',
    'By hand: make supervise a link to a local disk, and put the logs there.',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      const lines = [...freshLines(snapshot), ...ringOf(snapshot)].filter((line) => {
        const message = parseMessage(line);
        return (
          message?.name === service.name &&
          message.checks.includes('fs-without-locks') &&
          message.error === 'no locks available'
        );
      });
      if (lines.length === 0 || service.main.answers === 'ok') return [];
      const mount = mountOfPath(snapshot, service.dir);
      return [
        say(check, {
          service: service.name,
          path: mount?.point ?? service.dir,
          summary: `${service.name}: its file system gives no locks`,
          evidence: [lines[0] as string, ...(mount === undefined ? [] : [`${mount.point} is ${mount.type}`])],
          cause: 'runsv ends at its start. Make supervise a link to a directory on a local disk.',
        }),
      ];
    }),
};
