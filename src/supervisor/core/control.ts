/**
 * The control bytes of runsv, one record each: what a byte on `supervise/control` does. Unknown bytes do nothing.
 *
 * The order in the machine is the order of the fields: first `want` is set and published, then `act` happens if the
 * state is the one it asks for (`start` when down, `stop` and `signal` when running), then `paused` and `forget`.
 * Before `stop` and `signal` the program `control/LETTER` may take over.
 */
import type { Want } from './status.ts';

export type SignalName =
  | 'SIGTERM'
  | 'SIGCONT'
  | 'SIGKILL'
  | 'SIGSTOP'
  | 'SIGALRM'
  | 'SIGHUP'
  | 'SIGINT'
  | 'SIGQUIT'
  | 'SIGUSR1'
  | 'SIGUSR2';

/** Linux's numbers. */
export const SIGNAL_NUMBERS: Readonly<Record<SignalName, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCONT: 18,
  SIGSTOP: 19,
};

export interface ControlRecord {
  readonly letter: string;
  readonly does: string;
  /** The want that is set and published first. */
  readonly want?: Want;
  /** `start` when down; `stop` (TERM, and CONT when it is to go down) or `signal` when running. */
  readonly act: 'start' | 'stop' | 'signal';
  readonly signal?: SignalName;
  /** The paused flag after it, published. */
  readonly paused?: boolean;
  /** The state becomes down without a word in `status`, whatever it was: `k`. */
  readonly forget?: true;
  /** A log service does not know this byte: `x`. */
  readonly mainOnly?: true;
}

export const CONTROLS: readonly ControlRecord[] = [
  { letter: 'u', does: 'up: start it, and again whenever it ends', want: 'up', act: 'start' },
  { letter: 'd', does: 'down: TERM and CONT, and do not start it again', want: 'down', act: 'stop' },
  { letter: 'o', does: 'once: start it, and do not start it again', want: 'down', act: 'start' },
  { letter: 'x', does: 'exit: as down, then runsv ends', want: 'exit', act: 'stop', mainOnly: true },
  { letter: 't', does: 'TERM', act: 'stop' },
  { letter: 'k', does: 'KILL', act: 'signal', signal: 'SIGKILL', forget: true },
  { letter: 'p', does: 'STOP', act: 'signal', signal: 'SIGSTOP', paused: true },
  { letter: 'c', does: 'CONT', act: 'signal', signal: 'SIGCONT', paused: false },
  { letter: 'a', does: 'ALRM', act: 'signal', signal: 'SIGALRM' },
  { letter: 'h', does: 'HUP', act: 'signal', signal: 'SIGHUP' },
  { letter: 'i', does: 'INT', act: 'signal', signal: 'SIGINT' },
  { letter: 'q', does: 'QUIT', act: 'signal', signal: 'SIGQUIT' },
  { letter: '1', does: 'USR1', act: 'signal', signal: 'SIGUSR1' },
  { letter: '2', does: 'USR2', act: 'signal', signal: 'SIGUSR2' },
];

const BY_BYTE = new Map(CONTROLS.map((record) => [record.letter.charCodeAt(0), record]));

/** The record of a byte from `control`; undefined for one that runsv does not know. */
export function controlOf(byte: number): ControlRecord | undefined {
  return BY_BYTE.get(byte);
}
