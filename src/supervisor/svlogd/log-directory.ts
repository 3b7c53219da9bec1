/**
 * One log directory of svlogd: opening with its lock and config, writing with rotation, processors, closing.
 * Where C sleeps (three seconds after a trouble, or until a processor has ended) these generators yield what they
 * wait for, so that the same code serves one process alone and a thousand loggers in one thread.
 */
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { DEFAULT_LOG_CONFIG, type LogConfig, parseLogConfig } from '../core/log-config.ts';
import { chooseForRoom, isOldLog, oldLogName, planWrite, surveyOldLogs } from '../core/log-rotation.ts';
import { errorCode, errorText } from '../core/messages.ts';
import { millisecondsOf } from '../core/tai.ts';
import { flock } from '../native/lock.ts';
import type { LoggerPorts, Wait } from './ports.ts';

/** After a trouble svlogd waits so long before it tries again. */
const PAUSE: Wait = { kind: 'pause', milliseconds: 3000 };

type Waiting<Result = void> = Generator<Wait, Result, void>;

type CurrentStat = { readonly size: number; readonly mode: number; readonly ino: number };

/** What the directory tells whoever keeps the journal. */
export interface RotationWatch {
  beforeRename(): void;
  afterRename(): void;
  /** The disk is full: gives up what room it takes itself. True if there was any. */
  giveRoom(): boolean;
}

export class LogDirectory {
  /** As given on the command line: a byte string. */
  readonly name: string;
  /** In use: opened and locked. */
  functional = false;
  config: LogConfig = DEFAULT_LOG_CONFIG;
  /** Bytes in `current`. */
  size = 0;
  ino = 0;
  /** When `current` is too old, in milliseconds of the epoch; only if config.ageMax is not 0. */
  rotateAt = 0;
  ageMax = 0;
  lockFd = -1;
  /** True when `lock` could be opened for reading, too. */
  lockReadable = false;
  processorRuns = false;
  watch: RotationWatch | undefined;
  readonly #ports: LoggerPorts;
  readonly #verbose: boolean;
  readonly #lineMax: number;
  /** Holds the directory, so that a rename of it does not matter; -1 to save the descriptor. */
  #directoryFd = -1;
  readonly #keepOpen: boolean;
  readonly #path: Buffer;
  #currentFd = -1;
  /** Name of the old log that the processor works on. */
  #old = '';
  /** What the last processor's end was; undefined while it runs. */
  #success: boolean | undefined;
  /** Counts openings, so that the end of a processor from before a HUP is not taken for that of a later one. */
  #opening = 0;

  /** `path` is where the directory is; `keepOpen` costs a descriptor and survives its renaming in any case. */
  constructor(
    name: string,
    path: Buffer,
    ports: LoggerPorts,
    options: { verbose: boolean; lineMax: number; keepOpen: boolean },
  ) {
    this.name = name;
    this.#path = path;
    this.#ports = ports;
    this.#verbose = options.verbose;
    this.#lineMax = options.lineMax;
    this.#keepOpen = options.keepOpen;
  }

  /** The descriptors in use, for a thread that takes over from one that hangs. */
  get descriptors(): readonly number[] {
    return [this.lockFd, this.#currentFd, this.#directoryFd].filter((fd) => fd !== -1);
  }

  #warn(text: string, error?: unknown): void {
    const reason = error === undefined ? '' : `: ${errorText(errorCode(error))}`;
    this.#ports.stderr(`svlogd: warning: ${text}: ${this.name}${reason}\n`);
  }

  #info(text: string): void {
    if (this.#verbose) this.#ports.stderr(`svlogd: info: ${text}\n`);
  }

