/**
 * All decisions of runsv, as a function of data: `step(machine, event, facts)` gives the next machine and what is
 * to be done in the world. The same machine runs alone in `runsv` and many times in `runsvdir --shared`.
 *
 * **Slots.** A service directory has one or two of them: `main` (./run, ./finish, control/*) and `log` (log/./run;
 * no finish, no control/*). Each has a *state* (what is: `down`, `run`, `finish`) and a *want* (what is to be: `up`,
 * `down`, `exit`). A slot whose process is gone and whose want is `up` is started; so is a `main` in state `finish`.
 *
 * **Turns.** Whatever happens is taken in turns, in the order of C's loop: all endings that are known; one control
 * byte of `main`, one of `log`; TERM, which is `x`; leave, if that is wanted and `main` is down; start the log, start
 * the service. What a turn still has to do is the *agenda*, a list of small records, so that a turn can stop in the
 * middle and go on later.
 *
 * **What blocks.** C blocks in three places, and while it does it takes neither bytes nor endings nor TERM. Here it
 * is `blockedOn` that says so, and everything that comes meanwhile waits in the machine:
 * - `control`: until the program control/X has ended. Its exit code 0 says that it did the work of the signal (as
 *   does, by a slip of C that scripts may lean on, its death by a signal).
 * - `time`: one second after a slot ended that had been started less than a second before; five seconds after a
 *   failed fork.
 * - `spawn` is the moment in which the driver starts a process and comes back with its pid.
 *
 * **Letters.** What each byte does is one record in control.ts. `k` is odd in C and so it is here: the state becomes
 * down at once though the process may still be there, and nothing is published.
 *
 * **Where C is not followed.** After `k`, C starts a second process on `u` while the first is not gone yet (and, when
 * control/k suppressed the signal, has two of them for good). Here the first is sent TERM as in C, and the second
 * starts when the first has ended.
 *
 * **Slowing down** (homerun's own, off without a file `backoff` in the directory of the slot): the number of seconds
 * in that file is the longest pause. Each time the slot ends by itself within a minute, the pause before its next
 * start doubles, from one second on. Only the first second of it blocks; after it `u`, `d` and `x` work at once.
 */
import { type ControlRecord, controlOf, SIGNAL_NUMBERS } from './control.ts';
import { type Ending, outcomeOf } from './history.ts';
import { errorText, type SystemError } from './messages.ts';
import type { State, Status, Want } from './status.ts';
import type { Instant } from './tai.ts';

export type SlotName = 'main' | 'log';

/** One second after the start of a process that has ended is what C waits for, and how long it waits. Milliseconds. */
export const QUICK_EXIT = 1000;
export const FORK_PAUSE = 5000;
/** A life of so many milliseconds ends a crash loop, for `backoff`. */
export const HEALTHY_LIFE = 60_000;

export interface Slot {
  readonly state: State;
  readonly want: Want;
  readonly paused: boolean;
  readonly gotTerm: boolean;
  /** The process of the slot; 0 when there is none. */
  readonly pid: number;
  /** Which program that process is, or was. */
  readonly program: 'run' | 'finish';
  /** When the service was last started or stopped, wall clock, for `status`. */
  readonly since: Instant;
  /** The same by the monotonic clock, milliseconds. */
  readonly sinceMonotonic: number;
  /** When the process was started, monotonic. */
  readonly processSince: number;
  /** How ./run ended, for ./finish. */
  readonly waitStatus: number;
  /** Somebody asked runsv to end the process (TERM, KILL, or control/t or /k in their place). */
  readonly asked: boolean;
  /** Start it as soon as the process is gone, although the want is down: `o` after `k`. */
  readonly onceMore: boolean;
  /** Seconds of the last pause that `backoff` made; 0: none since the last healthy life. */
  readonly lastPause: number;
  /** No start of its own before this moment, monotonic. */
  readonly notBefore: number;
}

