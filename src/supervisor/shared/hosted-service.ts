/**
 * One service in the shared supervisor: runsv's Service, and around it what only the shared mode has: the hosted
 * logger, the notes by which the next supervisor finds its processes, and the taking over of those of the last one.
 */
import { fstatSync, readlinkSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Children } from '../children.ts';
import type { Program } from '../core/events.ts';
import { errorText } from '../core/messages.ts';
import type { SlotName } from '../core/slot.ts';
import { monotonicClock } from '../native/clock.ts';
import { type LogPipe, openKeptPipe } from '../native/pipe.ts';
import type { Common } from '../native/spawn.ts';
import { sendSignal } from '../native/wait.ts';
import { readWallClock } from '../native/wallclock.ts';
import { Service } from '../service.ts';
import { type Host, Refusal } from '../service-host.ts';
import type { LoggerEnd, LoggerHandle, LoggerHost, LoggerSignal } from '../svlogd/host.ts';
import { findPipe, type Left, readLeft, superviseOf } from './adoption.ts';
import { type Note, removeNote, writeNote } from './note.ts';
import { UNKNOWN_STATUS, type WatchedProcess, watchProcess } from './pidfd.ts';
import { type LoggerPlan, planLogger } from './plan-logger.ts';
import { hidesDescriptors, type ProcessFacts, processFacts, TICKS } from './process-identity.ts';

const SIGKILL = 9;
const SIGHUP = 1;
const SIGALRM = 14;
const SIGTERM = 15;
const SIGCONT = 18;
const SIGSTOP = 19;
const EXEC_FAILED = 111;

/**
 * Descriptors that a service with its log takes at most: the directory, the pipe, two of the log directory, and two
 * FIFOs for each slot. Where the limit is tight the two are one, and a daemon that is taken over is looked at every second
 * (pidfd.ts).
 */
export const DESCRIPTORS_EACH = { usual: 8, short: 6 };

/** What all services share. */
export interface Pool {
  readonly common: Common;
  readonly blocked: bigint;
  readonly sessions: boolean;
  readonly children: Children;
  readonly loggers: LoggerHost;
  /** Of this run of the machine. */
  readonly boot: string;
  /** PATH of the environment. */
  readonly path: string | undefined;
  /** The limit of open files is tight: services that begin take as few as can be. */
  isShort: boolean;
  /** Writes to stderr, newline included. */
  say(text: string): void;
  warn(what: string): void;
  /** The service has ended as it was told, or can't go on: its runsv would have exited. */
  gone(service: HostedService, how: 'left' | 'refused' | 'broken'): void;
}

export class HostedService {
  readonly name: string;
  readonly id: string;
  readonly #pool: Pool;
  readonly #path: Buffer;
  #service: Service | undefined;
  /** Where the directory really is; one character a byte. */
  #home = '';
  #leaves = false;
  #isSparing = false;
  readonly #watched = new Map<number, WatchedProcess>();
  readonly #notes: Partial<Record<SlotName, Note>> = {};
  /** The pipe, and its inode. */
  #pipe: (LogPipe & { readonly fd: number }) | undefined;
  #pipeInode = '0';
  #closeWanted = false;
  #logger: HostedLog | undefined;
  /** A directory of the log could not be made, or is not there: the next time log/run is a process, as a shell goes on. */
  #asProcess = false;

  constructor(pool: Pool, id: string, name: string, path: Buffer) {
    this.#pool = pool;
    this.id = id;
    this.name = name;
    this.#path = path;
  }

  /** Since its last beginning it takes as few descriptors as can be. */
  get isSparing(): boolean {
    return this.#isSparing;
  }

  /** It is taken care of. */
  get running(): boolean {
    return this.#service !== undefined;
  }

  get machine() {
    return this.#service?.machine;
  }

