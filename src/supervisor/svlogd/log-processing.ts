/**
 * The processor of a log directory (`!COMMAND` in its config) on the old log that has just come to be: started with its
 * four files, and when it has succeeded its output takes the old log's place.
 */
import { chmodSync, closeSync, constants, existsSync, openSync, renameSync, unlinkSync } from 'node:fs';
import { errorCode, errorText } from '../core/messages.ts';
import { untroubled } from '../native/limits.ts';
import type { LogFolder } from './log-folder.ts';
import type { LogWords, Waiting } from './log-words.ts';
import type { LoggerPorts } from './ports.ts';

/** A file of the processor that can't be opened: the processor counts as one that failed. */
class FileTrouble extends Error {}

export class LogProcessing {
  /** A processor was started, and `finish` has not seen its end. */
  runs = false;
  /** Called when a processor has ended. */
  ended: (() => void) | undefined;
  readonly #folder: LogFolder;
  readonly #words: LogWords;
  readonly #ports: LoggerPorts;
  #command = '';
  /** Name of the old log that the processor works on. */
  #old = '';
  /** What the last processor's end was; undefined while it runs. */
  #success: boolean | undefined;
  /** Counts openings of the log, so that the end of a processor from before a HUP is not taken for a later one's. */
  #opening = 0;

  constructor(folder: LogFolder, words: LogWords, ports: LoggerPorts) {
    this.#folder = folder;
    this.#words = words;
    this.#ports = ports;
  }

  /** True when a processor has ended and `finish` would not wait. */
  get isDone(): boolean {
    return this.runs && this.#success !== undefined;
  }

  /** Leaves a processor that still runs to itself. */
  forget(): void {
    this.#opening++;
    this.runs = false;
  }

  /** Starts the command on an old log, if there is a command. */
  *start(command: string, old: string): Waiting {
    if (command === '') return;
    if (this.runs) {
      this.#words.warn('processor already running');
      return;
    }
    this.#command = command;
    this.#old = old;
    const opening = this.#opening;
    const ended = (success: boolean) => {
      if (this.#opening !== opening) return;
      this.#success = success;
      this.ended?.();
    };
    this.runs = true;
    this.#success = undefined;
    for (;;) {
      try {
        this.#spawn(ended);
        return;
      } catch (error) {
        yield* this.#words.pause('unable to fork for processor', error);
      }
    }
  }

  /** Opens the four files of a processor and starts it; a file that cannot be opened counts as its failure. */
  #spawn(ended: (success: boolean) => void): void {
    const opened: number[] = [];
    const close = () => {
      for (const fd of opened.splice(0)) closeSync(fd);
    };
    const open = (what: string, file: string, flags: number): number => {
      try {
        const fd = untroubled(() => openSync(this.#folder.at(file), flags | constants.O_NONBLOCK, 0o644));
        opened.push(fd);
        return fd;
      } catch (error) {
        const reason = errorText(errorCode(error));
        throw new FileTrouble(`unable to ${what} for processor: ${this.#words.name}: ${reason}`);
      }
    };
    const create = constants.O_WRONLY | constants.O_TRUNC | constants.O_CREAT;
    this.#words.info(`processing: ${this.#words.name}/${this.#old}`);
    try {
      const input = open('open input', this.#old, constants.O_RDONLY);
      const output = open('open output', this.#output, create);
      if (!existsSync(this.#folder.at('state'))) closeSync(open('create empty state', 'state', create));
      opened.splice(2);
      const state = open('open state', 'state', constants.O_RDONLY);
      const newState = open('open newstate', 'newstate', create);
      const directory = this.#folder.at('.').toString('latin1');
      const command = this.#command;
      this.#ports.startProcessor({ command, directory, input, output, state, newState }, close, ended);
    } catch (error) {
      close();
      if (!(error instanceof FileTrouble)) throw error;
      this.#words.fatal(error.message);
      ended(false);
    }
  }

  get #output(): string {
    return `${this.#old.slice(0, -1)}t`;
  }

  /**
   * Waits for the processor; when it has succeeded its output takes the old log's place, else it runs again.
   * `isInUse` tells whether the log is open: nothing is done in one that is not.
   */
  *finish(isInUse: () => boolean): Waiting {
    while (this.#success === undefined) yield { kind: 'processor' };
    const success = this.#success;
    this.runs = false;
    this.#success = undefined;
    if (!isInUse()) return;
    const [folder, words] = [this.#folder, this.#words];
    yield* words.insist('unable to change directory, want processor', () => folder.enter());
    if (!success) {
      words.warn('processor failed, restart');
      try {
        unlinkSync(folder.at(this.#output));
      } catch {
        // It may not have come so far.
      }
      yield { kind: 'turn' };
      yield* this.start(this.#command, this.#old);
      return;
    }
    const done = `${this.#old.slice(0, -1)}s`;
    yield* words.insist('unable to rename processed', () =>
      renameSync(folder.at(this.#output), folder.at(done)),
    );
    yield* words.insist('unable to set mode of processed', () => chmodSync(folder.at(done), 0o744));
    try {
      unlinkSync(folder.at(this.#old));
    } catch {
      words.plainWarning(`unable to unlink: ${words.name}/${this.#old}`);
    }
    yield* words.insist('unable to rename state', () =>
      renameSync(folder.at('newstate'), folder.at('state')),
    );
    words.info(`processed: ${words.name}/${done}`);
  }
}
