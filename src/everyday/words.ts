/** Numbers as a person says them: durations, signals, endings. */

/** Linux's signal numbers on every architecture that Node runs on there, without `SIG`. */
const SIGNALS = [
  'HUP',
  'INT',
  'QUIT',
  'ILL',
  'TRAP',
  'ABRT',
  'BUS',
  'FPE',
  'KILL',
  'USR1',
  'SEGV',
  'USR2',
  'PIPE',
  'ALRM',
  'TERM',
  'STKFLT',
  'CHLD',
  'CONT',
  'STOP',
  'TSTP',
  'TTIN',
  'TTOU',
  'URG',
  'XCPU',
  'XFSZ',
  'VTALRM',
  'PROF',
  'WINCH',
  'IO',
  'PWR',
  'SYS',
] as const;

/** `SEGV` for 11; `signal 40` for one without a name of its own. */
export function signalName(number: number): string {
  return SIGNALS[number - 1] ?? `signal ${number}`;
}

/** How a process ended. `code` is its exit code; `signal` the number of what killed it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: number | null;
}

/** `exit 127`, `killed by SEGV (11)`. */
export function endingWords(ended: Ended): string {
  if (ended.signal !== null) return `killed by ${signalName(ended.signal)} (${ended.signal})`;
  return ended.code === null ? 'ended' : `exit ${ended.code}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Seconds in at most six columns: `45s`, `3m12s`, `2h05m`, `3d04h`, `412d`. */
export function durationWords(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
  if (whole < 100 * 86_400)
    return `${Math.floor(whole / 86_400)}d${two(Math.floor((whole % 86_400) / 3600))}h`;
  return `${Math.floor(whole / 86_400)}d`;
}

/** `once`, `twice`, `14 times`. */
export function timesWords(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
}

/** `a`, `a and b`, `a, b and c`; or `a, b or c`. */
export function listWords(items: readonly string[], joint: 'and' | 'or' = 'and'): string {
  if (items.length <= 1) return items[0] ?? '';
  return `${items.slice(0, -1).join(', ')} ${joint} ${items.at(-1)}`;
}