  /** Whether a supervisor before this one left a process of it running. */
  hasLeftProcess(): boolean {
    const base = this.#path.toString('latin1');
    const now = monotonicClock();
    return (['main', 'log'] as const).some(
      (slot) => readLeft(base, slot, this.#pool.boot, now).adopted !== undefined,
    );
  }

  /** Begins, or says why not. Processes that a supervisor before this one left running are taken over. */
  begin(): void {
    const pool = this.#pool;
    this.#isSparing = pool.isShort;
    let service: Service | undefined;
    try {
      let lefts: Record<SlotName, Left> | undefined;
      service = new Service(
        this.name,
        this.#path,
        this.#host(() => lefts),
      );
      const { base } = service;
      this.#home = readlinkSync(base, 'latin1' as 'utf8');
      const now = monotonicClock();
      lefts = { main: readLeft(base, 'main', pool.boot, now), log: readLeft(base, 'log', pool.boot, now) };
      this.#service = service;
      for (const slot of ['main', 'log'] as const) {
        const { note, facts, adopted } = lefts[slot];
        // Written anew with the pid if that was not known.
        if (note !== undefined) this.#notes[slot] = note;
        if (facts !== undefined && adopted !== undefined)
          this.#note(slot, { phase: adopted.state, pid: facts.pid, startTime: facts.startTime });
      }
      for (const slot of ['main', 'log'] as const) {
        const { facts, adopted } = lefts[slot];
        if (facts !== undefined && adopted !== undefined) this.#watch(service, facts);
      }
      service.begin(
        () => this.#end('left'),
        (refusal) => this.#refuse(refusal),
        {
          ...(lefts.main.adopted && { main: lefts.main.adopted }),
          ...(lefts.log.adopted && { log: lefts.log.adopted }),
        },
      );
      this.#replaceHiding(service, lefts.main);
      if (this.#leaves) service.term();
    } catch (error) {
      if (error instanceof Refusal) this.#refuse(error, service);
      else this.#break(error);
    }
  }

  /** As TERM to runsv: the service is brought down and left. */
  term(): void {
    this.#leaves = true;
    for (const slot of ['main', 'log'] as const) if (this.#notes[slot] !== undefined) this.#note(slot, {});
    this.#service?.term();
  }

  #refuse(refusal: Refusal, service = this.#service): void {
    this.#pool.say(`${refusal.message}\n`);
    service?.close();
    this.#end('refused');
  }

  #break(error: unknown): void {
    const what = error instanceof Error ? error.message : String(error);
    this.#pool.warn(`${this.name} is set aside: ${what}`);
    try {
      this.#service?.close();
    } catch {
      // It is broken.
    }
    this.#end('broken');
  }

  #end(how: 'left' | 'refused' | 'broken'): void {
    if (how === 'left') {
      for (const slot of ['main', 'log'] as const) {
        if (this.#notes[slot] !== undefined) removeNote(superviseOf(this.#home, slot));
      }
    }
    this.#service = undefined;
    for (const watched of this.#watched.values()) watched.close();
    this.#watched.clear();
    const pipe = this.#pipe;
    if (this.#logger !== undefined) this.#logger.drop(() => pipe?.close());
    this.#pool.gone(this, how);
  }

  /** The process may have ended between the look at it and this. */
  #watch(service: Service, { pid, startTime }: ProcessFacts): void {
    const ended = (waitStatus: number): void => {
      this.#watched.delete(pid);
      service.ended(pid, waitStatus);
    };
    const watched = watchProcess(pid, startTime, ended, this.#isSparing);
    if (watched !== undefined) this.#watched.set(pid, watched);
    else setImmediate(ended, UNKNOWN_STATUS);
  }

  /**
   * A daemon that hides its descriptors holds the only end of its pipe, and nobody else can open that: it would write
   * into it until it is full, and then wait without an end. So it begins anew with the new pipe.
   */
  #replaceHiding(service: Service, { note, adopted }: Left): void {
    if (note === undefined || adopted?.state !== 'run' || this.#pipe === undefined) return;
    if (note.pipe === '0' || note.pipe === this.#pipeInode || !hidesDescriptors(adopted.pid)) return;
    const restarts = adopted.want === 'up';
    service.warn(
      `pid ${adopted.pid} hides its descriptors, its log pipe is lost: ${restarts ? 'restarting it' : 'restart it'}`,
    );
    if (restarts) this.#watched.get(adopted.pid)?.signal(SIGTERM);
  }

  #host(lefts: () => Record<SlotName, Left> | undefined): Host {
    const pool = this.#pool;
    return {
      common: pool.common,
      blocked: pool.blocked,
      session: pool.sessions,
      sparing: this.#isSparing ? 'most' : 'some',
      wallClock: readWallClock,
      monotonicClock,
      say: (text) => pool.say(text),
      onEnd: (pid, ended) => pool.children.onEnd(pid, ended),
      signal: (pid, signal) => void (this.#watched.get(pid)?.signal(signal) ?? sendSignal(pid, signal)),
      openLogPipe: () => this.#openPipe(lefts()),
      launch: (service, slot, program) => this.#launch(service, slot, program),
      deliver: (_, slot, signal) => slot === 'log' && this.#logger?.signal(signal) === true,
      starting: (_, slot, program) =>
        this.#note(slot, {
          phase: program.kind === 'finish' ? 'finishing' : 'starting',
          pid: 0,
          startTime: String(Math.floor(uptime() * TICKS)),
        }),
      started: (_, slot, program, pid) =>
        this.#note(slot, {
          phase: program.kind === 'finish' ? 'finish' : 'run',
          pid,
          startTime: processFacts(pid)?.startTime ?? '0',
        }),
      wanted: (_, slot) => this.#wanted(slot, lefts()),
      leavesWaiting: true,
      broken: (_, error) => this.#break(error),
    };
  }

