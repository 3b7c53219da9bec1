/**
 * svlogd's engine: one input, one or more log directories. `run()` is the whole life of a logger as a generator;
 * it does what can be done at once and yields what it waits for (see `Wait`). Whoever runs it resumes it, and calls
 * `terminate`, `rotateAll` and `reopenAll` where C gets TERM, ALRM and HUP. Between two yields it never blocks but
 * on the disk.
 *
 * What it takes from a pipe goes through the journal (journal.ts), so a logger that is killed loses and doubles
 * nothing. Without a journal (several causes, see `#openJournal`) it takes as little at a time as C does.
 */
import { fstatSync, readSync } from 'node:fs';
import { DEFAULT_LOG_CONFIG } from '../core/log-config.ts';
import { BETWEEN_LINES, cutLines, type LineConfig, type LineState } from '../core/log-lines.ts';
import type { SvlogdOptions } from '../core/log-options.ts';
import { formatStamp } from '../core/log-stamp.ts';
import { errorCode, errorText } from '../core/messages.ts';
import { millisecondsOf } from '../core/tai.ts';
import { isReadable, moveFromPipe } from '../native/input.ts';
import { sendLines } from './datagram.ts';
import { Journal, type JournalLog, type Recovered, readJournal } from './journal.ts';
import { lineCopier } from './line-copier.ts';
import { LogDirectory } from './log-directory.ts';
import type { Waiting } from './log-words.ts';
import { PipeRoom } from './pipe-room.ts';
import { cutPlainLines, isPlain } from './plain-lines.ts';
import type { LoggerPorts, Wait } from './ports.ts';
import { assess, isBetweenLines, remake } from './recovery.ts';

/** At most so many bytes in a turn: a whole pipe of the usual size. */
const PIECE_BYTES = 65_536;

/** From input that is no pipe: what is read and not yet in the journal would be lost with the process. */
const MODEST_BYTES = 8192;

/** C looks at its clocks at least so often, in milliseconds. */
const LONGEST_WAIT = 2_744_000;

const EAGAIN = 11;
const EINTR = 4;
const EINVAL = 22;

/** So many bytes of input, which lie in the copier; 0 at the end of input, undefined for nothing at the moment. */
type Piece = number | undefined;

const NEWLINE = 10;

/** The piece's text for each log. */
type Texts = readonly Uint8Array[];

export interface LoggerSetup {
  readonly options: SvlogdOptions;
  /** Where each directory is, by absolute path or relative to the process's own working directory. */
  readonly paths: readonly Buffer[];
  /** Descriptor to read from. */
  readonly input: number;
  /** Saves a descriptor for each directory. */
  readonly sparing?: boolean;
  /** The logs are in order although they were not closed: this logger takes over from one that hangs. */
  readonly adopt?: boolean;
}

/** Device and inode. */
function nameOf(fd: number): string {
  const { dev, ino } = fstatSync(fd);
  return `${dev}:${ino}`;
}

export class Logger {
  readonly directories: readonly LogDirectory[];
  readonly #setup: LoggerSetup;
  readonly #ports: LoggerPorts;
  /** Called when something was asked of the logger, so that a wait for input ends. */
  wake: (() => void) | undefined;
  #exit = false;
  #rotate = false;
  #reopen = false;
  #ended = false;
  #endWhenEmpty = false;
  /** All that was taken is in the logs, or a begun line. */
  #isAtRest = false;
  #state: LineState = BETWEEN_LINES;
  #configs: LineConfig[] = [];
  #journal: Journal | undefined;
  /** Device and inode of the input. */
  #inputName = '';
  #isPipe = true;
  /** Characters of the present piece's text that are written, for each log. */
  #written: number[] = [];
  /** The lock in which this logger has a journal, or had one: what is found there again it knows itself. */
  #journalName = '';
  /** It has opened its directories before: the line in hand is its own. */
  #hasBegun = false;
  /** What a killed logger left, until it is written. */
  #recovered: Recovered | undefined;
  readonly #room: PipeRoom;
  /** Of this thread: what lies in it is another logger's after each wait. */
  readonly #copier = lineCopier();