/** A small step of a turn that is not done yet. */
type Task =
  | { readonly task: 'reap' }
  | { readonly task: 'byte'; readonly slot: SlotName }
  | { readonly task: 'term' }
  | { readonly task: 'leave' }
  | { readonly task: 'startIfWanted'; readonly slot: SlotName }
  | { readonly task: 'custom'; readonly letter: string; readonly slot: SlotName }
  | { readonly task: 'sendTerm'; readonly slot: SlotName }
  | { readonly task: 'afterTerm'; readonly slot: SlotName }
  | { readonly task: 'sendSignal'; readonly slot: SlotName; readonly signal: number }
  | { readonly task: 'flags'; readonly slot: SlotName; readonly record: ControlRecord }
  | { readonly task: 'spawn'; readonly slot: SlotName };

export type Blocked =
  | { readonly on: 'spawn'; readonly slot: SlotName; readonly program: Program }
  | { readonly on: 'control'; readonly pid: number }
  | { readonly on: 'time'; readonly until: number };

export interface Machine {
  readonly main: Slot;
  /** Undefined without a log service. */
  readonly log: Slot | undefined;
  readonly agenda: readonly Task[];
  readonly blockedOn: Blocked | undefined;
  /** What the last control/X said: true when it did the work of the signal. */
  readonly handled: boolean;
  readonly exits: readonly { readonly pid: number; readonly waitStatus: number }[];
  readonly bytes: { readonly main: readonly number[]; readonly log: readonly number[] };
  readonly term: boolean;
  /** A turn is due although nothing has come: at the start, and when a pause of `backoff` is over. */
  readonly due: boolean;
  /** The moment of the last `wake` that has not come yet. */
  readonly alarm: number | undefined;
  /** True from the `leave` effect on: nothing is done any more. */
  readonly left: boolean;
}

export type MachineEvent =
  /** The first turn. */
  | { readonly type: 'begin' }
  /** A byte from the FIFO `control` of a slot. */
  | { readonly type: 'control'; readonly slot: SlotName; readonly byte: number }
  /** A process has ended. One that is neither a slot's nor a control program's is passed over. */
  | { readonly type: 'exit'; readonly pid: number; readonly waitStatus: number }
  | { readonly type: 'spawned'; readonly pid: number }
  | { readonly type: 'spawnFailed'; readonly error: SystemError }
  | { readonly type: 'timer' }
  /** SIGTERM to runsv. */
  | { readonly type: 'term' };

/** What the machine may ask about the world. Answers are read when they are asked for. */
export interface Facts {
  readonly wall: Instant;
  /** Milliseconds. */
  readonly monotonic: number;
  /** True when ./finish can be opened for reading (it need not be executable). */
  finishOpens(): boolean;
  /** control/LETTER: `absent`; `plain` without the owner's x bit; `runs` with it; or why it could not be looked at. */
  controlProgram(letter: string): 'absent' | 'plain' | 'runs' | { readonly error: SystemError };
  /** Seconds from the file `backoff` of the slot; undefined without a usable one. */
  backoff(slot: SlotName): number | undefined;
}

/** A program to start: `run` and `finish` of a slot, or `control` with its letter. */
export type Program =
  | { readonly kind: 'run' }
  | { readonly kind: 'finish'; readonly args: readonly [code: string, status: string] }
  | { readonly kind: 'control'; readonly letter: string };

export type Effect =
  /** Write `pid` (if the pid changed since it was last written well), `stat` and `status` of the slot. */
  | {
      readonly type: 'publish';
      readonly slot: SlotName;
      readonly status: Status;
      readonly pidChanged: boolean;
    }
  /** Start it, and come back with `spawned` or `spawnFailed` before any other event. */
  | { readonly type: 'spawn'; readonly slot: SlotName; readonly program: Program }
  | { readonly type: 'signal'; readonly slot: SlotName; readonly pid: number; readonly signal: number }
  /** Send `timer` at this moment, monotonic milliseconds; a later `wake` takes the place of an earlier one. */
  | { readonly type: 'wake'; readonly at: number }
  /** A warning in runit's words, without `runsv NAME: warning: `. */
  | { readonly type: 'warn'; readonly message: string }
  | { readonly type: 'history'; readonly slot: SlotName; readonly ending: Ending }
  | { readonly type: 'closeLogPipe' }
  /** runsv ends with exit code 0. */
  | { readonly type: 'leave' };

