/**
 * Writes what runsv tells about a slot: `pid`, `stat`, `status` and homerun's `history`, each through FILE.new and
 * rename(2), in C's order, with C's warnings where that fails, and giving up where C gives up.
 *
 * A new file for each change costs a file system much (on ext4 about half a millisecond, since a file that takes the
 * place of another is allocated and flushed). Where thousands of services are in one process, each file keeps a spare
 * beside it, `.status` and so on: the spare is written in place and the two exchange their names.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { type Ending, formatEnding, HISTORY_KEPT, trimHistory } from './core/history.ts';
import { errorCode, errorText } from './core/messages.ts';
import type { SlotName } from './core/slot.ts';
import { encodeStatus, formatPid, formatStat, type Status } from './core/status.ts';
import { exchangeFiles } from './native/exchange.ts';

const { O_RDONLY, O_WRONLY, O_NONBLOCK, O_TRUNC, O_CREAT, O_APPEND } = constants;

/** A history of more bytes is written anew: about twice as many lines as are kept. */
const HISTORY_BYTES = HISTORY_KEPT * 2 * 64;

export class Publisher {
  readonly #base: string;
  readonly #warn: (message: string) => void;
  /** One flag for both slots, as in C: so log/supervise/pid appears when a log service is first started. */
  #pidChanged = true;
  /** Bytes of each history, as far as they are known. */
  readonly #historySize = new Map<SlotName, number>();

  readonly #spares: boolean;

  /**
   * @param base path of the service directory, without a slash at its end
   * @param spares whether spare files are kept
   */
  constructor(base: string, warn: (message: string) => void, spares = false) {
    this.#base = base;
    this.#warn = warn;
    this.#spares = spares;
  }

  publish(slot: SlotName, status: Status, pidChanged: boolean): void {
    this.#pidChanged ||= pidChanged;
    const folder = slot === 'main' ? 'supervise' : 'log/supervise';
    if (this.#pidChanged) {
      const pid = formatPid(status.pid);
      if (!this.#writeSpare(folder, 'pid', Buffer.from(pid))) {
        if (!this.#write(folder, 'pid', pid)) return;
        if (!this.#rename(folder, 'pid')) return;
      }
      this.#pidChanged = false;
    }
    const stat = formatStat(status);
    if (!this.#writeSpare(folder, 'stat', Buffer.from(stat))) {
      if (!this.#write(folder, 'stat', stat)) return;
      this.#rename(folder, 'stat');
    }
    const bytes = encodeStatus(status);
    if (!this.#writeSpare(folder, 'status', bytes)) this.#writeStatus(folder, bytes);
  }

  /** False when there is no spare file, or anything is in the way: then all goes its usual way, warnings and all. */
  #writeSpare(folder: string, name: string, bytes: Uint8Array): boolean {
    if (!this.#spares) return false;
    const spare = `${this.#base}/${folder}/.${name}`;
    try {
      const fd = openSync(spare, O_WRONLY | O_NONBLOCK);
      try {
        if (bytes.length > 0 && writeSync(fd, bytes, 0, bytes.length, 0) < bytes.length) return false;
        if (fstatSync(fd).size !== bytes.length) ftruncateSync(fd, bytes.length);
      } finally {
        closeSync(fd);
      }
    } catch {
      return false;
    }
    return exchangeFiles(spare, `${this.#base}/${folder}/${name}`);
  }

  /** Appends an ending. A history that can't be written is none: `status` has said so already. */
  history(slot: SlotName, ending: Ending): void {
    const file = `${this.#base}/${slot === 'main' ? 'supervise' : 'log/supervise'}/history`;
    const line = formatEnding(ending);
    try {
      let size = this.#historySize.get(slot);
      if (size === undefined || size > HISTORY_BYTES) size = shorten(file);
      const fd = openSync(file, O_WRONLY | O_NONBLOCK | O_APPEND | O_CREAT, 0o644);
      try {
        writeSync(fd, line);
      } finally {
        closeSync(fd);
      }
      this.#historySize.set(slot, size + line.length);
    } catch {
      this.#historySize.delete(slot);
    }
  }

  #warnOf(what: string, error: unknown): void {
    this.#warn(`${what}: ${errorText(errorCode(error))}`);
  }

  /** C does not look whether a short text was written whole. False when the file could not be opened. */
  #write(folder: string, name: string, text: string): boolean {
    const file = `${folder}/${name}.new`;
    let fd: number;
    try {
      fd = openSync(`${this.#base}/${file}`, O_WRONLY | O_NONBLOCK | O_TRUNC | O_CREAT, 0o644);
    } catch (error) {
      this.#warnOf(`unable to open ${file}`, error);
      return false;
    }
    try {
      if (text !== '') writeSync(fd, text);
    } catch {
      // as above
    }
    closeSync(fd);
    return true;
  }

  #rename(folder: string, name: string): boolean {
    const file = `${this.#base}/${folder}/${name}`;
    try {
      if (this.#spares && exchangeFiles(`${file}.new`, file)) {
        renameSync(`${file}.new`, `${this.#base}/${folder}/.${name}`);
      } else renameSync(`${file}.new`, file);
      return true;
    } catch (error) {
      this.#warnOf(`unable to rename ${name}.new to ${folder}/${name}`, error);
      return false;
    }
  }

  #writeStatus(folder: string, bytes: Uint8Array): void {
    const file = `${folder}/status.new`;
    let fd: number;
    try {
      fd = openSync(`${this.#base}/${file}`, O_WRONLY | O_NONBLOCK | O_TRUNC | O_CREAT, 0o644);
    } catch (error) {
      this.#warnOf(`unable to open ${file}`, error);
      return;
    }
    let written: number;
    try {
      written = writeSync(fd, bytes);
    } catch (error) {
      this.#warnOf(`unable to write ${file}`, error);
      closeSync(fd);
      try {
        unlinkSync(`${this.#base}/${file}`);
      } catch {
        // C does not look either
      }
      return;
    }
    closeSync(fd);
    if (written < bytes.length) {
      this.#warn(`unable to write ${file}: partial write.`);
      return;
    }
    this.#rename(folder, 'status');
  }
}

/** Leaves the last endings of a history that has grown. Returns its size in bytes; 0 when there is none. */
function shorten(file: string): number {
  if (!existsSync(file)) return 0;
  const from = openSync(file, O_RDONLY | O_NONBLOCK);
  let text: string;
  try {
    text = readFileSync(from, 'latin1');
  } finally {
    closeSync(from);
  }
  if (text.length <= HISTORY_BYTES) return text.length;
  const kept = trimHistory(text);
  const fd = openSync(`${file}.new`, O_WRONLY | O_NONBLOCK | O_TRUNC | O_CREAT, 0o644);
  try {
    writeSync(fd, kept);
  } finally {
    closeSync(fd);
  }
  renameSync(`${file}.new`, file);
  return kept.length;
}
