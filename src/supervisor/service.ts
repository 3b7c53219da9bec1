/**
 * One service directory in the care of this process: its locks, FIFOs, status files, pipe and processes around one
 * machine. `runsv` has one of these, `runsvdir --shared` one for each service: nothing here belongs to the process
 * as a whole (no working directory, no handlers), and no call waits.
 *
 * The directory is held open and all files are reached through it, so that the service goes on when the directory is
 * renamed or removed, as C's runsv does, which has gone into it.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import type { Machine } from './core/draft.ts';
import type { Facts, MachineEvent, Program } from './core/events.ts';
import { adopt, newMachine } from './core/machine.ts';
import { errorCode, errorText } from './core/messages.ts';
import { type Adopted, type Slot, type SlotName, statusOf } from './core/slot.ts';
import { Driver, type Hands, type SpawnResult } from './driver.ts';
import { makeFifo, type Watch, watchReadable } from './native/fifo.ts';
import { flock, holdByMapping } from './native/lock.ts';
import type { LogPipe } from './native/pipe.ts';
import { Publisher } from './publish.ts';
import { readFacts } from './service-facts.ts';
import { type Host, Refusal, refusal } from './service-host.ts';
import { type Origin, spawnLog, spawnMain } from './service-spawn.ts';

const { O_RDONLY, O_RDWR, O_WRONLY, O_NONBLOCK, O_APPEND, O_CREAT, O_DIRECTORY } = constants;
const O_PATH = 0o10000000;
const EAGAIN = 11;
const SIGTERM = 15;
const SIGCONT = 18;
/** How often it is looked whether the lock of a log service has become free. C waits in flock(2). */
const LOCK_INTERVAL = 100;

const FOLDERS: Readonly<Record<SlotName, string>> = { main: 'supervise', log: 'log/supervise' };

export class Service {
  /** As it was given, one character a byte: the NAME in `runsv NAME: `. */
  readonly name: string;
  readonly #host: Host;
  readonly #directory: number;
  readonly #base: string;
  readonly #publisher: Publisher;
  readonly #descriptors: number[] = [];
  readonly #releases: (() => void)[] = [];
  readonly #watches: Watch[] = [];
  readonly #byte = Buffer.alloc(1);
  #pipe: LogPipe | undefined;
  #pipeClosed = false;
  #driver: Driver | undefined;
  #timer: NodeJS.Timeout | undefined;
  #termBeforeBegin = false;
  #adopted: Adopted | undefined;
  /** The slots whose FIFOs are to be one. */
  #sharesOk: readonly SlotName[] = [];
  #left: () => void = () => {};
  #closed = false;

  /**
   * Opens the service directory.
   * @param path of the directory, for this process; bytes where it is no UTF-8
   * @throws Refusal
   */
  constructor(name: string, path: string | Buffer, host: Host) {
    this.name = name;
    this.#host = host;
    try {
      this.#directory = openSync(path, O_PATH | O_DIRECTORY);
    } catch (error) {
      throw refusal(this.name, 'unable to change to directory', error);
    }
    this.#base = `/proc/self/fd/${this.#directory}`;
    this.#publisher = new Publisher(this.#base, (message) => this.warn(message), host.sparing !== undefined);
    try {
      statSync(`${this.#base}/.`);
    } catch (error) {
      this.close();
      throw refusal(this.name, 'unable to change to directory', error);
    }
  }

  /** A path by which the directory can be reached as long as it is open. */
  get base(): string {
    return this.#base;
  }

  get machine(): Machine | undefined {
    return this.#driver?.machine;
  }

  get pipe(): LogPipe | undefined {
    return this.#pipe;
  }