export interface Step {
  readonly machine: Machine;
  readonly effects: readonly Effect[];
}

function newSlot(want: 'up' | 'down', wall: Instant, monotonic: number): Slot {
  return {
    state: 'down',
    want,
    paused: false,
    gotTerm: false,
    pid: 0,
    program: 'run',
    since: wall,
    sinceMonotonic: monotonic,
    processSince: monotonic,
    waitStatus: 0,
    asked: false,
    onceMore: false,
    lastPause: 0,
    notBefore: 0,
  };
}

/**
 * A machine before its first turn: `want` of each slot comes from the files `down` and `log/down`.
 * @param log undefined without a log service
 */
export function newMachine(
  want: { readonly main: 'up' | 'down'; readonly log: 'up' | 'down' | undefined },
  now: Pick<Facts, 'wall' | 'monotonic'>,
): Machine {
  return {
    main: newSlot(want.main, now.wall, now.monotonic),
    log: want.log === undefined ? undefined : newSlot(want.log, now.wall, now.monotonic),
    agenda: [],
    blockedOn: undefined,
    handled: false,
    exits: [],
    bytes: { main: [], log: [] },
    term: false,
    due: false,
    alarm: undefined,
    left: false,
  };
}

/** A process that a supervisor before this one had started, and that goes on. */
export interface Adopted {
  readonly pid: number;
  readonly since: Instant;
  /** `since` by this machine's monotonic clock; may be negative. */
  readonly sinceMonotonic: number;
  readonly state: 'run' | 'finish';
  readonly want: Want;
  readonly paused: boolean;
  readonly gotTerm: boolean;
}

/** The machine with a running process in a slot, before its first turn. */
export function adopt(machine: Machine, slot: SlotName, adopted: Adopted): Machine {
  const before = machine[slot];
  if (before === undefined) return machine;
  const { sinceMonotonic, state, ...rest } = adopted;
  return {
    ...machine,
    [slot]: { ...before, ...rest, state, program: state, sinceMonotonic, processSince: sinceMonotonic },
  };
}

/** What `status` says about a slot. */
export function statusOf(slot: Slot): Status {
  const { since, pid, paused, want, gotTerm, state } = slot;
  return { since, pid, paused, want, gotTerm, state };
}

/** True while runsv leaves its FIFOs alone: bytes that come meanwhile stay in them. */
export function isBlocked(machine: Machine): boolean {
  return machine.blockedOn !== undefined;
}

/** What `step` works on: a copy that it may write to. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };
interface Draft extends Omit<Writable<Machine>, 'main' | 'log' | 'agenda' | 'exits' | 'bytes'> {
  main: Writable<Slot>;
  log: Writable<Slot> | undefined;
  agenda: Task[];
  exits: { readonly pid: number; readonly waitStatus: number }[];
  bytes: { main: number[]; log: number[] };
  effects: Effect[];
}

const TURN: readonly Task[] = [
  { task: 'reap' },
  { task: 'byte', slot: 'main' },
  { task: 'byte', slot: 'log' },
  { task: 'term' },
  { task: 'leave' },
  { task: 'startIfWanted', slot: 'log' },
  { task: 'startIfWanted', slot: 'main' },
];

/** One event in, the next machine and the effects out, in the order in which they are to be performed. */
export function step(machine: Machine, event: MachineEvent, facts: Facts): Step {
  if (machine.left) return { machine, effects: [] };
  const draft: Draft = {
    ...machine,
    main: { ...machine.main },
    log: machine.log && { ...machine.log },
    agenda: [...machine.agenda],
    exits: [...machine.exits],
    bytes: { main: [...machine.bytes.main], log: [...machine.bytes.log] },
    effects: [],
  };
  take(draft, event, facts);
  while (draft.blockedOn === undefined && !draft.left) {
    const task = draft.agenda.shift();
    if (task !== undefined) perform(draft, task, facts);
    else if (somethingWaits(draft)) {
      draft.due = false;
      draft.agenda.push(...TURN);
    } else break;
  }
  const alarm = nextAlarm(draft);
  if (alarm !== undefined && alarm !== draft.alarm) {
    draft.alarm = alarm;
    draft.effects.push({ type: 'wake', at: alarm });
  }
  const { effects, ...next } = draft;
  return { machine: next, effects };
}