  constructor(setup: LoggerSetup, ports: LoggerPorts) {
    this.#setup = setup;
    this.#ports = ports;
    this.#room = new PipeRoom(setup.input);
    const { options } = setup;
    this.directories = options.directories.map(
      (name, index) =>
        new LogDirectory(name, setup.paths[index] as Buffer, ports, {
          verbose: options.verbose,
          lineMax: options.lineMax,
          keepOpen: setup.sparing !== true,
        }),
    );
    const giveRoom = () => {
      if (this.#journal === undefined || this.#journal.position === 0) return false;
      this.#journalDo((journal) => journal.abandon());
      return true;
    };
    for (const [index, directory] of this.directories.entries()) {
      directory.processing.ended = () => this.wake?.();
      directory.watch = {
        giveRoom,
        beforeRename: () =>
          this.#journalDo((journal) => journal.beforeRename(index, this.#written[index] ?? 0)),
        afterRename: () =>
          this.#journalDo((journal) =>
            journal.continueIn(index, directory.ino, 0, this.#written[index] ?? 0),
          ),
      };
    }
    try {
      this.#inputName = nameOf(setup.input);
      this.#isPipe = fstatSync(setup.input).isFIFO();
    } catch {
      this.#isPipe = false;
    }
  }

  /** As TERM: ends when the line in hand is whole. */
  terminate(): void {
    if (this.#setup.options.verbose) this.#ports.stderr('svlogd: info: sigterm received.\n');
    this.#exit = true;
    this.wake?.();
  }

  /** Ends as at the end of input when nothing is left in it: for a pipe whose writing end stays open. */
  endInput(): void {
    this.#endWhenEmpty = true;
    this.wake?.();
  }

  /** As ALRM: rotates every log that is not empty. */
  rotateAll(): void {
    if (this.#setup.options.verbose) this.#ports.stderr('svlogd: info: sigalarm received.\n');
    this.#rotate = true;
    this.wake?.();
  }

  /** As HUP: closes and opens every log and reads its config. */
  reopenAll(): void {
    if (this.#setup.options.verbose) this.#ports.stderr('svlogd: info: sighangup received.\n');
    this.#reopen = true;
    this.wake?.();
  }

  /** True when a wait for input, or for a processor, should end. */
  get isAsked(): boolean {
    return (
      this.#rotate ||
      this.#reopen ||
      this.#endWhenEmpty ||
      (this.#exit && this.#isBetweenLines) ||
      this.directories.some((directory) => directory.processing.isDone)
    );
  }

  get #isBetweenLines(): boolean {
    return isBetweenLines(this.#state);
  }

  /** Gives up everything at once, as a kill would; what was taken and not written stays in the journal. */
  drop(): void {
    this.#ended = true;
    this.#room.forget();
    for (const directory of this.directories) directory.drop();
  }

  /**
   * Gives up everything at once, like `drop`. A logger at rest closes its logs first as at its end, but without waiting
   * for the disk; a begun line stays in the journal.
   */
  leave(): void {
    if (this.#isAtRest) {
      this.#room.restore();
      this.#closeJournal();
      for (const directory of this.directories) directory.seal();
    }
    this.drop();
  }

  /** The life of the logger; its result is the exit code. */
  *run(): Waiting<number> {
    if (!(yield* this.#openAll())) return 111;
    let didSettle = true;
    for (;;) {
      if (this.#ended) return 0;
      if (this.#rotate) {
        for (const directory of this.directories) yield* directory.rotate();
        this.#rotate = false;
      }
      if (this.#exit && this.#isBetweenLines) break;
      if (this.#reopen) {
        if (!(yield* this.#openAll())) return 111;
        this.#reopen = false;
        didSettle = true;
      }
      for (const directory of this.directories) {
        if (directory.processing.isDone) yield* directory.finishProcessor();
      }
      const until = yield* this.#rotateByAge();
      if (this.#ports.isTold?.() === true) {
        yield* this.#rest({ kind: 'turn' });
        continue;
      }
      const piece = this.#take(this.#exit ? 1 : PIECE_BYTES);
      if (piece === undefined) {
        if (!didSettle) {
          this.#room.restore();
          this.#journalDo((journal) => journal.settle(this.#state, this.#positions()));
          didSettle = true;
        } else if (this.#endWhenEmpty) {
          break;
        } else {
          yield* this.#rest({ kind: 'input', until });
        }
        continue;
      }
      didSettle = false;
      if (piece === 0) break;
      if (this.#isPipe) this.#room.took(piece === PIECE_BYTES);
      yield* this.#writePiece(piece);
      yield* this.#rest({ kind: 'turn' });
    }
    return yield* this.#finish();
  }

  *#rest(wait: Wait): Waiting {
    this.#isAtRest = true;
    yield wait;
    this.#isAtRest = false;
  }

  /** The line in hand, if any, is ended; processors are waited for; everything is closed. */
  *#finish(): Waiting<number> {
    if (!this.#isBetweenLines) {
      this.#journalDo((journal) => journal.prepare(this.#state, '', this.#positions()));
      const newline = this.#copier.input(1);
      newline[0] = NEWLINE;
      this.#journalDo((journal) => journal.put(newline));
      yield* this.#writePiece(1);
    }
    this.#room.restore();
    this.#closeJournal();
    for (const directory of this.directories) {
      while (directory.processing.runs) yield* directory.finishProcessor();
      yield* directory.close();
    }
    return 0;
  }

  /** Rotates what is too old; gives back when to look again, in milliseconds of the epoch. */
  *#rotateByAge(): Waiting<number> {
    const now = millisecondsOf(this.#ports.now());
    let until = now + LONGEST_WAIT;
    for (const directory of this.directories) {
      if (directory.ageMax === 0) continue;
      if (directory.rotateAt < now) yield* directory.rotate();
      until = Math.min(until, directory.rotateAt);
    }
    return until;
  }

  // ---- taking

  /** One piece of input, if there is one now; in `#cut` order: the stamp is that of the moment before. */
  #take(length: number): Piece {
    this.#stamp = formatStamp(this.#setup.options.stamps, this.#ports.now());
    if (this.#isPipe && this.#journal !== undefined) {
      const moved = this.#takeThroughJournal(length);
      if (moved !== 'direct') return moved;
    }
    return this.#takeDirectly(length);
  }

  #stamp = '';

  #takeThroughJournal(length: number): Piece | 'direct' {
    const journal = this.#journal as Journal;
    try {
      // Nothing is prepared for nothing: at rest the file stays empty.
      if (!isReadable(this.#setup.input)) return undefined;
      journal.prepare(this.#state, this.#stamp, this.#positions());
    } catch {
      this.#journalDo((each) => each.abandon());
      return 'direct';
    }
    const moved = moveFromPipe(
      this.#setup.input,
      this.directories[0]?.folder.lockFd as number,
      journal.position,
      length,
    );
    if ('bytes' in moved) {
      if (moved.bytes > 0) journal.took(this.#copier.input(moved.bytes));
      return moved.bytes;
    }
    if (moved.errno === EAGAIN || moved.errno === EINTR) return undefined;
    // A file system that cannot splice, or a full one: as C does, without the journal.
    this.#journalDo((each) => each.abandon());
    if (moved.errno === EINVAL) this.#journal = undefined;
    return 'direct';
  }

  #takeDirectly(length: number): Piece {
    const { input, options } = this.#setup;
    if (!isReadable(input)) return undefined;
    const most = this.#isPipe ? options.bufferLength : MODEST_BYTES;
    let got: number;
    try {
      const room = this.#copier.input(Math.min(length, most));
      got = readSync(input, room, 0, room.length, null);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EAGAIN' || code === 'EINTR') return undefined;
      this.#ports.stderr(`svlogd: warning: unable to read standard input: ${errorText(code)}\n`);
      return 0;
    }
    if (got === 0) return 0;
    if (this.#isPipe) {
      this.#journalDo((journal) => journal.abandon());
    } else {
      this.#journalDo((journal) => {
        journal.prepare(this.#state, this.#stamp, this.#positions());
        journal.put(this.#copier.piece(0, got));
      });
    }
    return got;
  }

  // ---- writing

  #positions(): JournalLog[] {
    return this.directories.map((directory) =>
      directory.functional
        ? { ino: directory.ino, base: directory.size, skip: 0 }
        : { ino: 0, base: 0, skip: 0 },
    );
  }

  /** Writes the piece of so many bytes that lies in the copier. */
  *#writePiece(length: number): Waiting {
    const { options } = this.#setup;
    let logs: Texts;
    if (isPlain(this.#configs, options)) {
      const cut = cutPlainLines(
        this.#state,
        this.#copier,
        length,
        this.#stamp,
        this.#configs,
        options.lineMax,
      );
      this.#state = cut.state;
      logs = cut.logs;
    } else {
      const piece = this.#copier.piece(0, length).toString('latin1');
      const cut = cutLines(this.#state, piece, this.#stamp, this.#configs, options);
      this.#state = cut.state;
      if (cut.alerts !== '') this.#ports.stderr(cut.alerts);
      if (cut.datagrams.length > 0) sendLines(cut, this.directories, this.#ports);
      logs = cut.logs.map((text) => Buffer.from(text, 'latin1'));
    }
    yield* this.#writeLogs(
      logs,
      logs.map(() => 0),
    );
    this.#written = [];
  }

  /** Writes each log's text from a position on. */
  *#writeLogs(logs: Texts, from: readonly number[]): Waiting {
    this.#written = [...from];
    // While the first log waits for something, other loggers may use the copier.
    const texts = logs.length === 1 ? logs : logs.map((text) => Uint8Array.prototype.slice.call(text));
    for (const [index, directory] of this.directories.entries()) {
      if (!directory.functional) continue;
      const start = this.#written[index] ?? 0;
      const text = texts[index] as Uint8Array;
      yield* directory.write(start === 0 ? text : text.subarray(start), (length) => {
        this.#written[index] = (this.#written[index] ?? 0) + length;
      });
    }
  }

  // ---- opening

  /** Opens all directories anew; false (after a message) if none can be used. */
  *#openAll(): Waiting<boolean> {
    this.#closeJournal();
    let leftover = '';
    let written: number[] = [];
    for (const [index, directory] of this.directories.entries()) {
      yield* directory.close();
      if (!directory.acquire()) continue;
      leftover = directory.readConfig(leftover);
      if (index === 0) {
        this.#recover(directory);
        written = this.#recovered === undefined ? [] : assess(this.#recovered, this.directories);
        this.#written = written;
      }
      yield* directory.openCurrent(this.#setup.adopt === true);
    }
    if (!this.directories.some((directory) => directory.functional)) {
      this.#ports.stderr('svlogd: fatal: no functional log directories.\n');
      return false;
    }
    this.#configs = this.directories.map((directory) =>
      directory.functional ? directory.config : DEFAULT_LOG_CONFIG,
    );
    if (this.#recovered !== undefined) yield* this.#replay(this.#recovered, written);
    this.#recovered = undefined;
    this.#written = [];
    this.#hasBegun = true;
    this.#openJournal();
    return true;
  }

  /**
   * The journal lies in the first directory's lock. There is none when that directory is out of use, when the lock
   * is not readable, or when lines are sent through udp (the text could not be made again exactly).
   */
  #openJournal(): void {
    const first = this.directories[0];
    if (first?.functional !== true || !first.folder.lockReadable) return;
    if (this.#configs.some((config) => config.udp !== undefined)) return;
    const { options } = this.#setup;
    try {
      this.#journal = new Journal(first.folder.lockFd, this.#inputName, {
        options: { lineMax: options.lineMax, replacement: options.replacement, replaced: options.replaced },
        names: options.directories,
        configs: this.#configs.map(({ instructions, prefix, udp, udpOnly }) => ({
          instructions,
          prefix,
          udp,
          udpOnly,
        })),
      });
      this.#journal.settle(this.#state, this.#positions());
      this.#journalName = nameOf(first.folder.lockFd);
    } catch {
      this.#journal = undefined;
    }
  }

  /** Does something with the journal, if there is one; after a failure there is none until the next piece. */
  #journalDo(act: (journal: Journal) => void): void {
    if (this.#journal === undefined) return;
    try {
      act(this.#journal);
    } catch {
      try {
        this.#journal.abandon();
      } catch {
        this.#journal = undefined;
      }
    }
  }

  /** An unfinished line stays in it, for whoever opens the directory next: perhaps this logger. */
  #closeJournal(): void {
    this.#journalDo((journal) => journal.settle(this.#state, this.#positions()));
    this.#journal = undefined;
  }

  // ---- recovering

  #recover(first: LogDirectory): void {
    if (!first.folder.lockReadable) return;
    const found = readJournal(first.folder.lockFd);
    if (found === undefined) return;
    const { input } = found.recovered;
    // It was left there at a HUP; and since then, if the directory was away, that line may have been ended in others.
    if (input === this.#inputName && this.#journalName === nameOf(first.folder.lockFd)) return;
    this.#recovered = found.recovered;
    this.#journal = found.journal;
  }

  /**
   * Writes what is missing of a killed logger's last piece and takes up its unfinished line; where this logger has begun
   * already, in other directories, that line is ended.
   */
  *#replay(recovered: Recovered, written: readonly number[]): Waiting {
    const isJoined = !this.#hasBegun && recovered.input === this.#inputName;
    const { texts, state } = remake(recovered, this.directories.length, isJoined);
    this.#journalDo((journal) =>
      journal.continueInAll(
        this.directories.map((directory, index) => ({
          ino: directory.ino,
          base: directory.size,
          skip: Math.min(written[index] ?? 0, (texts[index] as string).length),
        })),
      ),
    );
    yield* this.#writeLogs(
      texts.map((text) => Buffer.from(text, 'latin1')),
      written,
    );
    if (!this.#hasBegun) this.#state = state;
  }
}
