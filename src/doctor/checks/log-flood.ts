import { rotatedAt } from '../../supervisor/core/read-stamp.ts';
import type { Check } from '../check.ts';
import { logsOf } from '../logs.ts';
import { say } from '../say.ts';
import { duration, tilde } from '../words.ts';

/** So many old logs must be there, all younger than this, milliseconds. */
const FEWEST = 2;
const SHORT = 120_000;
/** A log that was flooded, and is not any more, is no fault. */
const RECENT = 30_000;

export const check: Check = {
  id: 'log-flood',
  severity: 'warning',
  layer: 'log',
  title: 'the daemon writes so much that its log holds only seconds',
  section: 'Runit Log File Overview',
  explain: [
    'svlogd keeps n old logs of s bytes (10 of a million each unless config says otherwise) and removes the oldest. A daemon that repeats one line thousands of times a second fills them within moments: what was said before, the reason perhaps, is gone, and the disk is never at rest.',
    'By hand: tail the log; make the daemon say less, or drop the line in config: -*NOISE*',
  ],
  run: (snapshot) =>
    logsOf(snapshot).flatMap(({ log, service }) => {
      // Named after the moment in which each was closed.
      const times = log.names
        .flatMap((name) => (name.endsWith('.s') ? (rotatedAt(name) ?? []) : []))
        .map((time) => time / 1000)
        .sort((a, b) => a - b);
      const [oldest] = times;
      if (oldest === undefined || times.length < FEWEST) return [];
      if (snapshot.at - oldest > SHORT || snapshot.at - (times.at(-1) as number) > RECENT) return [];
      const line = log.tail.trimEnd().split('\n').at(-1) ?? '';
      return [
        say(check, {
          service: service.name,
          path: log.path,
          summary: `${service.name}: its log in ${tilde(snapshot, log.path)} holds only the last ${duration(Math.max(1000, snapshot.at - oldest))}`,
          evidence: [
            `${times.length} old logs, all closed within that time`,
            ...(line === '' ? [] : [`the last line: ${line.slice(0, 120)}`]),
          ],
          cause:
            'It writes more than its log can hold: older lines are gone. Make it say less, give config a larger s or n, or let it drop the line: -*TEXT*; then svl hup NAME/log.',
        }),
      ];
    }),
};
