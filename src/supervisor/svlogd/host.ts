/**
 * Hosted loggers: many svlogds in one worker thread of this process, for `runsvdir --shared`.
 *
 *     const host = new LoggerHost({
 *       workerFile: join(folderOfThePrograms, 'logger-worker.cjs'),
 *       startProcessor: (job, stderr, ended) => { ... },
 *     });
 *     const logger = host.add({ args: ['-tt', './main'], cwd: '/srv/web/log', input: pipe, stderr: 2 }, (end) => ...);
 *     logger.signal('HUP');            // TERM ALRM HUP STOP CONT KILL, and `end`: end of input once it is empty
 *     host.look();                     // at leisure, every 5 s or so: moves loggers away from one that hangs
 *     host.close();
 *
 * A logger behaves as `exec svlogd ARGS` in `cwd` with its stdin and stderr would; it ends with svlogd's exit code,
 * or killed. KILL, and the end of the whole process by kill -9, lose and double nothing: what was taken from the
 * pipe and is not in the log is in the journal (journal.ts), from which the next logger on the same directory and
 * pipe goes on. The pipe must have no other reader at the same time. For a pipe opened for reading and writing,
 * which never ends, `signal('end')` stands for the closing of the last writing end.
 *
 * `startProcessor` is the supervisor's, because it reaps the children: it starts /bin/sh -c JOB.COMMAND in
 * JOB.DIRECTORY with 0, 1, 4, 5 as the job says and the given stderr, and calls `ended` once with whether it exited
 * with 0. It throws an error with `code` when no process can be made.
 */
import { closeSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { SystemError } from '../core/messages.ts';
import { countLimitChanges, limitChanges } from '../native/limits.ts';
import { offer } from '../native/offer.ts';
import { makeWakePipe, wakeThrough } from '../native/wake-pipe.ts';
import {
  type FromWorker,
  type HostedLogger,
  type LoggerSignal,
  type Preparation,
  type ToWorker,
  Watch,
  type WorkerStart,
} from './hosted-messages.ts';
import type { ProcessorJob } from './ports.ts';

export type { HostedLogger, LoggerSignal, Preparation } from './hosted-messages.ts';
export type { ProcessorJob } from './ports.ts';

/** Milliseconds. */
const PAUSE_AFTER_FAILED_FORK = 3000;

/** So many threads in a row may fail before any of their loggers was heard of. */
const MOST_FAILURES = 3;

/** Milliseconds from one look to the next while a thread may hang: at work in the same logger at both, it does. */
const LOOK_AGAIN = 1500;

/** So many threads may be left to loggers that hang; they cost 4 MB each. */
const MOST_LEFT_ALONE = 16;

export interface LoggerHostOptions {
  /** Path of dist/logger-worker.cjs. */
  readonly workerFile: string;
  startProcessor(job: ProcessorJob, stderr: number, ended: (success: boolean) => void): void;
  /** A logger, by its arguments, was found hanging; the others go on without it. */
  hangs?(words: string): void;
}

/** How a logger ended: with svlogd's exit code, or as if by a signal, or by a fault of ours. */
export type LoggerEnd =
  | { readonly code: number }
  /** What is done before failed, so it has not begun. */
  | { readonly failed: Preparation; readonly error: SystemError }
  | { readonly signal: 'KILL' }
  | { readonly fault: string };

type Signal = Extract<ToWorker, { readonly type: 'signal' }>;

/** A logger that was added. */
export interface LoggerHandle {
  signal(signal: LoggerSignal): void;
}

interface Entry {
  readonly logger: HostedLogger;
  readonly ended: (end: LoggerEnd) => void;
  thread: Thread;
  stopped: boolean;
}

/** One worker with its pipe to wake it. */
class Thread {
  #told = 0;
  #isOver = false;
  /** Signals, with the number of the message each was. */
  #signals: { readonly number: number; readonly message: Signal }[] = [];
  readonly #worker: Worker;
  readonly #wakeWrite: number;
  readonly #wakeRead: number;
  readonly watch = new Watch();
  readonly #limitChanges = countLimitChanges();
  /** What was seen at the last look, while a logger was at work. */
  seen: { readonly atWork: number; readonly turns: number; readonly wait: string } | undefined;

  constructor(file: string, hear: (message: FromWorker) => void, failed: (error: Error) => void) {
    [this.#wakeRead, this.#wakeWrite] = makeWakePipe();
    const workerData: WorkerStart = {
      wake: this.#wakeRead,
      watch: this.watch.buffer,
      limitChanges: limitChanges(),
    };
    this.#worker = new Worker(file, {
      workerData,
      // Descriptors are handed from thread to thread.
      trackUnmanagedFds: false,
      stdin: false,
      // A logger holds little: the default young generation alone would be larger than all of its buffers.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    this.#worker.on('message', hear);
    this.#worker.on('error', failed);
    // Whether the process lives on is the supervisor's affair, not the loggers'.
    this.#worker.unref();
    this.#worker.once('exit', () => {
      this.#isOver = true;
      closeSync(this.#wakeRead);
      closeSync(this.#wakeWrite);
    });
  }

  tell(message: ToWorker): void {
    if (this.#isOver) return;
    this.#told += 1;
    if (message.type === 'signal') {
      this.#signals = this.unheard();
      this.#signals.push({ number: this.#told, message });
    }
    this.#worker.postMessage(message);
    this.watch.told = this.#told;
    wakeThrough(this.#wakeWrite);
  }

  /** It has not begun, and may have been refused a descriptor while the limit of open files was a child's. */
  get isHindered(): boolean {
    return this.watch.task === 0 && countLimitChanges() !== this.#limitChanges;
  }

  /** Signals that a logger has not taken are not for the next one with its number. */
  forget(id: number): void {
    this.#signals = this.#signals.filter(({ message }) => message.id !== id);
  }

  onceOver(then: () => void): void {
    this.#worker.once('exit', then);
  }

  /** The signals that it has not taken yet. */
  unheard(): { readonly number: number; readonly message: Signal }[] {
    const { heard } = this.watch;
    return this.#signals.filter(({ number }) => number > heard);
  }
}

/**
 * Names what a thread waits for in the kernel: as long as it is the same it has not run at all. "" for one that runs,
 * or would if it had a processor: on a busy machine a logger may be at work for long and yet not hang.
 */
function waitOf(task: number): string {
  try {
    const status = readFileSync(`/proc/self/task/${task}/status`, 'latin1');
    if (!/^State:\s+[SD]/m.test(status)) return '';
    return status.match(/^\w*voluntary_ctxt_switches:.*$/gm)?.join() ?? '';
  } catch {
    return '';
  }
}

export class LoggerHost {
  readonly #options: LoggerHostOptions;
  readonly #entries = new Map<number, Entry>();
  /** Those that have loggers, but for the ones that are left alone. */
  readonly #threads = new Set<Thread>();
  /** Takes loggers whose directories were opened; and, once one has hung, another for those that begin. */
  #settled: Thread | undefined;
  #beginners: Thread | undefined;
  #leftAlone = 0;
  #again: NodeJS.Timeout | undefined;
  #ids = 0;
  /** Of loggers that have ended: they are given out again, since only so many can be watched. */
  readonly #freeIds: number[] = [];
  #failures = 0;

  constructor(options: LoggerHostOptions) {
    this.#options = options;
  }

  /** How many loggers there are. */
  get size(): number {
    return this.#entries.size;
  }

  #startThread(): Thread {
    const thread: Thread = new Thread(
      this.#options.workerFile,
      (message) => this.#hear(thread, message),
      (error) => this.#fail(thread, error),
    );
    this.#threads.add(thread);
    return thread;
  }

  /** Runs a logger; `ended` is called once, later. The thread is started for the first one. */
  add(logger: HostedLogger, ended: (end: LoggerEnd) => void): LoggerHandle {
    this.#settled ??= this.#startThread();
    const thread = this.#beginners ?? this.#settled;
    const id = this.#freeIds.pop() ?? ++this.#ids;
    const entry: Entry = { logger, ended, thread, stopped: false };
    this.#entries.set(id, entry);
    thread.tell({ type: 'add', id, logger });
    this.#lookAgain();
    return {
      signal: (signal) => {
        if (this.#entries.get(id) !== entry) return;
        if (signal === 'STOP' || signal === 'CONT') entry.stopped = signal === 'STOP';
        entry.thread.tell({ type: 'signal', id, signal });
      },
    };
  }

  #end(id: number, thread: Thread, end: LoggerEnd): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.thread !== thread) return;
    this.#entries.delete(id);
    // The thread has forgotten it, and takes what was still sent to it before it hears of the next one.
    thread.forget(id);
    this.#freeIds.push(id);
    entry.ended(end);
  }

  #hear(thread: Thread, message: FromWorker): void {
    this.#failures = 0;
    switch (message.type) {
      case 'ended':
        this.#end(message.id, thread, message.killed ? { signal: 'KILL' } : { code: message.code });
        break;
      case 'unprepared':
        this.#end(message.id, thread, { failed: message.failed, error: message.error });
        break;
      case 'broken':
        this.#end(message.id, thread, { fault: message.message });
        break;
      case 'processor': {
        const { token, job, stderr } = message;
        const ended = (success: boolean) => thread.tell({ type: 'processor-ended', token, success });
        try {
          this.#options.startProcessor(job, stderr, ended);
          thread.tell({ type: 'processor-started', token });
        } catch {
          // As when it had failed, and not at once again.
          thread.tell({ type: 'processor-started', token });
          setTimeout(ended, PAUSE_AFTER_FAILED_FORK, false).unref();
        }
      }
    }
  }

  /** The thread itself broke: its loggers are taken over by a new one. */
  #fail(thread: Thread, error: Error): void {
    if (!this.#threads.delete(thread)) return;
    if (!thread.isHindered) {
      this.#failures += 1;
      offer(2, `svlogd: warning: the thread of the loggers failed: ${error.message}\n`);
    }
    if (this.#settled === thread) this.#settled = undefined;
    if (this.#beginners === thread) this.#beginners = undefined;
    if (this.#failures < MOST_FAILURES) {
      this.#settled ??= this.#startThread();
      this.#move(thread, 0, () => this.#settled as Thread);
      return;
    }
    for (const id of [...this.#entries.keys()]) this.#end(id, thread, { fault: error.message });
  }

  /** Gives the loggers of a thread to others: the same descriptors, and the signals that were not heard. */
  #move(from: Thread, except: number, to: (opened: boolean) => Thread): void {
    const unheard = from.unheard();
    for (const [id, entry] of this.#entries) {
      if (entry.thread !== from || id === except) continue;
      const takeOver = from.watch.descriptors(id);
      const thread = to(takeOver.length > 0);
      entry.thread = thread;
      thread.tell({ type: 'add', id, logger: entry.logger, takeOver });
      const signals = unheard.filter(({ message }) => message.id === id);
      if (entry.stopped && !signals.some(({ message }) => message.signal === 'STOP'))
        thread.tell({ type: 'signal', id, signal: 'STOP' });
      for (const { message } of signals) thread.tell(message);
    }
    this.#lookAgain();
  }

  /**
   * To be called now and then, a few seconds apart: a logger that has been at work since the last look, and whose
   * thread has not run at all since then, hangs (in a write to a dead mount); all others of its thread then go on
   * elsewhere. Those that have their directories open are not put together with those that have yet to begin, since
   * where one hangs at its beginning more may.
   * Between the calls it looks again by itself, as long as a thread is at work. Returns the log directory's words of
   * one that hangs, for a message.
   */
  look(): string | undefined {
    let words: string | undefined;
    for (const thread of [...this.#threads]) {
      const { atWork, turns, task } = thread.watch;
      const { seen } = thread;
      thread.seen = atWork > 0 ? { atWork, turns, wait: waitOf(task) } : undefined;
      if (seen === undefined || seen.atWork !== atWork || seen.turns !== turns) continue;
      if (seen.wait === '' || seen.wait !== thread.seen?.wait) continue;
      words = this.#leaveAlone(thread, atWork) ?? words;
    }
    if ([...this.#threads].some(({ seen }) => seen !== undefined)) this.#lookAgain();
    return words;
  }

  #leaveAlone(thread: Thread, id: number): string | undefined {
    if (this.#leftAlone >= MOST_LEFT_ALONE || !thread.watch.abandon(id)) return undefined;
    this.#threads.delete(thread);
    this.#leftAlone += 1;
    thread.onceOver(() => {
      this.#leftAlone -= 1;
    });
    if (this.#settled === thread) this.#settled = undefined;
    if (this.#beginners === thread) this.#beginners = undefined;
    this.#settled ??= this.#startThread();
    this.#beginners ??= this.#startThread();
    const { settled, beginners } = { settled: this.#settled, beginners: this.#beginners };
    this.#move(thread, id, (opened) => (opened ? settled : beginners));
    return this.#entries.get(id)?.logger.args.join(' ');
  }

  #lookAgain(): void {
    if (this.#again !== undefined) return;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      // A thread that has yet to take what it was told may hang in that.
      const isBusy = ({ watch, seen }: Thread) =>
        watch.atWork > 0 || watch.heard < watch.told || seen !== undefined;
      if (![...this.#threads].some(isBusy)) return;
      const words = this.look();
      if (words !== undefined) this.#options.hangs?.(words);
      this.#lookAgain();
    }, LOOK_AGAIN);
    this.#again.unref();
  }

  /**
   * Ends the threads, without a word of the loggers that still run: those at rest close their logs as at their end, a
   * begun line stays in the journal, what is in the pipes stays there; the others are dropped as by KILL. Resolves when
   * the threads are over, which is never where one hangs.
   */
  async close(): Promise<void> {
    clearTimeout(this.#again);
    const over = [...this.#threads].map((thread) => new Promise<void>((done) => thread.onceOver(done)));
    for (const thread of this.#threads) thread.tell({ type: 'stop' });
    this.#threads.clear();
    this.#settled = undefined;
    this.#beginners = undefined;
    this.#entries.clear();
    await Promise.all(over);
  }
}
