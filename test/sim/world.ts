/**
 * A world in memory around the real machine and the real driver of one service: clock, processes, FIFOs, files and
 * pipe are simulated, and everything that chance decides comes from one seed. The world checks what must always
 * hold while it goes on, and throws an error that names the seed.
 */
import type { Effect, Facts, Program } from '../../src/supervisor/core/events.ts';
import { adopt, newMachine } from '../../src/supervisor/core/machine.ts';
import type { SlotName } from '../../src/supervisor/core/slot.ts';
import { decodeStatus, encodeStatus } from '../../src/supervisor/core/status.ts';
import { instantOfMilliseconds } from '../../src/supervisor/core/tai.ts';
import { Driver, type Hands, type SpawnResult } from '../../src/supervisor/driver.ts';
import { type Random, randomOf } from './random.ts';

const KILL = 9;
const TERM = 15;
const CONT = 18;
const STOP = 19;
/** Signals that end a process that does not handle them. */
const DEADLY = [1, 2, 3, 10, 12, 14];

interface Process {
  readonly pid: number;
  readonly slot: SlotName;
  readonly program: Program;
  readonly startedAt: number;
  /** TERM and the like do nothing. */
  readonly stubborn: boolean;
  stopped: boolean;
  /** Signals that wait for CONT. */
  pending: number[];
  /** Set when it has ended and is not waited for yet. */
  waitStatus: number | undefined;
}

interface Scheduled {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** What the files of the service directory say in this world. */
export interface Plan {
  readonly log: boolean;
  readonly down: boolean;
  readonly finish: boolean;
  /** Letters of the executable control/X, and their exit codes. */
  readonly control: ReadonlyMap<string, number>;
  readonly backoff: number | undefined;
}

export class World {
  readonly seed: number;
  readonly plan: Plan;
  /** Events that the driver has taken. */
  steps = 0;
  left = false;
  now = 0;
  readonly #random: Random;
  readonly #driver: Driver;
  #queue: Scheduled[] = [];
  #order = 0;
  #nextPid = 100;
  readonly #processes = new Map<number, Process>();
  readonly #slotOfPid = new Map<number, SlotName>();
  #fifo: Record<SlotName, number[]> = { main: [], log: [] };
  #listening = true;
  #alarm = 0;
  #pipeOpen: boolean;
  #childSignal = false;
  #term = false;
  /** For the checks: when each slot was started last, and since when `k` may have mixed things up. */
  readonly #lastStart: Partial<Record<SlotName, number>> = {};
  readonly #killed: Record<SlotName, boolean> = { main: false, log: false };
  readonly #lastRunStatus: { waitStatus: number | undefined } = { waitStatus: undefined };
  /** Letters that this world sends. */
  readonly #letters: string;

  constructor(seed: number, letters = 'uduudoxtkpcahiq12dutu?') {
    this.seed = seed;
    this.#letters = letters;
    const random = randomOf(seed);
    this.#random = random;
    this.plan = {
      log: random.chance(0.5),
      down: random.chance(0.2),
      finish: random.chance(0.4),
      control: new Map(
        'utdxkpcahiq12'
          .split('')
          .filter(() => random.chance(0.15))
          .map((letter) => [letter, random.pick([0, 0, 1, 100])]),
      ),
      backoff: random.chance(0.15) ? random.pick([1, 4, 30]) : undefined,
    };
    this.#pipeOpen = this.plan.log;
    const facts = this.#facts();
    let machine = newMachine(
      {
        main: this.plan.down ? 'down' : 'up',
        log: this.plan.log ? random.pick(['up', 'up', 'down']) : undefined,
      },
      facts,
    );
    if (random.chance(0.1)) {
      const process = this.#newProcess('main', { kind: 'run' }, -random.below(5000));
      machine = adopt(machine, 'main', {
        pid: process.pid,
        since: facts.wall,
        sinceMonotonic: process.startedAt,
        state: 'run',
        want: 'up',
        paused: false,
        gotTerm: false,
      });
      this.#lastStart.main = process.startedAt;
    }
    this.#driver = new Driver(machine, this.#hands());
  }

