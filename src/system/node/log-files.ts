/**
 * svlogd's files, read from either end: `@TAI64N.s` (closed properly), `.u` (not closed, or waiting for its processor),
 * then `current`. Blocks are read one after the other, so a gigabyte costs no more memory than a kilobyte, and the last
 * lines of it no more time.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { cutLines, type LogLine } from '../../everyday/log-lines.ts';
import { rotatedAt } from '../../supervisor/core/read-stamp.ts';
import { decodeLog } from './log-text.ts';

/** Names of a log directory's rotated files, the oldest first. @throws the system's error when it cannot be read */
export function listRotated(folder: string): string[] {
  // While a processor runs both its input (.u) and its output so far (.t) are there: the input is whole.
  return readdirSync(folder)
    .filter((name) => rotatedAt(name) !== null && !name.endsWith('.t'))
    .sort();
}

/** A log directory at one moment: what was rotated by then, and `current` held open with its size then. */
export interface LogSnapshot {
  readonly folder: string;
  readonly rotated: readonly string[];
  readonly current: { readonly fd: number; readonly size: number; readonly changed: number } | null;
}

/** True when the file of that name is the one that is open as `fd`. */
export function isSameFile(path: string, fd: number): boolean {
  const named = statSync(path, { throwIfNoEntry: false });
  const open = fstatSync(fd);
  return named !== undefined && named.ino === open.ino && named.dev === open.dev;
}

/**
 * Takes a snapshot. svlogd may rotate in the middle of it: then the file that was just opened has a name among the
 * rotated ones, and it and those behind it are not part of the snapshot's `rotated`.
 */
export function openLog(folder: string): LogSnapshot {
  const before = new Set(listRotated(folder));
  let fd: number;
  try {
    fd = openSync(join(folder, 'current'), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { folder, rotated: listRotated(folder), current: null };
  }
  const stats = fstatSync(fd);
  const names = listRotated(folder);
  const itself = names.findIndex((name) => !before.has(name) && isSameFile(join(folder, name), fd));
  return {
    folder,
    rotated: itself === -1 ? names : names.slice(0, itself),
    current: { fd, size: stats.size, changed: Math.floor(stats.mtimeMs * 1000) },
  };
}

/** Gives the open file back. */
export function closeLog(log: LogSnapshot): void {
  if (log.current !== null) closeSync(log.current.fd);
}

/** The rotated files that can hold lines of that time, from and to in microseconds since the epoch. */
function rotatedBetween(names: readonly string[], from: number, to: number): string[] {
  let before = Number.NEGATIVE_INFINITY;
  return names.filter((name) => {
    const ended = rotatedAt(name) as number;
    // A name is stamped when the file is renamed, a little later than its last line.
    const wanted = ended >= from && before <= to;
    before = ended;
    return wanted;
  });
}

const BLOCK = 256 * 1024;
/** So many bytes of lines without a stamp are held back for the stamp before them. */
const HELD = 1024 * 1024;

interface Source {
  readonly size: number;
  /** In microseconds: when the file was closed, or changed last. */
  readonly ended: number;
  read(from: number, length: number): Buffer;
  close(): void;
}

function readFully(fd: number, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const count = readSync(fd, bytes, got, length - got, from + got);
    if (count === 0) break;
    got += count;
  }
  return bytes.subarray(0, got);
}

