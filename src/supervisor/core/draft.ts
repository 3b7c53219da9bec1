/**
 * A machine while a step works on it: its agenda of small tasks, and the few things that every task does with it.
 */
import type { ControlRecord } from './control.ts';
import type { Effect, Program } from './events.ts';
import type { Slot, SlotName } from './slot.ts';
import { statusOf } from './slot.ts';

/** A small step of a turn that is not done yet. */
export type Task =
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

/** What `step` works on: a copy that it may write to. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };
export interface Draft extends Omit<Writable<Machine>, 'main' | 'log' | 'agenda' | 'exits' | 'bytes'> {
  main: Writable<Slot>;
  log: Writable<Slot> | undefined;
  agenda: Task[];
  exits: { readonly pid: number; readonly waitStatus: number }[];
  bytes: { main: number[]; log: number[] };
  effects: Effect[];
}

export function slotOf(draft: Draft, name: SlotName): Writable<Slot> {
  return draft[name] as Writable<Slot>;
}

export function warn(draft: Draft, message: string): void {
  draft.effects.push({ type: 'warn', message });
}

export function publish(draft: Draft, name: SlotName, pidChanged = false): void {
  draft.effects.push({ type: 'publish', slot: name, status: statusOf(slotOf(draft, name)), pidChanged });
}

/**
 * C signals a process that has ended meanwhile as well, which does nothing as long as it is not waited for. The host
 * of a machine waits at once, so such a pid may belong to somebody else by now.
 */
export function signal(draft: Draft, name: SlotName, number: number): void {
  const { pid } = slotOf(draft, name);
  if (pid === 0 || draft.exits.some((exit) => exit.pid === pid)) return;
  draft.effects.push({ type: 'signal', slot: name, pid, signal: number });
}

export function blockUntil(draft: Draft, moment: number): void {
  draft.blockedOn = { on: 'time', until: moment };
}