function somethingWaits(draft: Draft): boolean {
  return (
    draft.due ||
    draft.term ||
    draft.exits.length > 0 ||
    draft.bytes.main.length > 0 ||
    draft.bytes.log.length > 0
  );
}

/** Puts an event where it waits for its turn, or ends what was blocked on it. */
function take(draft: Draft, event: MachineEvent, facts: Facts): void {
  const blocked = draft.blockedOn;
  switch (event.type) {
    case 'begin':
      draft.due = true;
      return;
    case 'control':
      draft.bytes[event.slot].push(event.byte);
      return;
    case 'term':
      draft.term = true;
      return;
    case 'exit':
      if (blocked?.on === 'control' && blocked.pid === event.pid) {
        draft.handled = event.waitStatus >> 8 === 0;
        draft.blockedOn = undefined;
      } else if (event.pid === draft.main.pid || event.pid === draft.log?.pid) {
        draft.exits.push({ pid: event.pid, waitStatus: event.waitStatus });
      }
      return;
    case 'timer':
      draft.alarm = undefined;
      if (blocked?.on !== 'time') draft.due = true;
      else if (facts.monotonic >= blocked.until) draft.blockedOn = undefined;
      return;
    case 'spawned':
      if (blocked?.on !== 'spawn') return;
      if (blocked.program.kind === 'control') draft.blockedOn = { on: 'control', pid: event.pid };
      else {
        draft.blockedOn = undefined;
        started(draft, blocked.slot, event.pid, facts);
      }
      return;
    case 'spawnFailed':
      if (blocked?.on !== 'spawn') return;
      draft.blockedOn = undefined;
      if (blocked.program.kind === 'control') {
        warn(draft, `unable to fork for control/${blocked.program.letter}: ${errorText(event.error)}`);
      } else {
        warn(draft, `unable to fork, sleeping: ${errorText(event.error)}`);
        draft.agenda.unshift({ task: 'spawn', slot: blocked.slot });
        blockUntil(draft, facts.monotonic + FORK_PAUSE);
      }
  }
}

function perform(draft: Draft, task: Task, facts: Facts): void {
  switch (task.task) {
    case 'reap':
      reap(draft, facts);
      return;
    case 'byte': {
      const byte = draft.bytes[task.slot].shift();
      if (byte !== undefined && draft[task.slot] !== undefined) control(draft, task.slot, byte);
      return;
    }
    case 'term':
      if (draft.term) control(draft, 'main', 'x'.charCodeAt(0));
      draft.term = false;
      return;
    case 'leave':
      leave(draft);
      return;
    case 'startIfWanted':
      startIfWanted(draft, task.slot, facts);
      return;
    case 'custom':
      custom(draft, task.slot, task.letter, facts);
      return;
    case 'sendTerm': {
      const slot = slotOf(draft, task.slot);
      slot.asked = true;
      if (draft.handled) return;
      signal(draft, task.slot, SIGNAL_NUMBERS.SIGTERM);
      slot.gotTerm = true;
      publish(draft, task.slot);
      return;
    }
    case 'afterTerm': {
      const slot = slotOf(draft, task.slot);
      if (slot.want === 'up') return;
      signal(draft, task.slot, SIGNAL_NUMBERS.SIGCONT);
      draft.agenda.unshift({ task: 'custom', slot: task.slot, letter: slot.want === 'down' ? 'd' : 'x' });
      return;
    }
    case 'sendSignal':
      if (!draft.handled) signal(draft, task.slot, task.signal);
      return;
    case 'flags': {
      const slot = slotOf(draft, task.slot);
      if (task.record.forget) {
        slot.state = 'down';
        slot.asked = true;
      }
      if (task.record.paused !== undefined) {
        slot.paused = task.record.paused;
        publish(draft, task.slot);
      }
      return;
    }
    case 'spawn':
      spawn(draft, task.slot);
      return;
  }
}

