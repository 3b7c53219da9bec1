/**
 * sv's verbs, one record each, and what sv makes of a status: has the verb taken effect (`judge`), and the words of
 * the status line (`formatStatusLine`). Everything here works on the 20 bytes as they are, also on bytes that no
 * runsv writes, since C's sv does.
 *
 * A verb is told by its first letter, except for the words of LSB, which count only as a whole (sv(8), COMMANDS).
 */

export interface SvVerb {
  /** Its usual name. */
  readonly name: string;
  /** The whole word that means this verb, before any first letter is looked at. */
  readonly word?: string;
  /** The first letters that mean this verb. */
  readonly letters?: string;
  /** What sv does first: write `bytes` to `control`, print the status, or nothing. */
  readonly action: 'control' | 'status' | 'nothing';
  /** The bytes for `control`; each of them is then judged in turn. `C` is no control byte: only `check` has it. */
  readonly bytes: string;
  /** Waits for the effect without `-v`. */
  readonly waits?: true;
  /** On timeout writes `k`, and says `kill:` instead of `timeout:`. */
  readonly kills?: true;
  readonly does: string;
}

export const SV_VERBS: readonly SvVerb[] = [
  { name: 'status', word: 'status', letters: 's', action: 'status', bytes: 's', does: 'report the status' },
  { name: 'up', letters: 'u', action: 'control', bytes: 'u', does: 'start it, and again whenever it ends' },
  { name: 'down', letters: 'd', action: 'control', bytes: 'd', does: 'TERM and CONT, and leave it down' },
  { name: 'once', letters: 'o', action: 'control', bytes: 'o', does: 'start it, and not again' },
  { name: 'pause', letters: 'p', action: 'control', bytes: 'p', does: 'STOP' },
  { name: 'cont', letters: 'c', action: 'control', bytes: 'c', does: 'CONT' },
  { name: 'hup', letters: 'h', action: 'control', bytes: 'h', does: 'HUP' },
  { name: 'alarm', letters: 'a', action: 'control', bytes: 'a', does: 'ALRM' },
  { name: 'interrupt', letters: 'i', action: 'control', bytes: 'i', does: 'INT' },
  { name: 'quit', letters: 'q', action: 'control', bytes: 'q', does: 'QUIT' },
  { name: '1', letters: '1', action: 'control', bytes: '1', does: 'USR1' },
  { name: '2', letters: '2', action: 'control', bytes: '2', does: 'USR2' },
  { name: 'term', letters: 't', action: 'control', bytes: 't', does: 'TERM' },
  { name: 'kill', letters: 'k', action: 'control', bytes: 'k', does: 'KILL' },
  { name: 'exit', letters: 'xe', action: 'control', bytes: 'x', does: 'down, then end runsv' },
  { name: 'start', word: 'start', action: 'control', bytes: 'u', waits: true, does: 'up, and wait' },
  { name: 'stop', word: 'stop', action: 'control', bytes: 'd', waits: true, does: 'down, and wait' },
  { name: 'reload', word: 'reload', action: 'control', bytes: 'h', waits: true, does: 'HUP, and the status' },
  {
    name: 'restart',
    word: 'restart',
    action: 'control',
    bytes: 'tcu',
    waits: true,
    does: 'TERM, CONT, up, and wait',
  },
  { name: 'shutdown', word: 'shutdown', action: 'control', bytes: 'x', waits: true, does: 'exit, and wait' },
  {
    name: 'try-restart',
    word: 'try-restart',
    action: 'control',
    bytes: 'tc',
    waits: true,
    does: 'TERM, CONT, and wait',
  },
  {
    name: 'force-stop',
    word: 'force-stop',
    letters: 'D',
    action: 'control',
    bytes: 'd',
    waits: true,
    kills: true,
    does: 'stop, and KILL on timeout',
  },
  {
    name: 'force-reload',
    word: 'force-reload',
    letters: 'T',
    action: 'control',
    bytes: 'tc',
    waits: true,
    kills: true,
    does: 'TERM, CONT, wait, and KILL on timeout',
  },
  {
    name: 'force-restart',
    word: 'force-restart',
    action: 'control',
    bytes: 'tcu',
    waits: true,
    kills: true,
    does: 'restart, and KILL on timeout',
  },
  {
    name: 'force-shutdown',
    word: 'force-shutdown',
    letters: 'XE',
    action: 'control',
    bytes: 'x',
    waits: true,
    kills: true,
    does: 'shutdown, and KILL on timeout',
  },
  {
    name: 'check',
    word: 'check',
    action: 'nothing',
    bytes: 'C',
    waits: true,
    does: 'wait for the wanted state',
  },
];