  /** Goes on until the driver has taken so many events, or runsv has left; then until all is quiet. */
  run(events: number): void {
    this.#handle({ type: 'begin' });
    while (this.steps < events && !this.left) {
      this.#disturb();
      this.#advance(this.now + this.#random.pick([0, 1, 20, 300, 1100, 3000]));
    }
    this.#settle();
  }

  /** No more orders from outside and no more failures: in the end everything is as it is wanted. */
  #settle(): void {
    this.#quiet = true;
    this.#advance(this.now + 100_000);
    if (this.left) {
      this.#checkNothingLeft();
      return;
    }
    // `u` after `x`, while the logger was waited for: as in C, nothing can be started without the pipe any more.
    if (!this.plan.log || this.#pipeOpen) this.#checkQuiet();
    this.#checkLeaving();
  }

  #checkQuiet(): void {
    const { machine } = this.#driver;
    const waits =
      this.#fifo.main.length + this.#fifo.log.length + machine.exits.length + machine.agenda.length;
    if (waits > 0 || machine.term) this.#fail('something still waits although all is quiet');
    for (const name of ['main', 'log'] as const) {
      const slot = machine[name];
      if (slot === undefined) continue;
      if (slot.want === 'up' && slot.pid === 0) this.#fail(`${name} is wanted up and has no process`);
      if (slot.state === 'finish' && slot.pid === 0) this.#fail(`${name} is in finish without ./finish`);
    }
  }