function slotOf(draft: Draft, name: SlotName): Writable<Slot> {
  return draft[name] as Writable<Slot>;
}

function warn(draft: Draft, message: string): void {
  draft.effects.push({ type: 'warn', message });
}

function publish(draft: Draft, name: SlotName, pidChanged = false): void {
  draft.effects.push({ type: 'publish', slot: name, status: statusOf(slotOf(draft, name)), pidChanged });
}

/**
 * C signals a process that has ended meanwhile as well, which does nothing as long as it is not waited for. The host
 * of a machine waits at once, so such a pid may belong to somebody else by now.
 */
function signal(draft: Draft, name: SlotName, number: number): void {
  const { pid } = slotOf(draft, name);
  if (pid === 0 || draft.exits.some((exit) => exit.pid === pid)) return;
  draft.effects.push({ type: 'signal', slot: name, pid, signal: number });
}

function blockUntil(draft: Draft, moment: number): void {
  draft.blockedOn = { on: 'time', until: moment };
}

/** The endings that are known, one after the other; one that was quick blocks before the next is taken. */
function reap(draft: Draft, facts: Facts): void {
  const exit = draft.exits.shift();
  if (exit === undefined) return;
  draft.agenda.unshift({ task: 'reap' });
  if (exit.pid === draft.main.pid) ended(draft, 'main', exit.waitStatus, facts);
  else if (exit.pid === draft.log?.pid) ended(draft, 'log', exit.waitStatus, facts);
}

function ended(draft: Draft, name: SlotName, waitStatus: number, facts: Facts): void {
  const slot = slotOf(draft, name);
  const life = facts.monotonic - slot.processSince;
  const asked = slot.asked || slot.want !== 'up';
  draft.effects.push({
    type: 'history',
    slot: name,
    ending: {
      at: facts.wall,
      program: slot.program,
      lifetime: Math.max(0, Math.round(life)) / 1000,
      ...outcomeOf(waitStatus),
      asked,
    },
  });
  slot.pid = 0;
  slot.waitStatus = waitStatus;
  slot.gotTerm = false;
  if (slot.program === 'run') slowDown(slot, life, asked, facts, name);
  if (name === 'main' && slot.state !== 'finish' && facts.finishOpens()) {
    slot.state = 'finish';
    publish(draft, name, true);
    return;
  }
  slot.state = 'down';
  const quick = facts.monotonic < slot.sinceMonotonic + QUICK_EXIT;
  slot.since = facts.wall;
  slot.sinceMonotonic = facts.monotonic;
  publish(draft, name, true);
  // The pause is counted from here, after ./finish, as C's second is.
  if (slot.lastPause > 0) slot.notBefore = facts.monotonic + slot.lastPause * 1000;
  if (quick) blockUntil(draft, facts.monotonic + QUICK_EXIT);
}

/** How long the next pause of `backoff` is. */
function slowDown(slot: Writable<Slot>, life: number, asked: boolean, facts: Facts, name: SlotName): void {
  const longest = asked || life >= HEALTHY_LIFE ? undefined : facts.backoff(name);
  if (longest === undefined) slot.lastPause = 0;
  else slot.lastPause = Math.min(longest, slot.lastPause === 0 ? 1 : slot.lastPause * 2);
}

/** What a control byte does; see control.ts. */
function control(draft: Draft, name: SlotName, byte: number): void {
  const record = controlOf(byte);
  if (record === undefined || (record.mainOnly && name !== 'main')) return;
  const slot = slotOf(draft, name);
  if (record.want !== undefined) {
    slot.want = record.want;
    slot.onceMore = false;
    publish(draft, name);
  }
  const tasks: Task[] = [];
  if (record.act === 'start' && slot.state === 'down') {
    slot.notBefore = 0;
    if (slot.pid === 0) tasks.push(...start(name));
    else {
      // Only after `k`: its process is still there.
      slot.onceMore = record.letter === 'o';
      tasks.push(...stop(name));
    }
  }
  if (record.act === 'stop' && slot.state === 'run') tasks.push(...stop(name));
  if (record.act === 'signal') {
    if (slot.state === 'run') {
      tasks.push(
        { task: 'custom', slot: name, letter: record.letter },
        { task: 'sendSignal', slot: name, signal: SIGNAL_NUMBERS[record.signal as 'SIGHUP'] },
      );
    }
    tasks.push({ task: 'flags', slot: name, record });
  }
  draft.agenda.unshift(...tasks);
}

