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
import { closeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { makeWakePipe, wakeThrough } from '../native/wake-pipe.ts';
import {
  type FromWorker,
  type HostedLogger,
  type LoggerSignal,
  type ToWorker,
  Watch,
  type WorkerStart,
} from './hosted-messages.ts';
import type { ProcessorJob } from './ports.ts';

export type { HostedLogger, LoggerSignal } from './hosted-messages.ts';
export type { ProcessorJob } from './ports.ts';

/** Milliseconds. */
const PAUSE_AFTER_FAILED_FORK = 3000;

/** So many threads in a row may fail before any of their loggers was heard of. */
const MOST_FAILURES = 3;

export interface LoggerHostOptions {
  /** Path of dist/logger-worker.cjs. */
  readonly workerFile: string;
  startProcessor(job: ProcessorJob, stderr: number, ended: (success: boolean) => void): void;
}

/** How a logger ended: with svlogd's exit code, or as if by a signal, or by a fault of ours. */
export type LoggerEnd = { readonly code: number } | { readonly signal: 'KILL' } | { readonly fault: string };

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
  readonly #worker: Worker;
  readonly #wakeWrite: number;
  readonly #wakeRead: number;
  readonly watch = new Watch();
  /** Turns that were counted at the last look, while a logger was at work. */
  seen: { atWork: number; turns: number } | undefined;

  constructor(file: string, hear: (message: FromWorker) => void, failed: (error: Error) => void) {
    [this.#wakeRead, this.#wakeWrite] = makeWakePipe();
    const workerData: WorkerStart = { wake: this.#wakeRead, watch: this.watch.buffer };
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
      closeSync(this.#wakeRead);
      closeSync(this.#wakeWrite);
    });
  }

  tell(message: ToWorker): void {
    this.#worker.postMessage(message);
    wakeThrough(this.#wakeWrite);
  }
}

export class LoggerHost {
  readonly #options: LoggerHostOptions;
  readonly #entries = new Map<number, Entry>();
  #thread: Thread | undefined;
  #ids = 0;
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
    return thread;
  }

  /** Runs a logger; `ended` is called once, later. The thread is started for the first one. */
  add(logger: HostedLogger, ended: (end: LoggerEnd) => void): LoggerHandle {
    this.#thread ??= this.#startThread();
    const id = ++this.#ids;
    this.#entries.set(id, { logger, ended, thread: this.#thread, stopped: false });
    this.#thread.tell({ type: 'add', id, logger });
    return {
      signal: (signal) => {
        const entry = this.#entries.get(id);
        if (entry === undefined) return;
        if (signal === 'STOP' || signal === 'CONT') entry.stopped = signal === 'STOP';
        entry.thread.tell({ type: 'signal', id, signal });
      },
    };
  }

  #end(id: number, thread: Thread, end: LoggerEnd): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.thread !== thread) return;
    this.#entries.delete(id);
    entry.ended(end);
  }

  #hear(thread: Thread, message: FromWorker): void {
    this.#failures = 0;
    switch (message.type) {
      case 'ended':
        this.#end(message.id, thread, message.killed ? { signal: 'KILL' } : { code: message.code });
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
    if (this.#thread !== thread) return;
    process.stderr.write(`svlogd: warning: the thread of the loggers failed: ${error.message}\n`);
    if (++this.#failures < MOST_FAILURES) {
      this.#takeOver(thread, 0);
      return;
    }
    this.#thread = undefined;
    for (const id of [...this.#entries.keys()]) this.#end(id, thread, { fault: error.message });
  }

  #takeOver(from: Thread, except: number): void {
    const thread = this.#startThread();
    this.#thread = thread;
    for (const [id, entry] of this.#entries) {
      if (entry.thread !== from || id === except) continue;
      entry.thread = thread;
      thread.tell({ type: 'add', id, logger: entry.logger, takeOver: from.watch.descriptors(id) });
      if (entry.stopped) thread.tell({ type: 'signal', id, signal: 'STOP' });
    }
  }

  /**
   * To be called now and then, a few seconds apart: if one logger has been at work since the last look, it hangs
   * (in a write to a dead mount); all others then go on in a new thread. Returns the log directory's words of the
   * one that hangs, for a message.
   */
  look(): string | undefined {
    const thread = this.#thread;
    if (thread === undefined) return undefined;
    const { atWork, turns } = thread.watch;
    const { seen } = thread;
    thread.seen = atWork > 0 ? { atWork, turns } : undefined;
    if (seen === undefined || seen.atWork !== atWork || seen.turns !== turns) return undefined;
    if (!thread.watch.abandon(atWork)) return undefined;
    this.#takeOver(thread, atWork);
    return this.#entries.get(atWork)?.logger.args.join(' ');
  }

  /** Ends the thread; loggers that still run are dropped as by KILL, without a word. */
  close(): void {
    this.#thread?.tell({ type: 'stop' });
    this.#thread = undefined;
    this.#entries.clear();
  }
}