/** Opens a rotated file; null when it is gone by now. What a processor has zipped is unzipped whole. */
function openRotated(folder: string, name: string): Source | null {
  let fd: number;
  try {
    fd = openSync(join(folder, name), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const { size } = fstatSync(fd);
  const ended = rotatedAt(name) as number;
  const magic = readFully(fd, 0, Math.min(2, size));
  if (magic[0] === 0x1f && magic[1] === 0x8b) {
    let whole: Buffer;
    try {
      whole = gunzipSync(readFully(fd, 0, size));
    } finally {
      closeSync(fd);
    }
    return {
      size: whole.length,
      ended,
      read: (from, length) => whole.subarray(from, from + length),
      close: () => {},
    };
  }
  return { size, ended, read: (from, length) => readFully(fd, from, length), close: () => closeSync(fd) };
}

/** `current` of a snapshot, up to its size then; the snapshot closes it. */
function currentSource(log: LogSnapshot, until: number | null): Source[] {
  const { current } = log;
  if (current === null) return [];
  return [
    {
      size: until ?? current.size,
      ended: current.changed,
      read: (from, length) => readFully(current.fd, from, length),
      close: () => {},
    },
  ];
}

function* forwardFile(source: Source, service: string): Generator<LogLine> {
  let carry: Buffer = Buffer.alloc(0);
  let time: number | null = null;
  let at = 0;
  while (at < source.size) {
    const block = source.read(at, Math.min(BLOCK, source.size - at));
    if (block.length === 0) break;
    at += block.length;
    const bytes: Buffer = carry.length === 0 ? block : Buffer.concat([carry, block]);
    const end = at >= source.size ? bytes.length : bytes.lastIndexOf(10) + 1;
    carry = bytes.subarray(end);
    if (end === 0) continue;
    const { head, lines } = cutLines(decodeLog(bytes, 0, end), time, service);
    // Lines before the first stamp of a file: just before that line, or at the file's end where there is none.
    const first = lines[0]?.time ?? source.ended;
    for (const { text } of head) yield { service, time: first, stamped: false, text, mark: false };
    yield* lines;
    time = lines.at(-1)?.time ?? time;
  }
}

function* backwardFile(source: Source, service: string): Generator<LogLine> {
  let carry: Buffer = Buffer.alloc(0);
  let end = source.size;
  while (end > 0) {
    const start = Math.max(0, end - BLOCK);
    const block = source.read(start, end - start);
    end = start;
    const bytes: Buffer = carry.length === 0 ? block : Buffer.concat([block, carry]);
    const from = start === 0 ? 0 : bytes.indexOf(10) + 1;
    if (start > 0 && from === 0) {
      carry = bytes;
      continue;
    }
    const { head, lines } = cutLines(decodeLog(bytes, from), null, service);
    const hold = start > 0 && head.length > 0 && bytes.length < HELD;
    for (let index = lines.length - 1; index >= 0; index -= 1) yield lines[index] as LogLine;
    if (hold) {
      // The unstamped lines at the block's start wait for the stamp before them.
      let until = from;
      for (let count = 0; count < head.length; count += 1)
        until = bytes.indexOf(10, until) + 1 || bytes.length;
      carry = bytes.subarray(0, until);
      continue;
    }
    const time = lines[0]?.time ?? source.ended;
    for (let index = head.length - 1; index >= 0; index -= 1) {
      yield { service, time, stamped: false, text: (head[index] as { text: string }).text, mark: false };
    }
    carry = bytes.subarray(0, from);
  }
}

/** What to read of a snapshot. Times in microseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
  /** What the lines are called by. */
  readonly service: string;
  /** Bytes of `current` to read; null: all of it. */
  readonly currentBytes?: number | null;
  /** Is told of a rotated file that cannot be read; the others are. Without it that is an error. */
  readonly unreadable?: (path: string, error: unknown) => void;
}

function tryRotated(log: LogSnapshot, name: string, span: Span): Source | null {
  try {
    return openRotated(log.folder, name);
  } catch (error) {
    if (span.unreadable === undefined) throw error;
    span.unreadable(join(log.folder, name), error);
    return null;
  }
}

function* linesWithin(source: Source, lines: Generator<LogLine>, { from, to }: Span): Generator<LogLine> {
  try {
    for (const line of lines) if (line.time >= from && line.time <= to) yield line;
  } finally {
    source.close();
  }
}

/** The lines of a log between two times, the oldest first. */
export function* readForward(log: LogSnapshot, span: Span): Generator<LogLine> {
  for (const name of rotatedBetween(log.rotated, span.from, span.to)) {
    const source = tryRotated(log, name, span);
    if (source !== null) yield* linesWithin(source, forwardFile(source, span.service), span);
  }
  for (const source of currentSource(log, span.currentBytes ?? null)) {
    yield* linesWithin(source, forwardFile(source, span.service), span);
  }
}

/** The same from the end. */
export function* readBackward(log: LogSnapshot, span: Span): Generator<LogLine> {
  for (const source of currentSource(log, span.currentBytes ?? null)) {
    yield* linesWithin(source, backwardFile(source, span.service), span);
  }
  for (const name of rotatedBetween(log.rotated, span.from, span.to).reverse()) {
    const source = tryRotated(log, name, span);
    if (source !== null) yield* linesWithin(source, backwardFile(source, span.service), span);
  }
}
