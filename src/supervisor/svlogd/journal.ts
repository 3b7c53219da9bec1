/**
 * What has been taken from the pipe and is not yet whole in the log: kept in the `lock` file of the (first) log
 * directory while it matters, so that a logger that is killed in the middle loses nothing and doubles nothing.
 *
 * How it works. splice(2) moves bytes from the pipe to the end of the journal; the kernel keeps pipe and file in
 * step. Before that, the header has been written in one piece: where the unwritten bytes begin, the stamp that the
 * lines in them get, and for each log the inode and size of its `current` at that moment. From these the same text
 * can be made again, and the present size of `current` says how much of it arrived. When all of it has arrived and
 * no line is left unfinished the file is emptied, so at rest it looks as C's svlogd leaves it (which never reads
 * or writes it, and may take over the directory at any time).
 *
 * Layout: a header of one page (a line of JSON; what follows it is left over), then settings (JSON: how lines were cut when these
 * bytes were taken) and the bytes themselves up to the end of the file. Only whoever holds the lock touches it.
 */
import { fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import type { LineConfig, LineOptions, LineState } from '../core/log-lines.ts';

/** One page, which the kernel copies in one go. */
const HEADER_BYTES = 4096;

/** With more dead bytes than this the journal is begun anew, also in the middle of a line. */
const COMPACT_BYTES = 1 << 18;

/** How far one log is. */
export interface JournalLog {
  /** Inode and size in bytes of `current` before the text of this piece; 0 and 0 for a directory out of use. */
  ino: number;
  base: number;
  /** So many characters of the piece's text for this log stand before `base` (in logs that were rotated away). */
  skip: number;
  /** Set while `current` is being rotated: so many characters are in the old one. */
  next?: number;
}

/** How the bytes in the journal were to be cut. */
export interface JournalSettings {
  readonly options: LineOptions;
  readonly names: readonly string[];
  readonly configs: readonly LineConfig[];
}

interface Header {
  readonly version: 1;
  /** Device and inode of the input, so that an unfinished line is only joined with what follows in the same pipe. */
  readonly input: string;
  readonly settingsAt: number;
  readonly settingsLength: number;
  /** Where the bytes begin in the file; all positions below count from there. */
  readonly rawAt: number;
  /** The unfinished line from an earlier piece begins here. */
  readonly from: number;
  /** This piece begins here. */
  readonly fresh: number;
  readonly headStamp: string;
  readonly stamp: string;
  /** The rest of a long line is passing, to these logs. */
  readonly rest: readonly boolean[] | null;
  readonly logs: JournalLog[];
}

/** What a logger that was killed has left. */
export interface Recovered {
  readonly input: string;
  readonly settings: JournalSettings;
  readonly logs: readonly JournalLog[];
  readonly rest: readonly boolean[] | null;
  /** The unfinished line of earlier pieces. */
  readonly head: string;
  readonly headStamp: string;
  /** The last piece. */
  readonly piece: string;
  readonly stamp: string;
}

/** Returns how many bytes there were. */
function readWhole(fd: number, bytes: Uint8Array, position: number): number {
  let done = 0;
  while (done < bytes.length) {
    const got = readSync(fd, bytes, done, bytes.length - done, position + done);
    if (got === 0) break;
    done += got;
  }
  return done;
}

function readText(fd: number, position: number, length: number): string {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.toString('latin1', 0, readWhole(fd, bytes, position));
}

function writeText(fd: number, text: string, position: number): void {
  writeBytes(fd, Buffer.from(text, 'latin1'), position);
}

function writeBytes(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

/**
 * What is left in the `lock` file of a directory, and the journal to keep while it is written; undefined if nothing
 * is left, or nothing that can be understood.
 */
export function readJournal(fd: number): { recovered: Recovered; journal: Journal } | undefined {
  const size = fstatSync(fd).size;
  if (size <= HEADER_BYTES) return undefined;
  try {
    const header = JSON.parse(readText(fd, 0, HEADER_BYTES).split('\n', 1)[0] as string) as Header;
    if (header.version !== 1) return undefined;
    const settings = JSON.parse(
      Buffer.from(readText(fd, header.settingsAt, header.settingsLength), 'latin1').toString(),
    ) as JournalSettings;
    const raw = readText(fd, header.rawAt + header.from, Math.max(0, size - header.rawAt - header.from));
    if (raw === '' && header.rest === null) return undefined;
    const head = header.fresh - header.from;
    return {
      recovered: {
        input: header.input,
        settings,
        // The header's own change while this is being written.
        logs: header.logs.map((log) => ({ ...log })),
        rest: header.rest,
        head: raw.slice(0, head),
        headStamp: header.headStamp,
        piece: raw.slice(head),
        stamp: header.stamp,
      },
      journal: new Journal(fd, header.input, settings, header),
    };
  } catch {
    return undefined;
  }
}

export class Journal {
  readonly #fd: number;
  readonly #input: string;
  readonly #settings: JournalSettings;
  #header: Header | undefined;
  /** Size of the file; 0 when nothing is in it that counts. */
  #end = 0;

  /** `fd` is that of the locked file, open for reading and writing, not for appending. */
  constructor(fd: number, input: string, settings: JournalSettings, found?: object) {
    this.#fd = fd;
    this.#header = found as Header | undefined;
    this.#input = input;
    this.#settings = settings;
    this.#end = fstatSync(fd).size;
  }

  /** Where the next bytes from the pipe go. */
  get position(): number {
    return this.#end;
  }

  #write(header: Header): void {
    const line = `${JSON.stringify(header)}\n`;
    if (line.length > HEADER_BYTES) throw new RangeError('journal header too long');
    writeText(this.#fd, line, 0);
    this.#header = header;
  }

  /** Settings and the unfinished line anew: at the front if no bytes that count are there, else at the end. */
  #place(head: string): Pick<Header, 'settingsAt' | 'settingsLength' | 'rawAt'> {
    const settings = Buffer.from(JSON.stringify(this.#settings)).toString('latin1');
    const text = settings + head;
    const header = this.#header;
    const live = header === undefined ? 0 : header.rawAt + header.from;
    const settingsAt =
      this.#end <= HEADER_BYTES || live >= HEADER_BYTES + text.length
        ? HEADER_BYTES
        : Math.max(this.#end, HEADER_BYTES);
    writeText(this.#fd, text, settingsAt);
    this.#end = Math.max(this.#end, settingsAt + text.length);
    return { settingsAt, settingsLength: settings.length, rawAt: settingsAt + settings.length };
  }

  /**
   * Before a piece is taken: records the state of lines, the stamp for the piece, and how far each log is.
   * Throws what the file system says; then the journal is of no use (see `abandon`).
   */
  prepare(state: LineState, stamp: string, logs: JournalLog[]): void {
    const head = 'head' in state ? state.head : '';
    const headStamp = 'head' in state ? state.stamp : '';
    const rest = 'rest' in state ? state.rest : null;
    const header = this.#header;
    if (header === undefined || this.#end - header.rawAt > COMPACT_BYTES) {
      const place = this.#place(head);
      this.#write({
        version: 1,
        input: this.#input,
        ...place,
        from: 0,
        fresh: head.length,
        headStamp,
        stamp,
        rest,
        logs,
      });
      const end = place.rawAt + head.length;
      if (this.#end > end) {
        ftruncateSync(this.#fd, end);
        this.#end = end;
      }
      return;
    }
    const fresh = this.#end - header.rawAt;
    this.#write({ ...header, from: fresh - head.length, fresh, headStamp, stamp, rest, logs });
  }

  /** So many bytes were moved to `position`: reads them. */
  took(bytes: Uint8Array): void {
    const got = readWhole(this.#fd, bytes, this.#end);
    this.#end += bytes.length;
    // Only if somebody else cut the file off: what is missing is lost in any case.
    bytes.fill(0, got);
  }

  /** For input that is no pipe: puts bytes that were read already behind the others. */
  put(bytes: Uint8Array): void {
    writeBytes(this.#fd, bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Before `current` of a log is renamed: `written` characters of the piece's text are in it. */
  beforeRename(log: number, written: number): void {
    const entry = this.#header?.logs[log];
    if (entry === undefined || this.#header === undefined) return;
    entry.next = written;
    this.#write(this.#header);
  }

  /** A log continues in a `current` that had `base` bytes when `skip` characters of the piece's text were written. */
  continueIn(log: number, ino: number, base: number, skip: number): void {
    if (this.#header === undefined) return;
    this.#header.logs[log] = { ino, base, skip };
    this.#write(this.#header);
  }

  /** The same for all logs at once. */
  continueInAll(logs: JournalLog[]): void {
    if (this.#header !== undefined) this.#write({ ...this.#header, logs });
  }

  /** All that was taken is written, but for an unfinished line; nothing more is at hand. */
  settle(state: LineState, logs: JournalLog[]): void {
    if ('head' in state && state.head === '') this.abandon();
    else this.prepare(state, '', logs);
  }

  /** Forgets everything in it. */
  abandon(): void {
    this.#header = undefined;
    if (this.#end === 0) return;
    ftruncateSync(this.#fd, 0);
    this.#end = 0;
  }
}
