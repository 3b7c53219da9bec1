/** What a service asks of the process that hosts it, and how it says that it can't be taken care of. */
import type { Program } from './core/events.ts';
import { errorCode, errorText } from './core/messages.ts';
import type { SlotName } from './core/slot.ts';
import type { Instant } from './core/tai.ts';
import type { LogPipe } from './native/pipe.ts';
import type { Common } from './native/spawn.ts';
import type { Service } from './service.ts';

/** What the process that hosts services gives to each of them. */
export interface Host {
  readonly common: Common;
  /** Signals that were blocked when this process was started. */
  readonly blocked: bigint;
  /** Whether each process of a service leads a session of its own (`runsvdir --shared -P`). */
  readonly session: boolean;
  wallClock(): Instant;
  /** Milliseconds. */
  monotonicClock(): number;
  /** Writes a message of one service to stderr, one character a byte, with its newline. */
  say(text: string): void;
  /** Calls back once when this child has ended. */
  onEnd(pid: number, ended: (waitStatus: number) => void): void;
  /** kill(2). */
  signal(pid: number, signal: number): void;
  /** The pipe to a log service. */
  openLogPipe(service: Service): LogPipe | { readonly errno: number };
  /** Runs a program without a process of its own (a hosted logger); undefined where it has to be a process. */
  launch?(service: Service, slot: SlotName, program: Program): { readonly pid: number } | undefined;
  /** Takes a signal for what `launch` started; false where it is for a process. */
  deliver?(service: Service, slot: SlotName, signal: number): boolean;
  /** Told just before a process of `run` or `finish` is made, and with its pid right after. */
  starting?(service: Service, slot: SlotName, program: Program): void;
  started?(service: Service, slot: SlotName, program: Program, pid: number): void;
  /** What a slot is wanted to be at first; undefined where the file `down` decides. */
  wanted?(service: Service, slot: SlotName): 'up' | 'down' | undefined;
  /** Spares descriptors: locks are kept without one; `most`: each `ok` is another name of its `control`, too. */
  readonly sparing?: 'some' | 'most';
  /** TERM while another holds the lock of the log service is the end at once, where C's runsv waits on for the lock. */
  readonly leavesWaiting?: boolean;
  /** Takes an error that is ours, not of the world; without it, it is thrown. */
  broken?(service: Service, error: unknown): void;
}

/** Why a service can't be taken care of: the message is runsv's, without its newline; its exit code would be 111. */
export class Refusal extends Error {}

/** @param error an error that Node threw, or a number of errno; without one only `what` is said */
export function refusal(name: string, what: string, error?: unknown): Refusal {
  const code = typeof error === 'number' ? error : errorCode(error);
  return new Refusal(`runsv ${name}: fatal: ${what}${error === undefined ? '' : `: ${errorText(code)}`}`);
}