  *#pause(text: string, error: unknown): Waiting {
    this.#ports.stderr(`svlogd: pausing: ${text}: ${this.name}: ${errorText(errorCode(error))}\n`);
    yield PAUSE;
  }

  /** Does something until it succeeds, with a pause after each failure. */
  *#insist<Result>(text: string, act: () => Result): Waiting<Result> {
    for (;;) {
      try {
        return act();
      } catch (error) {
        yield* this.#pause(text, error);
      }
    }
  }

  /** A path in the directory, wherever it is now. */
  at(file: string): Buffer {
    if (this.#directoryFd !== -1) return Buffer.from(`/proc/self/fd/${this.#directoryFd}/${file}`, 'latin1');
    return Buffer.concat([this.#directory(), Buffer.from(`/${file}`, 'latin1')]);
  }

  /** Where the directory is now: the lock's own path tells, also after a rename. */
  #directory(): Buffer {
    if (this.lockFd === -1) return this.#path;
    try {
      const lock = readlinkSync(`/proc/self/fd/${this.lockFd}`, { encoding: 'buffer' });
      const end = lock.lastIndexOf('/lock');
      if (end > 0) return lock.subarray(0, end);
    } catch {
      // Without /proc the path it had must do.
    }
    return this.#path;
  }

  /** What fchdir(2) would say. */
  #enter(): void {
    const path = this.at('.');
    statSync(path);
    accessSync(path, constants.X_OK);
  }

  #stat(file: string): CurrentStat | undefined {
    try {
      return statSync(this.at(file));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** A name for an old log that is not taken. */
  #newName(kind: 's' | 'u'): string {
    for (;;) {
      const name = oldLogName(this.#ports.now(), kind);
      try {
        if (this.#stat(name) === undefined) return name;
      } catch {
        // Something is there that cannot be looked at: the next microsecond has another name.
      }
    }
  }

  /** Inode and size of `current` as it is on the disk; zeros if it cannot be looked at. */
  lookAtCurrent(): { ino: number; size: number } {
    try {
      return this.#stat('current') ?? { ino: 0, size: 0 };
    } catch {
      return { ino: 0, size: 0 };
    }
  }

  /** Size of the old log with this inode; undefined if there is none. */
  sizeOfOldLog(ino: number): number | undefined {
    try {
      for (const name of readdirSync(this.at('.'), { encoding: 'latin1' })) {
        const found = isOldLog(name) ? this.#stat(name) : undefined;
        if (found?.ino === ino) return found.size;
      }
    } catch {
      // Then it cannot be known.
    }
    return undefined;
  }

  /** Opens the directory and takes its lock; false (after a warning) if it cannot be used. */
  acquire(): boolean {
    this.#opening++;
    let directory: number;
    try {
      directory = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      this.#warn('unable to open log directory', error);
      return false;
    }
    this.#directoryFd = directory;
    try {
      if (!fstatSync(directory).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
      this.#enter();
    } catch (error) {
      this.#info('close: ');
      this.#letGo();
      this.#warn('unable to change directory', error);
      return false;
    }
    try {
      this.#openLock();
      const errno = flock(this.lockFd);
      if (errno !== 0) throw Object.assign(new Error(), { code: errno === 11 ? 'EAGAIN' : '', errno });
    } catch (error) {
      this.#info('close: ');
      this.#letGo();
      this.#warn('unable to lock directory', error);
      return false;
    }
    if (!this.#keepOpen) {
      closeSync(directory);
      this.#directoryFd = -1;
    }
    return true;
  }

  #openLock(): void {
    const common = constants.O_CREAT | constants.O_NONBLOCK;
    try {
      this.lockFd = openSync(this.at('lock'), common | constants.O_RDWR, 0o600);
      this.lockReadable = fstatSync(this.lockFd).isFile();
    } catch (error) {
      if (errorCode(error) !== 'EACCES') throw error;
      this.lockFd = openSync(this.at('lock'), common | constants.O_WRONLY | constants.O_APPEND, 0o600);
      this.lockReadable = false;
    }
  }

  /** Closes without a word, as the end of the process would. */
  #letGo(): void {
    for (const fd of this.descriptors) closeSync(fd);
    this.#currentFd = -1;
    this.lockFd = -1;
    this.#directoryFd = -1;
    this.functional = false;
  }

  /** Lets everything go as a kill would. */
  drop(): void {
    this.#opening++;
    this.processorRuns = false;
    this.#letGo();
  }

  /**
   * Reads `config`. `leftover` is the text that the last one read by this process had: C parses that again, as one
   * line, when a config cannot be read. Returns the text for the next directory.
   */
  readConfig(leftover: string): string {
    let text = leftover;
    let isThere = true;
    try {
      text = readFileSync(this.at('config'), 'latin1');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') isThere = false;
      else {
        this.#warn('unable to read config', error);
        if (errorCode(error) !== 'EACCES') text = '';
      }
    }
    this.config = DEFAULT_LOG_CONFIG;
    if (isThere) {
      this.#info(`read: ${this.name}/config`);
      const { config, warnings } = parseLogConfig(text);
      this.config = config;
      for (const warning of warnings) this.#ports.stderr(`svlogd: warning: ${warning}\n`);
      text = text.replaceAll('\n', '\0');
    }
    this.ageMax = this.config.ageMax;
    if (this.ageMax > 0) this.rotateAt = millisecondsOf(this.#ports.now()) + this.ageMax * 1000;
    return text;
  }

  /**
   * Opens `current`; one that was not closed properly becomes an old log. Call after `acquire` and `readConfig`.
   * False (after a warning) if the directory cannot be used. `adopt`: `current` is known to be in order.
   */
  *openCurrent(adopt = false): Waiting<boolean> {
    let isNew = true;
    this.size = 0;
    let current: CurrentStat | undefined;
    try {
      current = this.#stat('current');
    } catch (error) {
      this.#info(`close: ${this.name}`);
      this.#letGo();
      this.#warn('unable to stat current', error);
      return false;
    }
    if (current !== undefined) {
      if (current.size > 0 && (current.mode & 0o100) === 0 && !adopt) {
        const name = this.#newName('u');
        this.watch?.beforeRename();
        yield* this.#insist('unable to rename current', () => renameSync(this.at('current'), this.at(name)));
        yield* this.#removeOldest();
      } else {
        isNew = false;
        this.size = current.size;
      }
    }
    yield* this.#openAppend('unable to open current');
    yield* this.#setMode(0o644);
    this.functional = true;
    this.#info(`${isNew ? 'new' : 'append'}: ${this.name}/current`);
    return true;
  }

  *#openAppend(trouble: string): Waiting {
    const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_APPEND | constants.O_CREAT;
    this.#currentFd = yield* this.#insist(trouble, () => openSync(this.at('current'), flags, 0o600));
    this.ino = fstatSync(this.#currentFd).ino;
  }

  *#setMode(mode: number): Waiting {
    yield* this.#insist('unable to set mode of current', () => fchmodSync(this.#currentFd, mode));
  }

  /** Makes `current` an old log, if anything is in it, and begins a new one. */
  *rotate(): Waiting {
    if (!this.functional) {
      this.ageMax = 0;
      return;
    }
    while (this.processorRuns) yield* this.finishProcessor();
    yield* this.#insist('unable to change directory, want rotate', () => this.#enter());
    this.#old = this.#newName(this.config.processor === '' ? 's' : 'u');
    const now = millisecondsOf(this.#ports.now());
    if (this.ageMax > 0 && this.rotateAt < now) this.rotateAt = now + this.ageMax * 1000;
    if (this.size === 0) return;
    yield* this.#insist('unable to fsync current logfile', () => fsyncSync(this.#currentFd));
    yield* this.#setMode(0o744);
    closeSync(this.#currentFd);
    this.#currentFd = -1;
    this.#info(`rename: ${this.name}/current ${this.#old} ${this.size}`);
    this.watch?.beforeRename();
    yield* this.#insist('unable to rename current', () => renameSync(this.at('current'), this.at(this.#old)));
    yield* this.#openAppend('unable to create new current');
    this.size = 0;
    this.watch?.afterRename();
    yield* this.#setMode(0o644);
    yield* this.#removeOldest();
    yield* this.#startProcessor();
  }

  *#removeOldest(): Waiting {
    const names = yield* this.#insist('unable to open directory, want rotate', () =>
      readdirSync(this.at('.'), { encoding: 'latin1' }),
    );
    const { leftovers, count, oldest } = surveyOldLogs(names);
    for (const leftover of leftovers) {
      try {
        unlinkSync(this.at(leftover));
      } catch (error) {
        this.#ports.stderr(
          `svlogd: warning: unable to unlink processor leftover: ${leftover}: ${errorText(errorCode(error))}\n`,
        );
      }
    }
    if (this.config.keepMax === 0 || count <= this.config.keepMax || oldest === undefined) return;
    this.#info(`delete: ${this.name}/${oldest}`);
    try {
      unlinkSync(this.at(oldest));
    } catch (error) {
      this.#warn('unable to unlink oldest logfile', error);
    }
  }

  /** On a full disk: deletes the oldest log if there are more than `N`. True if one went. */
  *#makeRoom(): Waiting<boolean> {
    yield* this.#insist('unable to change directory, want remove old logfile', () => this.#enter());
    const names = yield* this.#insist('unable to open directory, want remove old logfile', () =>
      readdirSync(this.at('.'), { encoding: 'latin1' }),
    );
    const oldest = chooseForRoom(names, this.config.keepMin);
    if (oldest === undefined) return false;
    this.#ports.stderr(`svlogd: warning: out of disk space, delete: ${this.name}/${oldest}\n`);
    try {
      unlinkSync(this.at(oldest));
      return true;
    } catch (error) {
      this.#warn('unable to unlink oldest logfile', error);
      return false;
    }
  }

  /**
   * Appends bytes to `current`, rotating as its size asks for; `wrote` is told of each part written. The bytes must
   * stay as they are only until the generator yields for the first time.
   */
  *write(bytes: Uint8Array, wrote?: (length: number) => void): Waiting {
    let text = bytes;
    let from = 0;
    /** Whatever waits lets others use the memory where the text lies. */
    const keep = () => {
      if (text === bytes) text = Uint8Array.prototype.slice.call(bytes);
    };
    while (from < text.length) {
      const step = planWrite(text, from, this.size, this.config.sizeMax, this.#lineMax);
      if (step.rotateFirst) {
        keep();
        yield* this.rotate();
      }
      const end = from + step.length;
      while (from < end) {
        const start = from;
        let trouble: unknown;
        while (from < end && trouble === undefined) {
          try {
            from += writeSync(this.#currentFd, text, from, end - from);
          } catch (error) {
            trouble = error;
          }
        }
        this.size += from - start;
        if (from > start) wrote?.(from - start);
        if (trouble === undefined) continue;
        const isFull = errorCode(trouble) === 'ENOSPC';
        if (isFull && this.watch?.giveRoom() === true) continue;
        keep();
        if (isFull && this.config.keepMin < this.config.keepMax && (yield* this.#makeRoom())) continue;
        yield* this.#pause('unable to write to current', trouble);
      }
      if (step.rotateAfter) {
        keep();
        yield* this.rotate();
      }
    }
  }

  *#startProcessor(): Waiting {
    if (this.config.processor === '') return;
    if (this.processorRuns) {
      this.#warn('processor already running');
      return;
    }
    const opening = this.#opening;
    const ended = (success: boolean) => {
      if (this.#opening !== opening) return;
      this.#success = success;
      this.processorEnded?.();
    };
    this.processorRuns = true;
    this.#success = undefined;
    for (;;) {
      try {
        this.#spawnProcessor(ended);
        return;
      } catch (error) {
        yield* this.#pause('unable to fork for processor', error);
      }
    }
  }

  /** Set by the logger: called when a processor has ended. */
  processorEnded: (() => void) | undefined;

  /** True when a processor has ended and `finishProcessor` would not wait. */
  get processorIsDone(): boolean {
    return this.processorRuns && this.#success !== undefined;
  }

  /** Opens the four files of a processor and starts it; a file that cannot be opened counts as its failure. */
  #spawnProcessor(ended: (success: boolean) => void): void {
    const opened: number[] = [];
    const close = () => {
      for (const fd of opened.splice(0)) closeSync(fd);
    };
    const open = (what: string, file: string, flags: number): number => {
      try {
        const fd = openSync(this.at(file), flags | constants.O_NONBLOCK, 0o644);
        opened.push(fd);
        return fd;
      } catch (error) {
        throw Object.assign(new Error(), {
          message: `unable to ${what} for processor: ${this.name}: ${errorText(errorCode(error))}`,
          file: true,
        });
      }
    };
    const create = constants.O_WRONLY | constants.O_TRUNC | constants.O_CREAT;
    this.#info(`processing: ${this.name}/${this.#old}`);
    try {
      const input = open('open input', this.#old, constants.O_RDONLY);
      const output = open('open output', `${this.#old.slice(0, -1)}t`, create);
      if (!existsSync(this.at('state'))) closeSync(open('create empty state', 'state', create));
      opened.splice(2);
      const state = open('open state', 'state', constants.O_RDONLY);
      const newState = open('open newstate', 'newstate', create);
      const directory = this.at('.').toString('latin1');
      const command = this.config.processor;
      this.#ports.startProcessor({ command, directory, input, output, state, newState }, close, ended);
    } catch (error) {
      close();
      if ((error as { file?: boolean }).file !== true) throw error;
      this.#ports.stderr(`svlogd: fatal: ${(error as Error).message}\n`);
      ended(false);
    }
  }

  /** Waits for the processor; when it has succeeded its output takes the old log's place, else it runs again. */
  *finishProcessor(): Waiting {
    while (this.#success === undefined) yield { kind: 'processor' };
    const success = this.#success;
    this.processorRuns = false;
    this.#success = undefined;
    if (!this.functional) return;
    yield* this.#insist('unable to change directory, want processor', () => this.#enter());
    const output = `${this.#old.slice(0, -1)}t`;
    if (!success) {
      this.#warn('processor failed, restart');
      try {
        unlinkSync(this.at(output));
      } catch {
        // It may not have come so far.
      }
      yield { kind: 'turn' };
      yield* this.#startProcessor();
      return;
    }
    const done = `${this.#old.slice(0, -1)}s`;
    yield* this.#insist('unable to rename processed', () => renameSync(this.at(output), this.at(done)));
    yield* this.#insist('unable to set mode of processed', () => chmodSync(this.at(done), 0o744));
    try {
      unlinkSync(this.at(this.#old));
    } catch {
      this.#ports.stderr(`svlogd: warning: unable to unlink: ${this.name}/${this.#old}\n`);
    }
    yield* this.#insist('unable to rename state', () => renameSync(this.at('newstate'), this.at('state')));
    this.#info(`processed: ${this.name}/${done}`);
  }

  /** Closes `current` properly and gives up the lock. A processor that still runs is left to itself. */
  *close(): Waiting {
    if (!this.functional) return;
    this.#info(`close: ${this.name}`);
    yield* this.#insist('unable to fsync current logfile', () => fsyncSync(this.#currentFd));
    yield* this.#setMode(0o744);
    this.processorRuns = false;
    this.#letGo();
  }
}
