/** The folder of a log: where it is now, its lock, and what lies in it. */
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  statSync,
} from 'node:fs';
import { isOldLog, oldLogName } from '../core/log-rotation.ts';
import { errorCode } from '../core/messages.ts';
import type { Instant } from '../core/tai.ts';
import { untroubled } from '../native/limits.ts';
import { flock } from '../native/lock.ts';
import type { LogWords } from './log-words.ts';

const EAGAIN = 11;

export type FileStat = { readonly size: number; readonly mode: number; readonly ino: number };

function identityOf({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  return `${dev}:${ino}`;
}

export class LogFolder {
  lockFd = -1;
  /** True when `lock` could be opened for reading, too. */
  lockReadable = false;
  readonly #path: Buffer;
  readonly #words: LogWords;
  /** Holds the directory, so that a rename of it does not matter; -1 where its lock leads there as well. */
  #directoryFd = -1;
  readonly #keepOpen: boolean;
  /** Device and inode of the directory, of which no descriptor is kept. */
  #identity = '';

  /** `path` is where the directory is; `keepOpen` holds it open even where that can be spared. */
  constructor(path: Buffer, words: LogWords, keepOpen: boolean) {
    this.#path = path;
    this.#words = words;
    this.#keepOpen = keepOpen;
  }

  get descriptors(): readonly number[] {
    return [this.lockFd, this.#directoryFd].filter((fd) => fd !== -1);
  }

  /** A path in the directory, wherever it is now. */
  at(file: string): Buffer {
    if (this.#directoryFd !== -1) return Buffer.from(`/proc/self/fd/${this.#directoryFd}/${file}`, 'latin1');
    return Buffer.concat([this.#whereNow(), Buffer.from(`/${file}`, 'latin1')]);
  }

  /** Where the directory is now: the lock's own path tells, also after a rename. */
  #whereNow(): Buffer {
    return this.#whereLockIs() ?? this.#path;
  }

  /** The directory by the path of its lock; undefined where that does not lead there: the lock may be a link. */
  #whereLockIs(): Buffer | undefined {
    if (this.lockFd === -1) return undefined;
    try {
      const lock = readlinkSync(`/proc/self/fd/${this.lockFd}`, { encoding: 'buffer' });
      const end = lock.lastIndexOf('/lock');
      const directory = lock.subarray(0, end);
      return end > 0 && identityOf(statSync(directory)) === this.#identity ? directory : undefined;
    } catch {
      // Without /proc the path it had must do.
      return undefined;
    }
  }

  /** Throws what fchdir(2) would say. */
  enter(): void {
    const path = this.at('.');
    statSync(path);
    accessSync(path, constants.X_OK);
  }

  /** Names of all entries: byte strings. */
  names(): string[] {
    return untroubled(() => readdirSync(this.at('.'), { encoding: 'latin1' }));
  }

  /** Undefined when there is no such file. */
  stat(file: string): FileStat | undefined {
    try {
      return statSync(this.at(file));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** A name for an old log that is not taken. */
  newName(kind: 's' | 'u', now: () => Instant): string {
    for (;;) {
      const name = oldLogName(now(), kind);
      try {
        if (this.stat(name) === undefined) return name;
      } catch {
        // Something is there that cannot be looked at: the next microsecond has another name.
      }
    }
  }

  /** Inode and size of `current` as it is on the disk; zeros if it cannot be looked at. */
  lookAtCurrent(): { ino: number; size: number } {
    try {
      return this.stat('current') ?? { ino: 0, size: 0 };
    } catch {
      return { ino: 0, size: 0 };
    }
  }

  /** Size of the old log with this inode; undefined if there is none. */
  sizeOfOldLog(ino: number): number | undefined {
    try {
      for (const name of this.names()) {
        const found = isOldLog(name) ? this.stat(name) : undefined;
        if (found?.ino === ino) return found.size;
      }
    } catch {
      // Then it cannot be known.
    }
    return undefined;
  }

  /** Opens the directory and takes its lock; false (after a warning) if it cannot be used. */
  acquire(): boolean {
    let directory: number;
    try {
      directory = untroubled(() => openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK));
    } catch (error) {
      this.#words.warn('unable to open log directory', error);
      return false;
    }
    this.#directoryFd = directory;
    try {
      if (!fstatSync(directory).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
      this.enter();
    } catch (error) {
      return this.#giveUp('unable to change directory', error);
    }
    try {
      this.#openLock();
      const errno = flock(this.lockFd);
      if (errno !== 0) throw Object.assign(new Error(), { code: errno === EAGAIN ? 'EAGAIN' : '', errno });
    } catch (error) {
      return this.#giveUp('unable to lock directory', error);
    }
    this.#identity = identityOf(fstatSync(directory));
    if (!this.#keepOpen && this.#whereLockIs() !== undefined) {
      closeSync(directory);
      this.#directoryFd = -1;
    }
    return true;
  }

  #giveUp(text: string, error: unknown): false {
    this.#words.info('close: ');
    this.letGo();
    this.#words.warn(text, error);
    return false;
  }

  #openLock(): void {
    const common = constants.O_CREAT | constants.O_NONBLOCK;
    try {
      this.lockFd = untroubled(() => openSync(this.at('lock'), common | constants.O_RDWR, 0o600));
      this.lockReadable = fstatSync(this.lockFd).isFile();
    } catch (error) {
      if (errorCode(error) !== 'EACCES') throw error;
      const flags = common | constants.O_WRONLY | constants.O_APPEND;
      this.lockFd = untroubled(() => openSync(this.at('lock'), flags, 0o600));
      this.lockReadable = false;
    }
  }

  /** Closes without a word, as the end of the process would. */
  letGo(): void {
    for (const fd of this.descriptors) closeSync(fd);
    this.lockFd = -1;
    this.#directoryFd = -1;
  }
}
