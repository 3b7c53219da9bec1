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
import { SIGNAL_NUMBERS } from './control.ts';
import { blockUntil, type Draft, type Machine, publish, signal, slotOf, type Task, warn } from './draft.ts';
import type { Effect, Facts, MachineEvent } from './events.ts';
import { errorText } from './messages.ts';
import { type Adopted, newSlot, type Slot, type SlotName } from './slot.ts';
import { control, custom, leave, reap, spawn, started, startIfWanted } from './turn.ts';

/** How long C waits after a failed fork, in milliseconds. */
const FORK_PAUSE = 5000;

export interface Step {
  readonly machine: Machine;
  readonly effects: readonly Effect[];
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

/** True while runsv leaves its FIFOs alone: bytes that come meanwhile stay in them. */
export function isBlocked(machine: Machine): boolean {
  return machine.blockedOn !== undefined;
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
