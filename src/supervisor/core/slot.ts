/** A slot of a service directory: what is known of `main` or `log`, and of the process in it. */
import type { State, Status, Want } from './status.ts';
import type { Instant } from './tai.ts';

export type SlotName = 'main' | 'log';

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

/** A slot that nothing was started in yet. */
export function newSlot(want: 'up' | 'down', wall: Instant, monotonic: number): Slot {
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

/** What `status` says about a slot. */
export function statusOf(slot: Slot): Status {
  const { since, pid, paused, want, gotTerm, state } = slot;
  return { since, pid, paused, want, gotTerm, state };
}
