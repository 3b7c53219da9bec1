/**
 * The three files by which runsv tells about a service, all in `supervise/`, each written as FILE.new and renamed:
 *
 * - `status`, 20 bytes for programs: moment of the last start or stop (TAI64N, 12 bytes), pid (little-endian, 4),
 *   paused (0 or 1), want (`u` or `d`; `d` also for exit), got TERM (0 or 1), state (0 down, 1 run, 2 finish).
 * - `stat`, one line for people: `run, paused, got TERM, want down`.
 * - `pid`, decimal and a newline, or empty when nothing runs.
 */
import { decodeTai64n, encodeTai64n, type Instant } from './tai.ts';

export const STATUS_BYTES = 20;

export const STATES = ['down', 'run', 'finish'] as const;
export type State = (typeof STATES)[number];

/** What runsv is to bring about. A client of `status` sees `exit` as `down`; `stat` tells them apart. */
export type Want = 'up' | 'down' | 'exit';

export interface Status {
  /** When the service was last started or stopped; not when the file was last written. */
  readonly since: Instant;
  /** 0 when nothing runs. In state `finish` it is that of ./finish. */
  readonly pid: number;
  readonly paused: boolean;
  readonly want: Want;
  readonly gotTerm: boolean;
  readonly state: State;
}

/** What 20 bytes say: `want` is never `exit`, and a state byte above 2 (which runsv never writes) is `unknown`. */
export interface DecodedStatus {
  readonly since: Instant;
  readonly pid: number;
  readonly paused: boolean;
  readonly want: 'up' | 'down';
  readonly gotTerm: boolean;
  readonly state: State | 'unknown';
}

export function encodeStatus(status: Status): Uint8Array {
  const bytes = new Uint8Array(STATUS_BYTES);
  encodeTai64n(status.since, bytes);
  new DataView(bytes.buffer).setUint32(12, status.pid, true);
  bytes[16] = status.paused ? 1 : 0;
  bytes[17] = (status.want === 'up' ? 'u' : 'd').charCodeAt(0);
  bytes[18] = status.gotTerm ? 1 : 0;
  bytes[19] = STATES.indexOf(status.state);
  return bytes;
}

/** Undefined when there are fewer than 20 bytes (a file half written, or not of runsv): sv says "bad format". */
export function decodeStatus(bytes: Uint8Array): DecodedStatus | undefined {
  if (bytes.length < STATUS_BYTES) return undefined;
  return {
    since: decodeTai64n(bytes),
    pid: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(12, true),
    paused: bytes[16] !== 0,
    want: bytes[17] === 'u'.charCodeAt(0) ? 'up' : 'down',
    gotTerm: bytes[18] !== 0,
    state: STATES[bytes[19] as number] ?? 'unknown',
  };
}

/** The line of `stat`, with its newline. */
export function formatStat(status: Pick<Status, 'state' | 'paused' | 'gotTerm' | 'want'>): string {
  let line: string = status.state;
  if (status.paused) line += ', paused';
  if (status.gotTerm) line += ', got TERM';
  if (status.state !== 'down' && status.want !== 'up') line += `, want ${status.want}`;
  return `${line}\n`;
}

/** The parts of a `stat` line; undefined when it is none. A stat of a service that is down does not tell the want. */
export function parseStat(
  text: string,
): { state: State; paused: boolean; gotTerm: boolean; want: Want | undefined } | undefined {
  const match = /^(down|run|finish)(, paused)?(, got TERM)?(?:, want (down|exit))?\n?$/.exec(text);
  if (match === null) return undefined;
  const state = match[1] as State;
  return {
    state,
    paused: match[2] !== undefined,
    gotTerm: match[3] !== undefined,
    want: (match[4] as Want | undefined) ?? (state === 'down' ? undefined : 'up'),
  };
}

/** The contents of `pid`. */
export function formatPid(pid: number): string {
  return pid === 0 ? '' : `${pid}\n`;
}