/**
 * The verb that a word means; undefined for wrong usage. As an init script (`lsb`), `status` has to be whole too,
 * and no other word with an `s` means it.
 */
export function parseVerb(word: string, lsb: boolean): SvVerb | undefined {
  const whole = SV_VERBS.find((verb) => verb.word === word);
  if (whole !== undefined) return whole;
  const letter = word[0];
  if (letter === undefined || (lsb && letter === 's')) return undefined;
  return SV_VERBS.find((verb) => verb.letters?.includes(letter));
}

/** What sv looks at in `supervise/status`. */
export interface SvStatus {
  /** TAI seconds (Unix seconds + 2^62 + 10) of the last start or stop. */
  readonly since: bigint;
  /** As a signed int, as C has it. */
  readonly pid: number;
  readonly paused: number;
  /** The byte of the wanted state, `u` or `d`. */
  readonly want: string;
  readonly gotTerm: number;
  /** 0 down, 1 run, 2 finish. */
  readonly state: number;
}

export const SV_STATUS_BYTES = 20;

/** Reads 20 bytes. */
export function readSvStatus(bytes: Uint8Array): SvStatus {
  const view = new DataView(bytes.buffer, bytes.byteOffset, SV_STATUS_BYTES);
  return {
    since: view.getBigUint64(0),
    pid: view.getInt32(12, true),
    paused: view.getUint8(16),
    want: String.fromCharCode(view.getUint8(17)),
    gotTerm: view.getUint8(18),
    state: view.getUint8(19),
  };
}

/** TAI seconds of a moment of the wall clock in milliseconds. */
export function taiSeconds(milliseconds: number): bigint {
  return BigInt(Math.floor(milliseconds / 1000)) + 2n ** 62n + 10n;
}

/** True when nothing is written to `control`, since the status says that the first byte is already wanted. */
export function isWantedAlready(byte: string, status: SvStatus): boolean {
  // "once" puts the want to down without a TERM: a `d` has still to be sent then.
  return status.want === byte && (byte !== 'd' || status.gotTerm === 1);
}

/** Whether a byte has taken effect; `if-check-passes` leaves the last word to the service's ./check. */
export type Judgement = 'reached' | 'waiting' | 'if-check-passes';

/** Judges one byte of a verb against the status; `start` is the moment when sv was started, in TAI seconds. */
export function judge(byte: string, status: SvStatus, start: bigint): Judgement {
  const { pid } = status;
  switch (byte) {
    case 'x':
      return 'waiting'; // A runsv that answers has not ended.
    case 'u':
      return pid === 0 || status.state !== 1 ? 'waiting' : 'if-check-passes';
    case 'd':
      return pid !== 0 || status.state !== 0 ? 'waiting' : 'reached';
    case 'C':
      return pid === 0 ? 'reached' : 'if-check-passes';
    case 't':
    case 'k':
      if (pid === 0 && status.want === 'd') return 'reached';
      return start > status.since || pid === 0 || status.gotTerm !== 0 ? 'waiting' : 'if-check-passes';
    case 'o':
      return (pid === 0 && start > status.since) || (pid !== 0 && status.want !== 'd')
        ? 'waiting'
        : 'reached';
    case 'p':
      return pid !== 0 && status.paused === 0 ? 'waiting' : 'reached';
    case 'c':
      return pid !== 0 && status.paused !== 0 ? 'waiting' : 'reached';
    default:
      return 'reached';
  }
}

const STATE_WORDS = ['down: ', 'run: ', 'finish: '];

/**
 * `run: NAME: (pid 12) 34s, normally down`, without newline. `normallyUp`: there is no file `down`. `now` in TAI
 * seconds; a service that was started after it shows 0s.
 */
export function formatStatusLine(status: SvStatus, label: string, normallyUp: boolean, now: bigint): string {
  const { pid } = status;
  let line = `${STATE_WORDS[status.state] ?? ''}${label}: `;
  if (status.state !== 0) line += `(pid ${pid < 0 ? BigInt.asUintN(64, BigInt(pid)) : pid}) `;
  line += `${now < status.since ? 0n : now - status.since}s`;
  if (pid !== 0 && !normallyUp) line += ', normally down';
  if (pid === 0 && normallyUp) line += ', normally up';
  if (pid !== 0 && status.paused !== 0) line += ', paused';
  if (pid === 0 && status.want === 'u') line += ', want up';
  if (pid !== 0 && status.want === 'd') line += ', want down';
  if (pid !== 0 && status.gotTerm !== 0) line += ', got TERM';
  return line;
}
