/** What an svlogd engine is given by whoever runs it: the classic program, the worker of hosted loggers, or a test. */
import type { Instant } from '../core/tai.ts';

/** A processor to be run on an old log, as `/bin/sh -c COMMAND` with the directory as its working directory. */
export interface ProcessorJob {
  readonly command: string;
  /** Path of the log directory, a byte string. */
  readonly directory: string;
  /** Descriptors of the caller for 0, 1, 4 and 5 of the processor; 2 is the supervisor's own. */
  readonly input: number;
  readonly output: number;
  readonly state: number;
  readonly newState: number;
}

export interface LoggerPorts {
  now(): Instant;
  /** Writes to standard error, bytes as they are; an error is ignored. */
  stderr(text: string): void;
  /**
   * Starts a processor and calls `ended` once, later: with true if it exited with 0. The descriptors may be closed
   * as soon as `started` was called, which may be at once. Throws (with `code`) when no process can be made.
   */
  startProcessor(job: ProcessorJob, started: () => void, ended: (success: boolean) => void): void;
  /** Something may have been asked of the logger that it does not know yet: it takes no more before it does. */
  isTold?(): boolean;
  /** Sends a datagram: "sent", or what failed. */
  sendDatagram(
    address: readonly [number, number, number, number],
    port: number,
    text: string,
  ): 'sent' | 'no-socket' | 'failed';
}

/** What the engine waits for. */
export type Wait =
  /** Until input is there (if `input`), something was asked of the logger, or the moment (ms of the epoch) came. */
  | { readonly kind: 'input'; readonly until: number }
  /** So many milliseconds, whatever happens meanwhile. */
  | { readonly kind: 'pause'; readonly milliseconds: number }
  /** Until the processor of a log has ended. */
  | { readonly kind: 'processor' }
  /** For nothing: a piece of input is done and others may have their turn. */
  | { readonly kind: 'turn' };
