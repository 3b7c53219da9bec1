/** When `current` is full, what an old log is called, and which of them goes. */
import { formatTai64n, type Instant } from './tai.ts';

/** Ends of names: finished, waiting for (or never seen by) a processor, a processor's output in the making. */
export type OldLogKind = 's' | 'u' | 't';

/** `@400000006b0298d607ab4f6c.s` */
export function oldLogName(instant: Instant, kind: OldLogKind): string {
  return `${formatTai64n(instant)}.${kind}`;
}

/** As svlogd tells old logs: 27 bytes, the first of them an @. */
export function isOldLog(name: string): boolean {
  return name.length === 27 && name[0] === '@';
}

/** The first name in the order of bytes, which for old logs is the order of time. */
function first(names: readonly string[]): string | undefined {
  return names.reduce<string | undefined>(
    (oldest, name) => (oldest === undefined || name < oldest ? name : oldest),
    undefined,
  );
}

/**
 * The names in a log directory, as `n` counts them after a rotation: what a processor left behind (to be deleted),
 * how many old logs there are and the oldest of them. Logs that were not closed or not processed (`.u`) do not
 * count and are not deleted.
 */
export function surveyOldLogs(names: readonly string[]): {
  leftovers: string[];
  count: number;
  oldest: string | undefined;
} {
  const old = names.filter(isOldLog);
  const logs = old.filter((name) => name[26] !== 't' && name[26] !== 'u');
  return { leftovers: old.filter((name) => name[26] === 't'), count: logs.length, oldest: first(logs) };
}

/** The old log to delete on a full disk: the oldest of any kind, if there are more than `keepMin`. */
export function chooseForRoom(names: readonly string[], keepMin: number): string | undefined {
  const old = names.filter(isOldLog);
  return old.length > keepMin ? first(old) : undefined;
}

const NEWLINE = 10;

/** What to do next with text that is to be appended to `current`. */
export interface WriteStep {
  /** Rotate before writing. */
  readonly rotateFirst: boolean;
  /** So many bytes of the text fit now. */
  readonly length: number;
  /** Rotate after they are written. */
  readonly rotateAfter: boolean;
}

/**
 * Sizes decide as in C: `current` never grows beyond `sizeMax`; it is rotated when a line ends within the last
 * `lineMax` bytes before that, or else in the middle of a line.
 *
 * `from` is where the text to write begins; `size` is that of `current` in bytes. A `sizeMax` below `lineMax`
 * (which C computes without a sign) rotates only when the size is reached exactly.
 */
export function planWrite(
  text: Uint8Array,
  from: number,
  size: number,
  sizeMax: number,
  lineMax: number,
): WriteStep {
  const left = text.length - from;
  if (sizeMax === 0) return { rotateFirst: false, length: left, rotateAfter: false };
  const rotateFirst = size >= sizeMax;
  const used = rotateFirst ? 0 : size;
  const room = Math.min(left, sizeMax - used);
  if (sizeMax < lineMax) {
    return { rotateFirst, length: room, rotateAfter: false };
  }
  // The first line end that leaves `current` with sizeMax - lineMax bytes or more.
  const enough = Math.max(0, sizeMax - lineMax - used);
  if (enough > room) return { rotateFirst, length: room, rotateAfter: false };
  const end = text.indexOf(NEWLINE, from + Math.max(0, enough - 1));
  if (end === -1 || end - from + 1 > room) return { rotateFirst, length: room, rotateAfter: false };
  return { rotateFirst, length: end - from + 1, rotateAfter: true };
}