  #checkLeaving(): void {
    // Then runsv is told to go. Whoever does not obey, or is stopped, is killed from outside.
    this.#handle({ type: 'term' });
    this.#advance(this.now + 60_000);
    for (const process of this.#processes.values()) {
      const held = process.slot === 'main' && this.plan.control.get('t') === 0;
      if (process.stubborn || process.stopped || held) this.#end(process, KILL);
    }
    this.#advance(this.now + 60_000);
    if (!this.left) this.#fail('runsv does not leave on TERM although all processes obey');
    this.#checkNothingLeft();
  }

  #quiet = false;

  #disturb(): void {
    const random = this.#random;
    for (let count = random.below(4); count > 0; count--) {
      const what = random.next();
      if (what < 0.6) {
        const slot: SlotName = this.plan.log && random.chance(0.3) ? 'log' : 'main';
        this.#fifo[slot].push(random.pick([...this.#letters]).charCodeAt(0));
      } else if (what < 0.95) {
        const alive = [...this.#processes.values()].filter((process) => process.waitStatus === undefined);
        if (alive.length > 0)
          this.#end(random.pick(alive), random.pick([0, 0, 256, 111 << 8, 9, 11 | 128, 15]));
      } else if (random.chance(0.1)) this.#term = true;
    }
  }

  /** What happens until a moment: alarms, deaths, and whatever waits for the driver. */
  #advance(until: number): void {
    this.#deliver();
    for (;;) {
      const next = this.#queue.reduce<Scheduled | undefined>(
        (first, entry) =>
          first === undefined || entry.at < first.at || (entry.at === first.at && entry.order < first.order)
            ? entry
            : first,
        undefined,
      );
      if (next === undefined || next.at > until || this.left) break;
      this.#queue = this.#queue.filter((entry) => entry !== next);
      this.now = Math.max(this.now, next.at);
      next.run();
      this.#deliver();
    }
    this.now = until;
  }

  #at(at: number, run: () => void): void {
    this.#queue.push({ at, order: this.#order++, run });
  }

  /** Endings, bytes and TERM reach the driver in any order. */
  #deliver(): void {
    for (;;) {
      if (this.left) return;
      const ready: (() => void)[] = [];
      if (this.#childSignal) ready.push(() => this.#reap());
      if (this.#term) {
        ready.push(() => {
          this.#term = false;
          this.#handle({ type: 'term' });
        });
      }
      for (const slot of ['main', 'log'] as const) {
        if (this.#listening && this.#fifo[slot].length > 0) {
          ready.push(() => {
            const byte = this.#fifo[slot].shift() as number;
            if (byte === 'k'.charCodeAt(0)) this.#killed[slot] = true;
            this.#handle({ type: 'control', slot, byte });
          });
        }
      }
      if (ready.length === 0) return;
      this.#random.pick(ready)();
    }
  }

  #reap(): void {
    this.#childSignal = false;
    for (const process of [...this.#processes.values()]) {
      if (process.waitStatus === undefined) continue;
      this.#processes.delete(process.pid);
      if (process.slot === 'main' && process.program.kind === 'run')
        this.#lastRunStatus.waitStatus = process.waitStatus;
      else if (process.slot === 'main' && process.program.kind === 'finish' && this.#killed.main)
        // After `k` C runs ./finish once more, with how ./finish itself ended.
        this.#lastRunStatus.waitStatus = process.waitStatus;
      this.#handle({ type: 'exit', pid: process.pid, waitStatus: process.waitStatus });
    }
  }

  #handle(event: Parameters<Driver['handle']>[0]): void {
    if (this.left) return;
    this.steps++;
    this.#driver.handle(event);
    const { machine } = this.#driver;
    if (machine.blockedOn?.on === 'spawn')
      this.#fail('the machine waits for a spawn after the driver is done');
    if (machine.blockedOn === undefined && !machine.left) {
      const waits =
        machine.agenda.length + machine.exits.length + machine.bytes.main.length + machine.bytes.log.length;
      if (waits > 0 || machine.term) this.#fail('something waits in a machine that is not blocked');
    }
    if (machine.blockedOn?.on === 'time' && machine.blockedOn.until > this.now + 5000)
      this.#fail('blocked for more than five seconds');
  }

  #newProcess(slot: SlotName, program: Program, startedAt = this.now): Process {
    const process: Process = {
      pid: this.#nextPid++,
      slot,
      program,
      startedAt,
      stubborn: !this.#quiet && this.#random.chance(0.2),
      stopped: false,
      pending: [],
      waitStatus: undefined,
    };
    this.#processes.set(process.pid, process);
    this.#slotOfPid.set(process.pid, slot);
    return process;
  }

  #end(process: Process, waitStatus: number): void {
    if (process.waitStatus !== undefined) return;
    process.waitStatus = waitStatus;
    this.#childSignal = true;
  }

  #kill(pid: number, signal: number): void {
    const process = this.#processes.get(pid);
    if (process === undefined) this.#fail(`signal ${signal} to ${pid}, which is no process of this service`);
    if (process === undefined || process.waitStatus !== undefined) return;
    if (signal === KILL) this.#end(process, KILL);
    else if (signal === STOP) process.stopped = true;
    else if (signal === CONT) {
      process.stopped = false;
      for (const waiting of process.pending.splice(0)) this.#kill(pid, waiting);
      if (process.slot === 'log' && !this.#pipeOpen) this.#at(this.now + 1, () => this.#end(process, 0));
    } else if (process.stopped) process.pending.push(signal);
    else if ((signal === TERM || DEADLY.includes(signal)) && !process.stubborn)
      this.#at(this.now + this.#random.pick([0, 0, 5, 50, 1500]), () => this.#end(process, signal));
  }

  #facts(): Facts {
    const { plan } = this;
    return {
      wall: instantOfMilliseconds(1_700_000_000_000 + this.now),
      monotonic: this.now,
      finishOpens: () => plan.finish,
      controlProgram: (letter) => {
        if (plan.control.has(letter)) return 'runs';
        return !this.#quiet && this.#random.chance(0.01) ? { error: 'EACCES' } : 'absent';
      },
      backoff: () => plan.backoff,
    };
  }

  #hands(): Hands {
    return {
      facts: () => this.#facts(),
      publish: (effect) => this.#publish(effect),
      spawn: (slot, program) => this.#spawn(slot, program),
      signal: (_slot, pid, signal) => this.#kill(pid, signal),
      wake: (at) => {
        const alarm = ++this.#alarm;
        // As a real timer, it may come a little early or late.
        this.#at(Math.max(this.now, at + this.#random.pick([0, 0, 0, -1, 2])), () => {
          if (alarm === this.#alarm) this.#handle({ type: 'timer' });
        });
      },
      warn: () => {},
      history: ({ ending }) => {
        if (!(ending.lifetime >= 0)) this.#fail(`a lifetime of ${ending.lifetime}`);
      },
      closeLogPipe: () => {
        this.#pipeOpen = false;
        for (const process of this.#processes.values())
          if (process.slot === 'log' && !process.stopped) this.#at(this.now + 1, () => this.#end(process, 0));
      },
      listen: (listening) => {
        this.#listening = listening;
      },
      leave: () => {
        this.left = true;
      },
    };
  }

  #publish({ slot, status }: Extract<Effect, { type: 'publish' }>): void {
    const decoded = decodeStatus(encodeStatus(status));
    const expected = { ...status, want: status.want === 'up' ? 'up' : 'down' };
    if (JSON.stringify(decoded) !== JSON.stringify(expected))
      this.#fail(`a status that does not come back: ${JSON.stringify(status)}`);
    // While runsv is blocked, the process may be gone already.
    if (status.pid !== 0 && this.#slotOfPid.get(status.pid) !== slot)
      this.#fail(`status of ${slot} names ${status.pid}, which is no process of it`);
    if (status.state === 'run' && status.pid === 0) this.#fail('state run without a process');
  }

  #spawn(slot: SlotName, program: Program): SpawnResult {
    if (!this.#quiet && this.#random.chance(0.02)) return { type: 'spawnFailed', error: 'EAGAIN' };
    const others = [...this.#processes.values()].filter(
      (process) => process.slot === slot && process.waitStatus === undefined,
    );
    if (program.kind !== 'control') {
      if (others.length > 0)
        this.#fail(`./${program.kind} of ${slot} is started while ${others[0]?.pid} still runs`);
    } else if (others.some((process) => process.program.kind === 'control'))
      this.#fail('two control programs at once');
    if (slot === 'log' && program.kind !== 'run') this.#fail(`the log service has no ${program.kind}`);
    if (program.kind === 'run') this.#checkStart(slot);
    if (program.kind === 'finish') this.#checkFinish(program.args);
    const process = this.#newProcess(slot, program);
    if (program.kind === 'control') {
      const code = this.plan.control.get(program.letter) ?? 0;
      this.#at(this.now + this.#random.pick([0, 10, 2500]), () => this.#end(process, code << 8));
    } else if (program.kind === 'finish') {
      this.#at(this.now + this.#random.pick([0, 10, 2500]), () => this.#end(process, 0));
    } else if (this.plan.log && !this.#pipeOpen) this.#at(this.now, () => this.#end(process, 111 << 8));
    else if (!this.#quiet && this.#random.chance(0.5))
      this.#at(this.now + this.#random.pick([0, 30, 900, 1000, 4000]), () =>
        this.#end(process, this.#random.pick([0, 256, 9])),
      );
    return { type: 'spawned', pid: process.pid };
  }

  #checkStart(slot: SlotName): void {
    const last = this.#lastStart[slot];
    // `k` between ./run and ./finish makes C skip both ./finish and the pause.
    if (last !== undefined && this.now - last < 1000 && !this.#killed[slot])
      this.#fail(`${slot} is started ${this.now - last} ms after its last start`);
    this.#lastStart[slot] = this.now;
    this.#killed[slot] = false;
  }

  #checkFinish([code, status]: readonly [string, string]): void {
    const { waitStatus } = this.#lastRunStatus;
    if (waitStatus === undefined) this.#fail('./finish is started though ./run has never ended');
    const expected = [
      (waitStatus as number) & 127 ? '-1' : String((waitStatus as number) >> 8),
      String((waitStatus as number) & 255),
    ];
    if (code !== expected[0] || status !== expected[1])
      this.#fail(`./finish gets ${code} ${status}, and not ${expected.join(' ')}`);
  }

  #checkNothingLeft(): void {
    const left = [...this.#processes.values()].filter(
      (process) => process.waitStatus === undefined && process.program.kind !== 'control',
    );
    // After `k` (whose signal control/k may have held back) C leaves at once; a logger is waited for in any case.
    const wrong = left.filter((process) => process.slot === 'log' || !this.#killed.main);
    if (wrong.length > 0) this.#fail(`process ${wrong[0]?.pid} of ${wrong[0]?.slot} is left behind`);
  }

  #fail(what: string): never {
    const { machine } = this.#driver ?? {};
    throw new Error(
      `${what}\nseed ${this.seed}, after ${this.steps} events, at ${this.now} ms\n` +
        `${JSON.stringify({ plan: { ...this.plan, control: [...this.plan.control] }, machine })}\n` +
        `again: HOMERUN_SIM_SEED=${this.seed} npx vitest run test/sim/runsv.test.ts`,
    );
  }
}
