/**
 * Lines of svlogd's files with their times: cut out of blocks of bytes, and several services merged into one stream.
 *
 * A line without a stamp belongs to the stamped line before it and takes its time. Lines of a file without any stamp
 * have the time at which the file ended (from the name of a rotated one, else its last change).
 */
import { parseStamp } from '../supervisor/core/read-stamp.ts';

export interface LogLine {
  readonly service: string;
  /** Microseconds since the epoch. */
  readonly time: number;
  /** Its own stamp says so; else the time was taken over from what stands before it. */
  readonly stamped: boolean;
  /** Without the stamp. */
  readonly text: string;
  /** A start or an ending, not a line of the log. */
  readonly mark: boolean;
}

/** A line without a stamp before any stamped one: its time is not known yet. */
export interface Unplaced {
  readonly text: string;
}

/**
 * The lines of a text that begins at a line's start. `time` is that of the line before, or null; what cannot be placed
 * without it comes back as `head`. A last line without a newline counts as a line.
 */
export function cutLines(
  text: string,
  time: number | null,
  service: string,
): { head: Unplaced[]; lines: LogLine[] } {
  const head: Unplaced[] = [];
  const lines: LogLine[] = [];
  let last = time;
  let at = 0;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(at, end);
    at = end + 1;
    const stamp = parseStamp(line);
    if (stamp !== null) {
      last = stamp.time;
      lines.push({ service, time: stamp.time, stamped: true, text: line.slice(stamp.length), mark: false });
    } else if (last === null) head.push({ text: line });
    else lines.push({ service, time: last, stamped: false, text: line, mark: false });
  }
  return { head, lines };
}

/**
 * Merges streams that are each in order: ascending, or descending with `backward`. Equal times keep the order of the
 * streams. A stream whose own stamps go back (the clock was set) is taken as it comes.
 */
export function* mergeLines<Line extends { readonly time: number }>(
  streams: readonly Iterator<Line>[],
  backward = false,
): Generator<Line> {
  if (streams.length === 1) {
    yield* { [Symbol.iterator]: () => streams[0] as Iterator<Line> };
    return;
  }
  const heads = streams.map((stream) => stream.next());
  for (;;) {
    let best = -1;
    let bestTime = 0;
    for (let index = 0; index < heads.length; index += 1) {
      const head = heads[index] as IteratorResult<Line>;
      if (head.done === true) continue;
      const { time } = head.value;
      if (best === -1 || (backward ? time >= bestTime : time < bestTime)) {
        best = index;
        bestTime = time;
      }
    }
    if (best === -1) return;
    yield (heads[best] as IteratorYieldResult<Line>).value;
    heads[best] = (streams[best] as Iterator<Line>).next();
  }
}
