/**
 * The thread of all hosted loggers: one epoll loop, in which each logger that has input gets one piece (at most a
 * pipe of 64 KiB) a turn. It blocks in epoll_wait, so messages come with a byte through the wake pipe.
 *
 * A logger that waits (after a trouble with its disk, for a processor, or paused by sv) is taken out of the set and
 * costs the others nothing. One that hangs in a write hangs this thread; the supervisor notices and gives the others
 * to a new thread (host.ts); this one then stays alone with it.
 */
import { accessSync, closeSync, constants, mkdirSync, readlinkSync, writeSync } from 'node:fs';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { parseSvlogdOptions } from '../core/log-options.ts';
import { errorCode, type SystemError } from '../core/messages.ts';
import { Epoll } from '../native/epoll.ts';
import { Garbage } from '../native/garbage.ts';
import { shareLimitChanges, untroubled } from '../native/limits.ts';
import { drainWakePipe } from '../native/wake-pipe.ts';
import { readWallClock } from '../native/wallclock.ts';
import { sendDatagram } from './datagram.ts';
import {
  type FromWorker,
  type HostedLogger,
  type LoggerSignal,
  type Preparation,
  type ToWorker,
  Watch,
  type WorkerStart,
} from './hosted-messages.ts';
import { Logger } from './logger.ts';
import type { LoggerPorts, Wait } from './ports.ts';

/** The wake pipe's number in the set; loggers count from 1. */
const WAKE = 0xffffffff;

/** Waits for input that are longer need no timer: nothing but input or a message ends them. */
const LONG = 1_000_000;

/** Milliseconds from one look at the garbage to the next, while there is work. */
const LOOK_EVERY = 5000;

interface Hosted {
  readonly id: number;
  readonly input: number;
  readonly stderr: number;
  readonly logger: Logger;
  readonly life: Generator<Wait, number, void>;
  waits: Wait;
  /** When to go on, in milliseconds of the monotonic clock; undefined for input alone. */
  due: number | undefined;
  inSet: boolean;
  stopped: boolean;
}

/** A directory that a logger needs could not be made, or is not there. */
class Unprepared extends Error {
  readonly failed: Preparation;
  readonly error: SystemError;

  constructor(failed: Preparation, error: unknown) {
    super();
    this.failed = failed;
    this.error = errorCode(error);
  }
}

/** All that may hang on a dead mount is in here, where it is watched: its directories are looked after first. */
function* lifeOf(logger: Logger, before: readonly Preparation[]): Generator<Wait, number, void> {
  for (const each of before) {
    const path = Buffer.from(each.folder, 'latin1');
    try {
      if (each.step === 'mkdir') mkdirSync(path, { recursive: true });
      else accessSync(Buffer.concat([path, Buffer.from('/.')]), constants.X_OK);
    } catch (error) {
      throw new Unprepared(each, error);
    }
  }
  return yield* logger.run();
}

/** /proc/thread-self is `PID/task/TID`. */
function ownTask(): number {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/')[2] ?? 0);
  } catch {
    return 0;
  }
}

function writeMessage(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
  } catch {
    // There is nowhere to say so.
  }
}

export class HostedWorker {
  readonly #port: MessagePort;
  readonly #wake: number;
  readonly #watch: Watch;
  #epoll: Epoll;
  readonly #hosted = new Map<number, Hosted>();
  /** Those that may go on in the next round. */
  #runnable = new Set<Hosted>();
  /** Those with a time to go on at. */
  readonly #timed = new Set<Hosted>();
  readonly #processors = new Map<number, { started: () => void; ended: (success: boolean) => void }>();
  readonly #garbage = new Garbage();
  #nextLook = 0;
  #tokens = 0;
  /** Messages. */
  #received = 0;
  #alone = false;
  #stop = false;

  constructor(port: MessagePort, start: WorkerStart) {
    this.#port = port;
    this.#wake = start.wake;
    this.#watch = new Watch(start.watch);
    shareLimitChanges(start.limitChanges);
    this.#epoll = this.#newSet();
    this.#watch.task = ownTask();
  }

