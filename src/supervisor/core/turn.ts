/** What the tasks of a turn do to a slot: endings, control bytes, starts, and the end of runsv. */
import { controlOf, SIGNAL_NUMBERS } from './control.ts';
import { blockUntil, type Draft, publish, slotOf, type Task, type Writable, warn } from './draft.ts';
import type { Facts, Program } from './events.ts';
import { outcomeOf } from './history.ts';
import { errorText } from './messages.ts';
import type { Slot, SlotName } from './slot.ts';

/** One second after the start of a process that has ended is what C waits for. Milliseconds. */
export const QUICK_EXIT = 1000;
/** A life of so many milliseconds ends a crash loop, for `backoff`. */
export const HEALTHY_LIFE = 60_000;

/** The endings that are known, one after the other; one that was quick blocks before the next is taken. */
export function reap(draft: Draft, facts: Facts): void {
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
export function control(draft: Draft, name: SlotName, byte: number): void {
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

export function startIfWanted(draft: Draft, name: SlotName, facts: Facts): void {
  const slot = draft[name];
  if (slot === undefined || slot.pid !== 0) return;
  if (slot.state === 'finish' && name === 'main') {
    draft.agenda.unshift({ task: 'spawn', slot: name });
    return;
  }
  if (slot.want !== 'up' && !slot.onceMore) return;
  if (facts.monotonic >= slot.notBefore) draft.agenda.unshift(...start(name));
}

/** control/LETTER before a signal or a start. The log service has none. */
export function custom(draft: Draft, name: SlotName, letter: string, facts: Facts): void {
  draft.handled = false;
  if (name === 'log') return;
  const found = facts.controlProgram(letter);
  if (found === 'absent' || found === 'plain') return;
  if (found === 'runs') begin(draft, name, { kind: 'control', letter });
  else warn(draft, `unable to stat control/${letter}: ${errorText(found.error)}`);
}

export function spawn(draft: Draft, name: SlotName): void {
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

export function started(draft: Draft, name: SlotName, pid: number, facts: Facts): void {
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
export function leave(draft: Draft): void {
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
