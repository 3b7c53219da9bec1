/** What the supervisor's thread and the loggers' thread say to each other. */
import type { SystemError } from '../core/messages.ts';
import type { ProcessorJob } from './ports.ts';

/** As sv's commands reach a log service; `end` is the end of input once the pipe is empty. */
export type LoggerSignal = 'TERM' | 'ALRM' | 'HUP' | 'STOP' | 'CONT' | 'KILL' | 'end';

/** What a script does before svlogd starts: both with an absolute path, and as the script names it (byte strings). */
export interface Preparation {
  /** `mkdir` makes a directory, with those above it; `cd` is one that must be there. */
  readonly step: 'mkdir' | 'cd';
  readonly folder: string;
  readonly name: string;
}

/** A logger to run: what `exec svlogd ARGS` would be, started in a directory. */
export interface HostedLogger {
  /** The arguments of svlogd without its name: byte strings, one character for each byte. */
  readonly args: readonly string[];
  /** Absolute path (a byte string) of the directory that relative log directories are relative to. */
  readonly cwd: string;
  /** In this order, before it begins. */
  readonly before?: readonly Preparation[];
  /** Descriptor of the pipe to read from. It stays the caller's, who may close it when the logger has ended. */
  readonly input: number;
  /** Descriptor for messages, 2 or what log/run makes of it. */
  readonly stderr: number;
}

export type ToWorker =
  | {
      readonly type: 'add';
      readonly id: number;
      readonly logger: HostedLogger;
      /** Descriptors of a thread that hangs: they are closed, and the logs taken over as they are. */
      readonly takeOver?: readonly number[];
    }
  | { readonly type: 'signal'; readonly id: number; readonly signal: LoggerSignal }
  | { readonly type: 'processor-started'; readonly token: number }
  | { readonly type: 'processor-ended'; readonly token: number; readonly success: boolean }
  | { readonly type: 'stop' };

export type FromWorker =
  /** `signal` KILL: it was dropped. */
  | { readonly type: 'ended'; readonly id: number; readonly code: number; readonly killed: boolean }
  /** What is done before failed, so it has not begun. */
  | {
      readonly type: 'unprepared';
      readonly id: number;
      readonly failed: Preparation;
      readonly error: SystemError;
    }
  | { readonly type: 'broken'; readonly id: number; readonly message: string }
  | {
      readonly type: 'processor';
      readonly token: number;
      readonly job: ProcessorJob;
      readonly stderr: number;
    };

export interface WorkerStart {
  /** Reading end of the pipe that wakes the worker. */
  readonly wake: number;
  /** See `Watch`. */
  readonly watch: SharedArrayBuffer;
  /** See native/limits.ts. */
  readonly limitChanges: SharedArrayBuffer;
}

/** So many loggers at a time can be moved away from a thread that hangs. */
const WATCHED_LOGGERS = 8192;
/** Cells before those of the loggers: at work, turns, messages heard and told, thread. */
const CELLS = 5;
/** Lock and current of so many directories of each. */
const WATCHED_FDS = 8;

/**
 * What both threads see: which logger is at work (a thread that hangs in a write says nothing any more), how many
 * turns there were, and which descriptors each logger holds.
 */
export class Watch {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(4 * (CELLS + WATCHED_LOGGERS * WATCHED_FDS));
    this.#cells = new Int32Array(this.buffer);
  }

  /** The logger at work; 0 none, -1 this worker has been left alone with the one that hung. */
  get atWork(): number {
    return Atomics.load(this.#cells, 0);
  }

  get turns(): number {
    return Atomics.load(this.#cells, 1);
  }

  /** How many messages the thread has taken, and acted on: a round of all loggers that had to is over. */
  get heard(): number {
    return Atomics.load(this.#cells, 2);
  }

  set heard(count: number) {
    Atomics.store(this.#cells, 2, count);
  }

  /** How many messages were sent to it. */
  get told(): number {
    return Atomics.load(this.#cells, 3);
  }

  set told(count: number) {
    Atomics.store(this.#cells, 3, count);
  }

  /** The kernel's number of the thread; 0 as long as it has not begun. */
  get task(): number {
    return Atomics.load(this.#cells, 4);
  }

  set task(number: number) {
    Atomics.store(this.#cells, 4, number);
  }

  begin(id: number): void {
    Atomics.store(this.#cells, 0, id);
    Atomics.add(this.#cells, 1, 1);
  }

  /** False when the supervisor has given all other loggers to another thread meanwhile. */
  end(id: number): boolean {
    return Atomics.compareExchange(this.#cells, 0, id, 0) === id;
  }

  /** The supervisor's decision that the thread hangs in this logger. False when its turn just ended. */
  abandon(id: number): boolean {
    return Atomics.compareExchange(this.#cells, 0, id, -1) === id;
  }

  setDescriptors(id: number, fds: readonly number[]): void {
    if (id >= WATCHED_LOGGERS) return;
    const at = CELLS + id * WATCHED_FDS;
    for (let index = 0; index < WATCHED_FDS; index++) this.#cells[at + index] = (fds[index] ?? -1) + 1;
  }

  descriptors(id: number): number[] {
    if (id >= WATCHED_LOGGERS) return [];
    const at = CELLS + id * WATCHED_FDS;
    return [...this.#cells.subarray(at, at + WATCHED_FDS)].filter((cell) => cell > 0).map((cell) => cell - 1);
  }
}
