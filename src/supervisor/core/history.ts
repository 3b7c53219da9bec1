/**
 * How a service has died: the file `history` beside `status` (`supervise/history`, `log/supervise/history`).
 * It is homerun's own; C runit neither writes nor reads it.
 *
 * One line for each ending of ./run or ./finish, the newest last:
 *
 *     @400000006b0298d607ab4f6c run 12.345 exit 1
 *     @400000006b0298d607ab5000 finish 0.010 signal 9
 *     @400000006b0298f0117e8b10 run 3.020 signal 15 asked
 *
 * that is: the moment of the ending as a TAI64N label, which program ended, for how many seconds it had lived,
 * and its exit code or the number of the signal that ended it; `asked` when somebody had asked runsv for it (down,
 * exit, TERM, KILL, a restart), so that it is no crash. Lines are appended; when the file has grown to
 * some 12,000 bytes it is written anew with the last `HISTORY_KEPT`. A line that is cut short (full disk)
 * or that cannot be read is passed over.
 */
import { formatTai64n, type Instant, parseTai64n } from './tai.ts';

/** So many endings are kept for each service. */
export const HISTORY_KEPT = 100;

/** One end of a program. */
export interface Ending {
  /** When it ended, wall clock. */
  readonly at: Instant;
  readonly program: 'run' | 'finish';
  /** Seconds, to the millisecond, measured by the monotonic clock. */
  readonly lifetime: number;
  readonly by: 'exit' | 'signal';
  /** Exit code (0 to 255) or number of the signal. */
  readonly code: number;
  /** runsv had been told to end it: it is wanted down (or exit), or runsv sent it TERM or KILL. */
  readonly asked: boolean;
}

/** Exit code or signal of a wait status. */
export function outcomeOf(waitStatus: number): Pick<Ending, 'by' | 'code'> {
  const signal = waitStatus & 127;
  return signal === 0 ? { by: 'exit', code: (waitStatus >> 8) & 255 } : { by: 'signal', code: signal };
}

/** The line of an ending, with its newline. */
export function formatEnding(ending: Ending): string {
  const { at, program, lifetime, by, code, asked } = ending;
  return `${formatTai64n(at)} ${program} ${lifetime.toFixed(3)} ${by} ${code}${asked ? ' asked' : ''}\n`;
}

/** The endings of a history file, oldest first, at most `HISTORY_KEPT`, the newest of them. */
export function parseHistory(text: string): Ending[] {
  const endings: Ending[] = [];
  const lines = text.split('\n');
  lines.pop(); // what stands after the last newline is no whole line
  for (const line of lines.slice(-HISTORY_KEPT)) {
    const match = /^(@[0-9a-f]{24}) (run|finish) (\d+\.\d{3}) (exit|signal) (\d{1,3})( asked)?$/.exec(line);
    const at = match === null ? undefined : parseTai64n(match[1] as string);
    if (match === null || at === undefined) continue;
    endings.push({
      at,
      program: match[2] as Ending['program'],
      lifetime: Number(match[3]),
      by: match[4] as Ending['by'],
      code: Number(match[5]),
      asked: match[6] !== undefined,
    });
  }
  return endings;
}

/** The last `HISTORY_KEPT` lines of a history file, for writing it anew. */
export function trimHistory(text: string): string {
  return text
    .split('\n')
    .slice(0, -1)
    .slice(-HISTORY_KEPT)
    .map((line) => `${line}\n`)
    .join('');
}
