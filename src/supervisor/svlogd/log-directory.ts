/**
 * One log directory of svlogd: opening with its config, writing with rotation, closing. Its folder with the lock is
 * log-folder.ts, the processor of its old logs log-processing.ts.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { DEFAULT_LOG_CONFIG, type LogConfig, parseLogConfig } from '../core/log-config.ts';
import { chooseForRoom, planWrite, surveyOldLogs } from '../core/log-rotation.ts';
import { errorCode, errorText } from '../core/messages.ts';
import { millisecondsOf } from '../core/tai.ts';
import { untroubled } from '../native/limits.ts';
import { type FileStat, LogFolder } from './log-folder.ts';
import { LogProcessing } from './log-processing.ts';
import { LogWords, type Waiting } from './log-words.ts';
import type { LoggerPorts } from './ports.ts';

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
  readonly folder: LogFolder;
  readonly processing: LogProcessing;
  /** In use: opened and locked. */
  functional = false;
  config: LogConfig = DEFAULT_LOG_CONFIG;
  /** Bytes in `current`. */
  size = 0;
  ino = 0;
  /** When `current` is too old, in milliseconds of the epoch; only if config.ageMax is not 0. */
  rotateAt = 0;
  ageMax = 0;
  watch: RotationWatch | undefined;
  readonly #ports: LoggerPorts;
  readonly #words: LogWords;
  readonly #lineMax: number;
  #currentFd = -1;

  /** `path` is where the directory is; `keepOpen` as in LogFolder. */
  constructor(
    name: string,
    path: Buffer,
    ports: LoggerPorts,
    options: { verbose: boolean; lineMax: number; keepOpen: boolean },
  ) {
    this.name = name;
    this.#ports = ports;
    this.#words = new LogWords(name, ports, options.verbose);
    this.#lineMax = options.lineMax;
    this.folder = new LogFolder(path, this.#words, options.keepOpen);
    this.processing = new LogProcessing(this.folder, this.#words, ports);
  }

  /** The descriptors in use, for a thread that takes over from one that hangs. */
  get descriptors(): readonly number[] {
    return this.#currentFd === -1 ? this.folder.descriptors : [this.#currentFd, ...this.folder.descriptors];
  }

  /** Opens the directory and takes its lock; false (after a warning) if it cannot be used. */
  acquire(): boolean {
    this.processing.forget();
    return this.folder.acquire();
  }

  /** Closes without a word, as the end of the process would. */
  #letGo(): void {
    if (this.#currentFd !== -1) closeSync(this.#currentFd);
    this.#currentFd = -1;
    this.folder.letGo();
    this.functional = false;
  }

  /** Lets everything go as a kill would. */
  drop(): void {
    this.processing.forget();
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
      text = untroubled(() => readFileSync(this.folder.at('config'), 'latin1'));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') isThere = false;
      else {
        this.#words.warn('unable to read config', error);
        if (errorCode(error) !== 'EACCES') text = '';
      }
    }
    this.config = DEFAULT_LOG_CONFIG;
    if (isThere) {
      this.#words.info(`read: ${this.name}/config`);
      const { config, warnings } = parseLogConfig(text);
      this.config = config;
      for (const warning of warnings) this.#words.plainWarning(warning);
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
    let current: FileStat | undefined;
    try {
      current = this.folder.stat('current');
    } catch (error) {
      this.#words.info(`close: ${this.name}`);
      this.#letGo();
      this.#words.warn('unable to stat current', error);
      return false;
    }
    if (current !== undefined) {
      if (current.size > 0 && (current.mode & 0o100) === 0 && !adopt) {
        const name = this.folder.newName('u', () => this.#ports.now());
        this.watch?.beforeRename();
        yield* this.#words.insist('unable to rename current', () =>
          renameSync(this.folder.at('current'), this.folder.at(name)),
        );
        yield* this.#removeOldest();
      } else {
        isNew = false;
        this.size = current.size;
      }
    }
    yield* this.#openAppend('unable to open current');
    yield* this.#setMode(0o644);
    this.functional = true;
    this.#words.info(`${isNew ? 'new' : 'append'}: ${this.name}/current`);
    return true;
  }

  *#openAppend(trouble: string): Waiting {
    const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_APPEND | constants.O_CREAT;
    this.#currentFd = yield* this.#words.insist(trouble, () =>
      untroubled(() => openSync(this.folder.at('current'), flags, 0o600)),
    );
    this.ino = fstatSync(this.#currentFd).ino;
  }

  *#setMode(mode: number): Waiting {
    yield* this.#words.insist('unable to set mode of current', () => fchmodSync(this.#currentFd, mode));
  }

  /** Makes `current` an old log, if anything is in it, and begins a new one. */
  *rotate(): Waiting {
    if (!this.functional) {
      this.ageMax = 0;
      return;
    }
    while (this.processing.runs) yield* this.finishProcessor();
    yield* this.#words.insist('unable to change directory, want rotate', () => this.folder.enter());
    const old = this.folder.newName(this.config.processor === '' ? 's' : 'u', () => this.#ports.now());
    const now = millisecondsOf(this.#ports.now());
    if (this.ageMax > 0 && this.rotateAt < now) this.rotateAt = now + this.ageMax * 1000;
    if (this.size === 0) return;
    yield* this.#words.insist('unable to fsync current logfile', () => fsyncSync(this.#currentFd));
    yield* this.#setMode(0o744);
    closeSync(this.#currentFd);
    this.#currentFd = -1;
    this.#words.info(`rename: ${this.name}/current ${old} ${this.size}`);
    this.watch?.beforeRename();
    yield* this.#words.insist('unable to rename current', () =>
      renameSync(this.folder.at('current'), this.folder.at(old)),
    );
    yield* this.#openAppend('unable to create new current');
    this.size = 0;
    this.watch?.afterRename();
    yield* this.#setMode(0o644);
    yield* this.#removeOldest();
    yield* this.processing.start(this.config.processor, old);
  }

  *#removeOldest(): Waiting {
    const names = yield* this.#words.insist('unable to open directory, want rotate', () =>
      this.folder.names(),
    );
    const { leftovers, count, oldest } = surveyOldLogs(names);
    for (const leftover of leftovers) {
      try {
        unlinkSync(this.folder.at(leftover));
      } catch (error) {
        this.#words.plainWarning(
          `unable to unlink processor leftover: ${leftover}: ${errorText(errorCode(error))}`,
        );
      }
    }
    if (this.config.keepMax === 0 || count <= this.config.keepMax || oldest === undefined) return;
    this.#words.info(`delete: ${this.name}/${oldest}`);
    try {
      unlinkSync(this.folder.at(oldest));
    } catch (error) {
      this.#words.warn('unable to unlink oldest logfile', error);
    }
  }

  /** On a full disk: deletes the oldest log if there are more than `N`. True if one went. */
  *#makeRoom(): Waiting<boolean> {
    yield* this.#words.insist('unable to change directory, want remove old logfile', () =>
      this.folder.enter(),
    );
    const names = yield* this.#words.insist('unable to open directory, want remove old logfile', () =>
      this.folder.names(),
    );
    const oldest = chooseForRoom(names, this.config.keepMin);
    if (oldest === undefined) return false;
    this.#words.plainWarning(`out of disk space, delete: ${this.name}/${oldest}`);
    try {
      unlinkSync(this.folder.at(oldest));
      return true;
    } catch (error) {
      this.#words.warn('unable to unlink oldest logfile', error);
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
        yield* this.#words.pause('unable to write to current', trouble);
      }
      if (step.rotateAfter) {
        keep();
        yield* this.rotate();
      }
    }
  }

  /** Waits for the processor, see LogProcessing. */
  *finishProcessor(): Waiting {
    yield* this.processing.finish(() => this.functional);
  }

  /** Marks `current` as closed properly. */
  seal(): void {
    if (!this.functional) return;
    try {
      fchmodSync(this.#currentFd, 0o744);
    } catch {
      // Then it becomes an old log, as after a kill.
    }
  }

  /** Closes `current` properly and gives up the lock. A processor that still runs is left to itself. */
  *close(): Waiting {
    if (!this.functional) return;
    this.#words.info(`close: ${this.name}`);
    yield* this.#words.insist('unable to fsync current logfile', () => fsyncSync(this.#currentFd));
    yield* this.#setMode(0o744);
    this.processing.forget();
    this.#letGo();
  }
}
