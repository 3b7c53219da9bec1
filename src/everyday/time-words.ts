/** The times that --since and --until take: `10m`, `2h ago`, `14:30`, `yesterday 9:00`, `2026-11-22`, a TAI64N label. */
import { labelTime } from '../supervisor/core/read-stamp.ts';

const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|sec|secs|second|seconds)$/, 1],
  [/^(?:m|min|mins|minute|minutes)$/, 60],
  [/^(?:h|hour|hours)$/, 3600],
  [/^(?:d|day|days)$/, 86_400],
  [/^(?:w|week|weeks)$/, 604_800],
];

/** `1h30m`, `10 min`, `90`: seconds, or null. A bare number is no duration. */
function parseDuration(text: string): number | null {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)\s*/gy)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text) return null;
  let seconds = 0;
  for (const [, number, word] of parts) {
    const unit = UNITS.find(([expression]) => expression.test(word as string));
    if (unit === undefined) return null;
    seconds += Number(number) * unit[1];
  }
  return seconds;
}

/** 31 February is none. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function parseClock(text: string): { hours: number; minutes: number; seconds: number } | null {
  const match = /^(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?$/.exec(text);
  if (match === null) return null;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  return hours < 24 && minutes < 60 && seconds < 61 ? { hours, minutes, seconds } : null;
}

/**
 * Milliseconds since the epoch, or null when the text is no time. Clock times are local, or UTC with `utc`; a text
 * that ends in Z is UTC always. A clock time without a day is the latest one that has been.
 */
export function parseTime(text: string, now: number, utc = false): number | null {
  const word = text.trim().toLowerCase();
  if (word === 'now') return now;
  if (word.startsWith('@')) {
    const label = labelTime(word);
    if (label !== null) return Math.floor(label / 1000);
    return /^@\d+$/.test(word) ? Number(word.slice(1)) * 1000 : null;
  }
  const duration = parseDuration(word.replace(/^-/, '').replace(/\s*ago$/, ''));
  if (duration !== null) return now - duration * 1000;

  const zulu = /\dz$/.test(word);
  const asUtc = utc || zulu;
  const make = (year: number, month: number, day: number, clock: ReturnType<typeof parseClock>): number => {
    const { hours, minutes, seconds } = clock ?? { hours: 0, minutes: 0, seconds: 0 };
    return asUtc
      ? Date.UTC(year, month, day, hours, minutes, seconds)
      : new Date(year, month, day, hours, minutes, seconds).getTime();
  };
  const today = new Date(now);
  const dayOf = (back: number): [number, number, number] => {
    const date = asUtc
      ? new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() - back))
      : new Date(today.getFullYear(), today.getMonth(), today.getDate() - back);
    return asUtc
      ? [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
      : [date.getFullYear(), date.getMonth(), date.getDate()];
  };
  const [day = '', ...rest] = (zulu ? word.slice(0, -1) : word).split(/[ t_]+(?=\d)/);
  const clock = rest.length === 0 ? null : parseClock(rest.join(' '));
  if (rest.length > 0 && clock === null) return null;
  if (day === 'today') return make(...dayOf(0), clock);
  if (day === 'yesterday') return make(...dayOf(1), clock);
  const date = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(day);
  if (date !== null) {
    const [year, month, of] = [Number(date[1]), Number(date[2]), Number(date[3])];
    return isDay(year, month, of) ? make(year, month - 1, of, clock) : null;
  }
  const alone = rest.length === 0 ? parseClock(day) : null;
  if (alone === null) return null;
  const time = make(...dayOf(0), alone);
  return time > now ? make(...dayOf(1), alone) : time;
}
