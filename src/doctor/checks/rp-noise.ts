import type { Check } from '../check.ts';
import { parseMessage } from '../evidence/messages.ts';
import type { Finding } from '../finding.ts';
import { ringOf } from '../ring.ts';
import { say } from '../say.ts';
import type { Snapshot } from '../snapshot.ts';

/** Fewer lines tell nothing. */
const ENOUGH = 4;

function noise(snapshot: Snapshot): readonly Finding[] {
  const lines = ringOf(snapshot);
  const other = lines.filter((line) => parseMessage(line) === null);
  if (lines.length < ENOUGH || other.length * 2 < lines.length) return [];
  return [
    say(check, {
      summary: 'The text of runsvdir in ps is filled by a daemon, not by runit',
      evidence: other.slice(-3),
      cause:
        'Messages of runit scroll away. Give the service that writes them a log service, with exec 2>&1 in run.',
    }),
  ];
}

export const check: Check = {
  id: 'rp-noise',
  severity: 'info',
  layer: 'advice',
  title: 'a daemon fills the text of runsvdir in ps',
  section: 'Read-Only Diagnostic Tests',
  explain: [
    'The LOG argument of runsvdir keeps the last 400 bytes of what the programs say. A daemon without a log service that writes to stderr pushes the messages of runit out of it.',
    'By hand: give that service a log service, with exec 2>&1 in run.',
  ],
  run: (snapshot) => noise(snapshot),
};