  /** What was wanted under the last supervisor goes on to be, unless that one was ending it. */
  #wanted(slot: SlotName, lefts: Record<SlotName, Left> | undefined): 'up' | 'down' | undefined {
    return lefts?.[slot].want;
  }

  #note(slot: SlotName, change: Partial<Note>): void {
    const before = this.#notes[slot];
    const note: Note = {
      boot: this.#pool.boot,
      phase: 'run',
      pid: 0,
      startTime: '0',
      ...before,
      ...change,
      pipe: this.#pipeInode === '0' ? (before?.pipe ?? '0') : this.#pipeInode,
      leaves: this.#leaves,
    };
    this.#notes[slot] = note;
    const service = this.#service;
    if (service !== undefined) writeNote(superviseOf(service.base, slot), note);
  }

  #openPipe(lefts: Record<SlotName, Left> | undefined): LogPipe | { readonly errno: number } {
    let pipe: ReturnType<typeof openKeptPipe> | undefined;
    const from = lefts === undefined ? undefined : findPipe(lefts);
    if (from !== undefined) {
      try {
        pipe = openKeptPipe(from);
      } catch {
        // It went away meanwhile.
      }
    }
    pipe ??= openKeptPipe();
    if ('errno' in pipe) return pipe;
    this.#pipe = pipe;
    this.#pipeInode = String(fstatSync(pipe.fd, { bigint: true }).ino);
    const { write, withReader } = pipe;
    return {
      write,
      withReader,
      close: () => {
        if (this.#closeWanted) return ['EBADF', 'EBADF'];
        this.#closeWanted = true;
        // A hosted logger takes what is left in it first.
        if (this.#logger === undefined) return pipe.close();
        this.#logger.endOfInput();
        return [];
      },
    };
  }

  #launch(service: Service, slot: SlotName, program: Program): { readonly pid: number } | undefined {
    if (slot !== 'log' || program.kind !== 'run' || this.#pipe === undefined) return undefined;
    const asProcess = this.#asProcess;
    this.#asProcess = false;
    if (asProcess) return undefined;
    const folder = `${service.base}/log`;
    const plan = planLogger(folder, this.#pool.path);
    if (plan === undefined) return undefined;
    // No process to take over; but that there was a logger tells the next supervisor to keep what was wanted.
    this.#note('log', { phase: 'run', pid: 0, startTime: '0' });
    const pipe = this.#pipe;
    const log = new HostedLog(this.#pool.loggers, plan, pipe.fd, (waitStatus, problem) => {
      if (this.#logger === log) this.#logger = undefined;
      if (this.#closeWanted) pipe.close();
      if (problem !== undefined) {
        this.#pool.say(`runsv ${this.name}: warning: ${problem}\n`);
        this.#asProcess = true;
      }
      service.ended(process.pid, waitStatus);
    });
    this.#logger = log;
    log.start();
    return { pid: process.pid };
  }
}

/** A logger in the loggers' thread, as a process of the log service would be: signals in, a wait status out. */
class HostedLog {
  readonly #host: LoggerHost;
  readonly #plan: LoggerPlan;
  readonly #input: number;
  readonly #ended: (waitStatus: number, problem?: string) => void;
  #handle: LoggerHandle | undefined;
  #killedBy = SIGKILL;
  #over = false;
  #dropped: (() => void) | undefined;

  constructor(
    host: LoggerHost,
    plan: LoggerPlan,
    input: number,
    ended: (waitStatus: number, problem?: string) => void,
  ) {
    this.#host = host;
    this.#plan = plan;
    this.#input = input;
    this.#ended = ended;
  }

  start(): void {
    const { args, cwd, before, stderr } = this.#plan;
    this.#handle = this.#host.add({ args, cwd, before, input: this.#input, stderr }, (end) =>
      this.#hear(end),
    );
  }

  #hear(end: LoggerEnd): void {
    if (this.#dropped !== undefined) {
      this.#dropped();
      return;
    }
    if ('code' in end) this.#finish(end.code << 8);
    else if ('signal' in end) this.#finish(this.#killedBy);
    else if ('failed' in end) {
      const { step, name } = end.failed;
      this.#finish(EXEC_FAILED << 8, `log/run: unable to ${step} ${name}: ${errorText(end.error)}`);
    } else this.#finish(EXEC_FAILED << 8, `the hosted logger failed: ${end.fault}`);
  }

  #finish(waitStatus: number, problem?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended(waitStatus, problem);
  }

  #send(signal: LoggerSignal): void {
    this.#handle?.signal(signal);
  }

  endOfInput(): void {
    this.#send('end');
  }

  /** Ends it without a word of how; `then` is called when nothing reads from the pipe any more. */
  drop(then: () => void): void {
    this.#over = true;
    this.#dropped = then;
    this.#send('KILL');
  }

  /** True: taken. Signals that svlogd does not catch end it. */
  signal(signal: number): true {
    const name = SIGNALS.get(signal);
    if (name === undefined) this.#killedBy = signal;
    this.#send(name ?? 'KILL');
    return true;
  }
}

const SIGNALS = new Map<number, LoggerSignal>([
  [SIGTERM, 'TERM'],
  [SIGALRM, 'ALRM'],
  [SIGHUP, 'HUP'],
  [SIGSTOP, 'STOP'],
  [SIGCONT, 'CONT'],
  [SIGKILL, 'KILL'],
]);
