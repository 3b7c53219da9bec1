/**
 * Follows one log directory across rotations: every line once, in order.
 *
 * The file being read is held open, so its inode cannot be given to another file, and its name after a rotation is found
 * by inode. When it was rotated and read to its end, the next one is the first rotated file behind it, or `current`.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync, watch } from 'node:fs';
import { join } from 'node:path';
import { cutLines, type LogLine } from '../../everyday/log-lines.ts';
import { rotatedAt } from '../../supervisor/core/read-stamp.ts';
import { isSameFile, type LogSnapshot, listRotated } from './log-files.ts';
import { decodeLog } from './log-text.ts';

const BLOCK = 256 * 1024;

interface Held {
  readonly fd: number;
  /** The last rotated name that was there when this file was opened: its own will sort behind it. */
  readonly after: string;
  offset: number;
  /** Bytes of a line that has no newline yet. */
  partial: Buffer;
  time: number | null;
}

export interface Follower {
  /** Bytes of the snapshot's `current` that hold whole lines: what a follower starts behind. */
  readonly start: number;
  /** What has come since the last call, the oldest first. Never waits. */
  take(): LogLine[];
  close(): void;
}

/** Where the last whole line of the snapshot's current ends. */
function wholeLines(log: LogSnapshot): number {
  if (log.current === null) return 0;
  let end = log.current.size;
  const block = Buffer.allocUnsafe(8192);
  while (end > 0) {
    const start = Math.max(0, end - block.length);
    const count = readSync(log.current.fd, block, 0, end - start, start);
    const newline = block.subarray(0, count).lastIndexOf(10);
    if (newline !== -1) return start + newline + 1;
    end = start;
  }
  return 0;
}

function hasProcessor(folder: string): boolean {
  try {
    return readFileSync(join(folder, 'config'), 'latin1')
      .split('\n')
      .some((line) => line.startsWith('!'));
  } catch {
    return false;
  }
}

/**
 * Takes over the snapshot's open file. `lost` is told the number of files that were rotated away before they could be
 * read (a log that keeps too few files for its speed).
 */
export function follow(log: LogSnapshot, service: string, lost: (message: string) => void): Follower {
  const { folder } = log;
  const start = wholeLines(log);
  let held: Held | null =
    log.current === null
      ? null
      : {
          fd: log.current.fd,
          after: log.rotated.at(-1) ?? '',
          offset: start,
          partial: Buffer.alloc(0),
          time: null,
        };

  /** The directory may not be there yet, or not any more: both are waited for, as `tail -F` does. */
  const rotatedNow = (): string[] => {
    try {
      return listRotated(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  };

  /** Reads the held file to its present end. */
  const drain = (file: Held, lines: LogLine[]): void => {
    const block = Buffer.allocUnsafe(BLOCK);
    // Nobody shortens these files but a person: then what is there now is new.
    if (fstatSync(file.fd).size < file.offset) {
      file.offset = 0;
      file.partial = Buffer.alloc(0);
    }
    for (;;) {
      const count = readSync(file.fd, block, 0, BLOCK, file.offset);
      if (count === 0) return;
      file.offset += count;
      const fresh = block.subarray(0, count);
      const bytes: Buffer = file.partial.length === 0 ? fresh : Buffer.concat([file.partial, fresh]);
      const end = bytes.lastIndexOf(10) + 1;
      if (end > 0) emit(file, decodeLog(bytes, 0, end), lines);
      file.partial = Buffer.from(bytes.subarray(end));
    }
  };

  const emit = (file: Held, text: string, lines: LogLine[]): void => {
    const cut = cutLines(text, file.time, service);
    const first = cut.lines[0]?.time ?? Date.now() * 1000;
    for (const { text: line } of cut.head) {
      lines.push({ service, time: first, stamped: false, text: line, mark: false });
    }
    for (const line of cut.lines) lines.push(line);
    file.time = cut.lines.at(-1)?.time ?? file.time;
  };

  const open = (name: string, after: string): Held | null => {
    try {
      const fd = openSync(join(folder, name), 'r');
      return { fd, after, offset: 0, partial: Buffer.alloc(0), time: null };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  };

  /** The file behind the rotated name `after`; null when it is not there yet. */
  const next = (after: string): Held | null => {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const first = rotatedNow().find((name) => name > after);
      if (first !== undefined) {
        // Its own name is the last one known before the file behind it.
        const file = open(first, after);
        if (file !== null) return file;
        continue;
      }
      const file = open('current', after);
      if (file === null) return null;
      // A rotation between the listing and the opening puts one (or more) files before this one.
      const behind = rotatedNow().find((name) => name > after);
      if (behind === undefined || isSameFile(join(folder, behind), file.fd)) return file;
      closeSync(file.fd);
    }
    return null;
  };

  /** The held file's present name among the rotated ones; 'current'; or null when it has none any more. */
  const nameOf = (file: Held): { name: string | null; guess: string } => {
    if (isSameFile(join(folder, 'current'), file.fd)) return { name: 'current', guess: '' };
    const names = rotatedNow().filter((name) => name > file.after);
    const name = names.find((each) => isSameFile(join(folder, each), file.fd)) ?? null;
    // A processor has written it anew under its own name: the first one behind `after`.
    return { name, guess: hasProcessor(folder) ? (names[0] ?? file.after) : file.after };
  };

  const take = (): LogLine[] => {
    const lines: LogLine[] = [];
    for (;;) {
      if (held === null) {
        held = next(log.rotated.at(-1) ?? '');
        if (held === null) return lines;
      }
      drain(held, lines);
      const { name, guess } = nameOf(held);
      if (name === 'current') return lines;
      if (name === null && isSameFile(join(folder, 'current'), held.fd)) return lines;
      // It was rotated after what was read, or while: read what was written before that.
      drain(held, lines);
      const file = next(name ?? guess);
      if (file === null) return lines;
      if (name === null && guess === held.after && rotatedAt(held.after) !== null) {
        lost(`${folder}: the file that was being read was removed; lines may be missing`);
      }
      if (held.partial.length > 0) emit(held, decodeLog(held.partial), lines);
      closeSync(held.fd);
      held = file;
    }
  };

  return {
    start,
    take,
    close: () => {
      if (held !== null) closeSync(held.fd);
      held = null;
    },
  };
}

/**
 * Calls back when something in the directory changed, at most every 30 ms, and every `sweep` milliseconds in any case
 * (a network file system, or a machine without a watch to spare, tells nothing); null: only where there is no watch.
 */
export function watchFolder(folder: string, changed: () => void, sweep: number | null = 1000): () => void {
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      changed();
    }, 30);
  };
  let watcher: ReturnType<typeof watch> | undefined;
  let every = sweep;
  try {
    watcher = watch(folder, soon);
    watcher.on('error', () => {});
  } catch {
    every = sweep === null ? 2000 : 200;
  }
  const poll = every === null ? undefined : setInterval(changed, every);
  return () => {
    watcher?.close();
    clearInterval(poll);
    clearTimeout(timer);
  };
}
