/**
 * The time stamps that svlogd puts before a line (svlogd(8), -t, -tt, -ttt), and those in the names of rotated files.
 *
 * Times are whole microseconds since the epoch: they fit a double exactly, and are fine enough to order what several
 * loggers wrote.
 */
import { parseTai64n } from './tai.ts';

export type StampForm = 'tai64n' | 'human' | 'iso';

export interface Stamped {
  /** Microseconds since the epoch. */
  readonly time: number;
  readonly form: StampForm;
  /** Length of the stamp and the blank after it. */
  readonly length: number;
}

/** A TAI64N label (`@` and 24 hexadecimal digits at the start of the text) in microseconds since the epoch, or null. */
export function labelTime(text: string): number | null {
  const instant = parseTai64n(text);
  if (instant === undefined || !Number.isSafeInteger(instant.seconds * 1_000_000)) return null;
  return instant.seconds * 1_000_000 + Math.floor(instant.nanoseconds / 1000);
}

/** The last second that was read, as `2026-11-22_05:45:00.`, since lines of one second follow each other. */
let lastSecond = '';
let lastSecondTime = 0;

const HUMAN = /^(\d{4})-(\d\d)-(\d\d)([_T])(\d\d):(\d\d):(\d\d)\.(\d{1,9})(?: |$)/;

/** The stamp at the start of a line, or null. */
export function parseStamp(line: string): Stamped | null {
  const first = line.charCodeAt(0);
  if (first === 64) {
    if (line.length > 25 && line[25] !== ' ') return null;
    const time = labelTime(line);
    return time === null ? null : { time, form: 'tai64n', length: Math.min(line.length, 26) };
  }
  if (first < 48 || first > 57) return null;
  if (lastSecond !== '' && line.startsWith(lastSecond)) {
    // The second is the same as that of the line before: only its fraction is read.
    let micro = 0;
    let digits = 0;
    let at = lastSecond.length;
    for (; digits < 10; digits += 1, at += 1) {
      const digit = line.charCodeAt(at) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      if (digits < 6) micro = micro * 10 + digit;
    }
    if (digits > 0 && digits < 10 && (at === line.length || line.charCodeAt(at) === 32)) {
      for (let missing = digits; missing < 6; missing += 1) micro *= 10;
      return {
        time: lastSecondTime * 1000 + micro,
        form: lastSecond[10] === 'T' ? 'iso' : 'human',
        length: Math.min(line.length, at + 1),
      };
    }
    return null;
  }
  const match = HUMAN.exec(line);
  if (match === null) return null;
  lastSecondTime = Date.UTC(
    Number(match[1]),
    Number(match[2]) - 1,
    Number(match[3]),
    Number(match[5]),
    Number(match[6]),
    Number(match[7]),
  );
  lastSecond = line.slice(0, 20);
  const micro = Number((match[8] as string).slice(0, 6).padEnd(6, '0'));
  return {
    time: lastSecondTime * 1000 + micro,
    form: match[4] === 'T' ? 'iso' : 'human',
    length: match[0].length,
  };
}

/** When a rotated file was closed, from its name (`@4000....s`), in microseconds since the epoch; null for other names. */
export function rotatedAt(name: string): number | null {
  return /^@[0-9a-f]{24}\.[stu]$/.test(name) ? labelTime(name) : null;
}
