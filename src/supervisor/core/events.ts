/** What comes to a machine, what it may ask, and what it wants done. */
import type { Ending } from './history.ts';
import type { SystemError } from './messages.ts';
import type { SlotName } from './slot.ts';
import type { Status } from './status.ts';
import type { Instant } from './tai.ts';

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