  /**
   * Makes `supervise`, takes the locks, opens the FIFOs, publishes and starts, in C's order. All of it happens at
   * once, unless the lock of the log service is held by another: then it waits for that without a word, as C does.
   * @param left called when the service has ended after `x` or TERM: C's runsv exits with 0 there
   * @param refused called when it turned out after waiting for the log's lock that the service can't be started
   * @param adopted processes to take over instead of starting them
   * @throws Refusal
   */
  begin(
    left: () => void,
    refused: (refusal: Refusal) => void,
    adopted: Partial<Record<SlotName, Adopted>> = {},
  ): void {
    this.#left = left;
    this.#adopted = adopted.main;
    const now = this.#now();
    const hasLog = this.#lookAtLog();
    let machine = newMachine(
      {
        main: this.#wantAtFirst('main', 'down'),
        log: hasLog ? this.#wantAtFirst('log', 'log/down') : undefined,
      },
      now,
    );
    for (const slot of ['main', 'log'] as const) {
      const process = adopted[slot];
      if (process !== undefined) machine = adopt(machine, slot, process);
    }
    // A process that is taken over costs a descriptor more until its end.
    if (this.#host.sparing === 'most') this.#sharesOk = ['main', 'log'];
    else if (this.#host.sparing && hasLog && adopted.main !== undefined) this.#sharesOk = ['log'];
    if (hasLog) {
      const pipe = this.#host.openLogPipe(this);
      if ('errno' in pipe) throw refusal(this.name, 'unable to create log pipe', pipe.errno);
      this.#pipe = pipe;
    }
    this.#makeFolder('supervise', this.#base);
    const lock = this.#openLock('supervise/lock');
    const errno = flock(lock);
    if (errno !== 0) throw refusal(this.name, 'unable to lock supervise/lock', errno);
    this.#keepLock(lock);
    if (!hasLog) {
      this.#open(machine);
      return;
    }
    this.#makeFolder('log/supervise', `${this.#base}/log`);
    const logLock = this.#openLock('log/supervise/lock');
    const attempt = (): boolean => {
      const held = flock(logLock);
      if (held === EAGAIN) return false;
      if (held !== 0) throw refusal(this.name, 'unable to lock log/supervise/lock', held);
      this.#keepLock(logLock);
      this.#open(machine);
      return true;
    };
    if (attempt()) return;
    const again = (): void => {
      if (this.#closed) return;
      try {
        if (!attempt()) this.#timer = setTimeout(again, LOCK_INTERVAL);
      } catch (error) {
        if (error instanceof Refusal) refused(error);
        else this.#broken(error);
      }
    };
    this.#timer = setTimeout(again, LOCK_INTERVAL);
  }

  #now(): Pick<Facts, 'wall' | 'monotonic'> {
    return { wall: this.#host.wallClock(), monotonic: this.#host.monotonicClock() };
  }

  #wantAtFirst(slot: SlotName, file: string): 'up' | 'down' {
    return this.#host.wanted?.(this, slot) ?? (existsSync(`${this.#base}/${file}`) ? 'down' : 'up');
  }

  /** SIGTERM to runsv. */
  term(): void {
    if (this.#driver !== undefined) this.#handle({ type: 'term' });
    else if (this.#host.leavesWaiting) {
      // Nothing is started yet; what was to be taken over is told, and gone with that.
      if (this.#adopted !== undefined)
        for (const signal of [SIGTERM, SIGCONT]) this.#host.signal(this.#adopted.pid, signal);
      this.#leave();
    } else this.#termBeforeBegin = true;
  }

  #leave(): void {
    this.close();
    this.#left();
  }

  #handle(event: MachineEvent, driver = this.#driver): void {
    try {
      driver?.handle(event);
    } catch (error) {
      this.#broken(error);
    }
  }

  #broken(error: unknown): void {
    if (this.#host.broken === undefined) throw error;
    this.#host.broken(this, error);
  }

  /** A process or hosted program of this service has ended. */
  ended(pid: number, waitStatus: number): void {
    if (!this.#closed) this.#handle({ type: 'exit', pid, waitStatus });
  }

  /** Lets go of everything; processes go on. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watch of this.#watches) watch.close();
    for (const release of this.#releases) release();
    for (const fd of [...this.#descriptors, this.#directory]) closeSync(fd);
    if (!this.#pipeClosed) this.#pipe?.close();
  }

  /** `runsv NAME: warning: MESSAGE` */
  warn(message: string): void {
    this.#host.say(`runsv ${this.name}: warning: ${message}\n`);
  }

  /** True with a log service. */
  #lookAtLog(): boolean {
    try {
      if (statSync(`${this.#base}/log`).isDirectory()) return true;
      this.warn('./log: not a directory.');
    } catch (error) {
      // The two colons are C's.
      if (errorCode(error) !== 'ENOENT')
        this.warn(`unable to stat() ./log: : ${errorText(errorCode(error))}`);
    }
    return false;
  }

  /** Makes a supervise directory, or the one that a dangling link points to. */
  #makeFolder(folder: string, from: string): void {
    try {
      mkdirSync(`${this.#base}/${folder}`, 0o700);
      return;
    } catch {
      // most often it is there
    }
    let target: Buffer;
    try {
      target = readlinkSync(`${this.#base}/${folder}`, 'buffer');
    } catch (error) {
      const code = errorCode(error);
      if (code === 'ENOENT' || code === 'EINVAL') return;
      throw refusal(this.name, `unable to readlink ./${folder}`, error);
    }
    if (target.length >= 256) throw refusal(this.name, `unable to readlink ./${folder}: name too long`);
    const absolute = target[0] === '/'.charCodeAt(0);
    try {
      mkdirSync(absolute ? target : Buffer.concat([Buffer.from(`${from}/`), target]), 0o700);
    } catch {
      // it is there, or the lock file will tell
    }
  }

  #openLock(file: string): number {
    const path = `${this.#base}/${file}`;
    const flags = O_NONBLOCK | O_APPEND | O_CREAT;
    try {
      if (this.#host.sparing) return this.#keep(openSync(path, O_RDWR | flags, 0o600));
    } catch {
      // It may be one that only can be written.
    }
    try {
      return this.#keep(openSync(path, O_WRONLY | flags, 0o600));
    } catch (error) {
      throw refusal(this.name, `unable to open ${file}`, error);
    }
  }

  /** Where descriptors are spared, a lock that was taken is kept by a mapping. */
  #keepLock(fd: number): void {
    const release = this.#host.sparing ? holdByMapping(fd) : undefined;
    if (release === undefined) return;
    this.#releases.push(release);
    this.#descriptors.splice(this.#descriptors.indexOf(fd), 1);
    closeSync(fd);
  }