function stop(name: SlotName): Task[] {
  return [
    { task: 'custom', slot: name, letter: 't' },
    { task: 'sendTerm', slot: name },
    { task: 'afterTerm', slot: name },
  ];
}

function start(name: SlotName): Task[] {
  return [
    { task: 'custom', slot: name, letter: 'u' },
    { task: 'spawn', slot: name },
  ];
}

function startIfWanted(draft: Draft, name: SlotName, facts: Facts): void {
  const slot = draft[name];
  if (slot === undefined || slot.pid !== 0) return;
  if (slot.state === 'finish' && name === 'main') {
    draft.agenda.unshift({ task: 'spawn', slot: name });
    return;
  }
  if (slot.want !== 'up' && !slot.onceMore) return;
  if (facts.monotonic >= slot.notBefore) draft.agenda.unshift(...start(name));
}

/** When there will be something to do though nothing has come: a pause is over. */
function nextAlarm(draft: Draft): number | undefined {
  const { blockedOn } = draft;
  if (draft.left) return undefined;
  if (blockedOn !== undefined) return blockedOn.on === 'time' ? blockedOn.until : undefined;
  const moments = [draft.main, draft.log]
    .filter((slot) => slot !== undefined && slot.pid === 0 && (slot.want === 'up' || slot.onceMore))
    .map((slot) => (slot as Slot).notBefore);
  return moments.length === 0 ? undefined : Math.min(...moments);
}

/** control/LETTER before a signal or a start. The log service has none. */
function custom(draft: Draft, name: SlotName, letter: string, facts: Facts): void {
  draft.handled = false;
  if (name === 'log') return;
  const found = facts.controlProgram(letter);
  if (found === 'absent' || found === 'plain') return;
  if (found === 'runs') begin(draft, name, { kind: 'control', letter });
  else warn(draft, `unable to stat control/${letter}: ${errorText(found.error)}`);
}

function spawn(draft: Draft, name: SlotName): void {
  const slot = slotOf(draft, name);
  const { waitStatus } = slot;
  const crashed = (waitStatus & 127) !== 0;
  const program: Program =
    slot.state === 'finish'
      ? { kind: 'finish', args: [crashed ? '-1' : String(waitStatus >> 8), String(waitStatus & 255)] }
      : { kind: 'run' };
  begin(draft, name, program);
}

function begin(draft: Draft, slot: SlotName, program: Program): void {
  draft.blockedOn = { on: 'spawn', slot, program };
  draft.effects.push({ type: 'spawn', slot, program });
}

function started(draft: Draft, name: SlotName, pid: number, facts: Facts): void {
  const slot = slotOf(draft, name);
  slot.program = slot.state === 'finish' ? 'finish' : 'run';
  if (slot.program === 'run') {
    slot.since = facts.wall;
    slot.sinceMonotonic = facts.monotonic;
    slot.state = 'run';
  }
  slot.processSince = facts.monotonic;
  slot.pid = pid;
  slot.paused = false;
  slot.gotTerm = false;
  slot.asked = false;
  slot.onceMore = false;
  publish(draft, name, true);
}

/** With a log service the pipe to it is closed first, and its end is waited for. */
function leave(draft: Draft): void {
  if (draft.main.want !== 'exit' || draft.main.state !== 'down') return;
  const log = draft.log;
  if (log === undefined || log.pid === 0) {
    draft.left = true;
    draft.effects.push({ type: 'leave' });
    return;
  }
  if (log.want === 'exit') return;
  log.want = 'exit';
  publish(draft, 'log');
  draft.effects.push({ type: 'closeLogPipe' });
}
