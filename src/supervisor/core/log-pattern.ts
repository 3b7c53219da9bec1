/**
 * svlogd's patterns (svlogd(8), PATTERN MATCHING): `*` stops at the first occurrence of the character that follows
 * it, a `*` at the end takes everything, `+` takes one or more of the character that follows it, and if the line
 * ends there, it matches. Everything else stands for itself.
 */

/** True when `pattern` (a byte string without its letter) matches the whole of `line`. */
export function matchPattern(pattern: string, line: string): boolean {
  let at = 0;
  for (let next = 0; next < pattern.length; ) {
    const wanted = pattern[next++];
    if (wanted === '*') {
      if (next === pattern.length) return true;
      at = line.indexOf(pattern[next] as string, at);
      if (at === -1) return false;
    } else if (wanted === '+') {
      const repeated = pattern[next++];
      if (repeated === undefined || line[at] !== repeated) return false;
      while (line[at] === repeated) at++;
      if (at === line.length) return true;
    } else if (line[at++] !== wanted) {
      return false;
    }
  }
  return at === line.length;
}

/** What a line's instructions say: the last that matches decides, for the log and for stderr each. */
export interface Selection {
  /** Written to the log (and sent by udp). */
  readonly log: boolean;
  /** Written to standard error. */
  readonly alert: boolean;
}

export const SELECTED: Selection = { log: true, alert: false };

/** Applies `+ - e E` instructions, letters included, to a line's first bytes. */
export function selectLine(instructions: readonly string[], line: string): Selection {
  let log = true;
  let alert = false;
  for (const instruction of instructions) {
    if (!matchPattern(instruction.slice(1), line)) continue;
    const letter = instruction[0];
    if (letter === '+') log = true;
    else if (letter === '-') log = false;
    else if (letter === 'e') alert = true;
    else alert = false;
  }
  return { log, alert };
}