  #keep(fd: number): number {
    this.#descriptors.push(fd);
    return fd;
  }

  /** FIFOs and first status of both slots, then the first turn. */
  #open(machine: Machine): void {
    const driver = new Driver(machine, this.#hands());
    const slots: SlotName[] = machine.log === undefined ? ['main'] : ['main', 'log'];
    for (const slot of slots) {
      this.#openControl(slot, driver);
      this.#publisher.publish(slot, statusOf(machine[slot] as Slot), false);
    }
    for (const slot of slots) {
      if (!this.#sharesOk.includes(slot) || !this.#shareOk(FOLDERS[slot]))
        this.#openOk(`${FOLDERS[slot]}/ok`);
    }
    this.#driver = driver;
    this.#handle({ type: 'begin' });
    if (this.#termBeforeBegin) this.#handle({ type: 'term' });
  }

  #openControl(slot: SlotName, driver: Driver): void {
    const file = `${FOLDERS[slot]}/control`;
    makeFifo(`${this.#base}/${file}`, 0o600);
    // For the log service, too, C looks at the FIFO of the main one.
    let isFifo: boolean;
    try {
      isFifo = statSync(`${this.#base}/supervise/control`).isFIFO();
    } catch (error) {
      throw refusal(this.name, `unable to stat ${file}`, error);
    }
    if (!isFifo) throw refusal(this.name, `${file} exists but is not a fifo`);
    let fd: number;
    try {
      fd = this.#keep(openSync(`${this.#base}/${file}`, O_RDWR | O_NONBLOCK));
    } catch (error) {
      throw refusal(this.name, `unable to open ${file}`, error);
    }
    // C would read a plain file in the place of the log's FIFO over and over; here it is left alone.
    if (!fstatSync(fd).isFIFO()) return;
    this.#watches.push(watchReadable(fd, () => this.#readControl(slot, fd, driver)));
  }

  /** One byte; while there are more, libuv comes back, after it has looked at everything else. */
  #readControl(slot: SlotName, fd: number, driver: Driver): void {
    let length: number;
    try {
      length = readSync(fd, this.#byte, 0, 1, null);
    } catch {
      return; // EAGAIN
    }
    if (length === 1) this.#handle({ type: 'control', slot, byte: this.#byte[0] as number }, driver);
  }

  /**
   * Makes `ok` another name of the FIFO `control`, which is open already: a client that tests whether a reader is
   * there finds the same. False where that can't be done.
   */
  #shareOk(folder: string): boolean {
    const [ok, control, fresh] = ['ok', 'control', 'ok.new'].map(
      (name) => `${this.#base}/${folder}/${name}`,
    ) as [string, string, string];
    try {
      const { ino } = statSync(control);
      if (statSync(ok, { throwIfNoEntry: false })?.ino === ino) return true;
      rmSync(fresh, { force: true });
      linkSync(control, fresh);
      renameSync(fresh, ok);
      return true;
    } catch {
      return false;
    }
  }

  #openOk(file: string): void {
    makeFifo(`${this.#base}/${file}`, 0o600);
    try {
      this.#keep(openSync(`${this.#base}/${file}`, O_RDONLY | O_NONBLOCK));
    } catch (error) {
      throw refusal(this.name, `unable to read ${file}`, error);
    }
  }

  /** What the machine has done, and asks. */
  #hands(): Hands {
    const host = this.#host;
    return {
      facts: () => readFacts(this.#base, this.#now()),
      publish: ({ slot, status, pidChanged }) => this.#publisher.publish(slot, status, pidChanged),
      spawn: (slot, program) => this.#spawn(slot, program),
      signal: (slot, pid, signal) => {
        if (host.deliver?.(this, slot, signal) !== true) host.signal(pid, signal);
      },
      wake: (at) => {
        clearTimeout(this.#timer);
        const delay = Math.max(0, Math.ceil(at - host.monotonicClock()));
        this.#timer = setTimeout(() => this.#handle({ type: 'timer' }), delay);
      },
      warn: (message) => this.warn(message),
      history: ({ slot, ending }) => this.#publisher.history(slot, ending),
      closeLogPipe: () => {
        for (const [index, error] of (this.#pipe?.close() ?? []).entries())
          this.warn(`unable to close logpipe[${1 - index}]: ${errorText(error)}`);
        this.#pipeClosed = true;
      },
      listen: (listening) => {
        for (const watch of this.#watches) {
          if (listening) watch.resume();
          else watch.pause();
        }
      },
      leave: () => this.#leave(),
    };
  }

  #spawn(slot: SlotName, program: Program): SpawnResult {
    const host = this.#host;
    const launched = host.launch?.(this, slot, program);
    if (launched !== undefined) return { type: 'spawned', pid: launched.pid };
    const tells = program.kind !== 'control';
    if (tells) host.starting?.(this, slot, program);
    const origin: Origin = {
      host,
      name: this.name,
      directory: this.#directory,
      base: this.#base,
      pipe: this.#pipeClosed ? 'closed' : this.#pipe,
      warn: (message) => this.warn(message),
    };
    const result = slot === 'log' ? spawnLog(origin) : spawnMain(origin, program);
    if ('pid' in result) {
      const { pid } = result;
      if (tells) host.started?.(this, slot, program, pid);
      host.onEnd(pid, (waitStatus) => this.ended(pid, waitStatus));
      return { type: 'spawned', pid };
    }
    return { type: 'spawnFailed', error: result.errno };
  }
}