  /** In which the wake pipe is. */
  #newSet(): Epoll {
    const epoll = untroubled(() => new Epoll());
    epoll.add(this.#wake, WAKE);
    return epoll;
  }

  #tell(message: FromWorker): void {
    this.#port.postMessage(message);
  }

  /** Runs until it is told to stop; never gives the thread back before. */
  run(): void {
    while (!this.#stop) {
      const timeout = this.#runnable.size > 0 ? 0 : this.#untilNextDue();
      for (const number of this.#epoll.wait(timeout)) {
        if (number === WAKE) this.#listen();
        else {
          const hosted = this.#hosted.get(number);
          if (hosted !== undefined && !hosted.stopped) this.#runnable.add(hosted);
        }
      }
      if (this.#isTold) this.#listen();
      const received = this.#received;
      this.#addDue();
      const round = this.#runnable;
      this.#runnable = new Set();
      for (const hosted of round) {
        if (this.#hosted.get(hosted.id) === hosted && !hosted.stopped) this.#step(hosted);
      }
      this.#watch.heard = received;
      const now = performance.now();
      if (now < this.#nextLook) continue;
      this.#nextLook = now + LOOK_EVERY;
      this.#garbage.look();
    }
  }

  /** A message is there that was not taken yet. */
  get #isTold(): boolean {
    return this.#watch.told > this.#received;
  }

  #untilNextDue(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const hosted of this.#timed) first = Math.min(first, hosted.due ?? first);
    if (first === Number.POSITIVE_INFINITY) return -1;
    return Math.max(0, Math.ceil(first - performance.now()));
  }

  #addDue(): void {
    if (this.#timed.size === 0) return;
    const now = performance.now();
    for (const hosted of this.#timed) {
      if (!hosted.stopped && (hosted.due ?? 0) <= now) this.#runnable.add(hosted);
    }
  }

  #listen(): void {
    drainWakePipe(this.#wake);
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#received += 1;
      const message = received.message as ToWorker;
      switch (message.type) {
        case 'add':
          this.#add(message.id, message.logger, message.takeOver);
          break;
        case 'signal':
          this.#signal(message.id, message.signal);
          break;
        case 'processor-started':
          this.#processors.get(message.token)?.started();
          break;
        case 'processor-ended': {
          const processor = this.#processors.get(message.token);
          this.#processors.delete(message.token);
          processor?.ended(message.success);
          break;
        }
        case 'stop':
          for (const { logger } of this.#hosted.values()) logger.leave();
          this.#stop = true;
          return;
      }
    }
  }

  #add(id: number, request: HostedLogger, takeOver: readonly number[] | undefined): void {
    for (const fd of takeOver ?? []) closeSync(fd);
    const options = parseSvlogdOptions(request.args);
    if ('usage' in options) {
      writeMessage(request.stderr, options.usage);
      this.#tell({ type: 'ended', id, code: 111, killed: false });
      return;
    }
    const ports: LoggerPorts = {
      now: readWallClock,
      stderr: (text) => writeMessage(request.stderr, text),
      sendDatagram,
      isTold: () => this.#isTold,
      startProcessor: (job, started, ended) => {
        const token = ++this.#tokens;
        this.#processors.set(token, { started, ended });
        this.#tell({ type: 'processor', token, job, stderr: request.stderr });
      },
    };
    const paths = options.directories.map((name) =>
      Buffer.from(name.startsWith('/') ? name : `${request.cwd}/${name}`, 'latin1'),
    );
    const setup = {
      options,
      paths,
      input: request.input,
      sparing: true,
      adopt: takeOver !== undefined && takeOver.length > 0,
    };
    const logger = new Logger(setup, ports);
    const hosted: Hosted = {
      id,
      input: request.input,
      stderr: request.stderr,
      logger,
      life: lifeOf(logger, takeOver === undefined || takeOver.length === 0 ? (request.before ?? []) : []),
      waits: { kind: 'turn' },
      due: undefined,
      inSet: false,
      stopped: false,
    };
    logger.wake = () => {
      const { kind } = hosted.waits;
      if (kind === 'input' || kind === 'processor') this.#runnable.add(hosted);
    };
    this.#hosted.set(id, hosted);
    this.#runnable.add(hosted);
  }

  #signal(id: number, signal: LoggerSignal): void {
    const hosted = this.#hosted.get(id);
    if (hosted === undefined) return;
    const { logger } = hosted;
    switch (signal) {
      case 'TERM':
        logger.terminate();
        break;
      case 'ALRM':
        logger.rotateAll();
        break;
      case 'HUP':
        logger.reopenAll();
        break;
      case 'end':
        logger.endInput();
        break;
      case 'STOP':
        hosted.stopped = true;
        this.#listenTo(hosted, false);
        break;
      case 'CONT':
        hosted.stopped = false;
        this.#runnable.add(hosted);
        break;
      case 'KILL':
        this.#forget(hosted);
        logger.drop();
        this.#tell({ type: 'ended', id, code: 0, killed: true });
        break;
    }
  }

  #listenTo(hosted: Hosted, wanted: boolean): void {
    if (wanted === hosted.inSet) return;
    hosted.inSet = wanted;
    if (wanted) this.#epoll.add(hosted.input, hosted.id);
    else this.#epoll.remove(hosted.input);
  }

  #forget(hosted: Hosted): void {
    this.#listenTo(hosted, false);
    this.#timed.delete(hosted);
    this.#runnable.delete(hosted);
    this.#hosted.delete(hosted.id);
    this.#watch.setDescriptors(hosted.id, []);
    // Nothing more is given to a thread that was left alone.
    if (this.#alone && this.#hosted.size === 0) this.#stop = true;
  }

  /** Lets a logger go on until it waits again. */
  #step(hosted: Hosted): void {
    const { waits } = hosted;
    // A pause is not cut short by anything; a processor is waited for until it has ended.
    if (waits.kind === 'pause' && performance.now() < (hosted.due ?? 0)) return;
    if (waits.kind === 'processor' && !hosted.logger.isAsked) return;
    hosted.due = undefined;
    this.#timed.delete(hosted);
    this.#watch.begin(hosted.id);
    let step: IteratorResult<Wait, number> | undefined;
    let trouble: unknown;
    try {
      step = hosted.life.next();
    } catch (error) {
      trouble = error;
    }
    if (!this.#watch.end(hosted.id)) this.#beAlone(hosted);
    if (step === undefined) {
      this.#forget(hosted);
      hosted.logger.drop();
      if (trouble instanceof Unprepared) {
        const { failed, error } = trouble;
        this.#tell({ type: 'unprepared', id: hosted.id, failed, error });
        return;
      }
      const message = trouble instanceof Error ? (trouble.stack ?? trouble.message) : String(trouble);
      this.#tell({ type: 'broken', id: hosted.id, message });
    } else if (step.done === true) {
      this.#forget(hosted);
      this.#tell({ type: 'ended', id: hosted.id, code: step.value, killed: false });
    } else {
      this.#watch.setDescriptors(
        hosted.id,
        hosted.logger.directories.flatMap((directory) => directory.descriptors),
      );
      this.#await(hosted, step.value);
    }
  }

  #await(hosted: Hosted, wait: Wait): void {
    hosted.waits = wait;
    if (wait.kind === 'turn') {
      this.#runnable.add(hosted);
      return;
    }
    this.#listenTo(hosted, wait.kind === 'input');
    if (wait.kind === 'pause') hosted.due = performance.now() + wait.milliseconds;
    else if (wait.kind === 'input') {
      if (hosted.logger.isAsked) this.#runnable.add(hosted);
      const left = wait.until - Date.now();
      // 0.02 ms more, since C rotates only when the moment is over.
      if (left < LONG) hosted.due = performance.now() + Math.max(0, left) + 0.02;
    } else if (hosted.logger.isAsked) this.#runnable.add(hosted);
    if (hosted.due !== undefined) this.#timed.add(hosted);
  }

  /** The others are in another thread's hands now, descriptors and all. */
  #beAlone(hosted: Hosted): void {
    if (this.#alone) return;
    this.#alone = true;
    this.#hosted.clear();
    this.#timed.clear();
    this.#runnable.clear();
    this.#epoll.close();
    this.#epoll = this.#newSet();
    this.#hosted.set(hosted.id, hosted);
    hosted.inSet = false;
  }
}
