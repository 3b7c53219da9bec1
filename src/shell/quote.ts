/** Values as words of a shell script. */

/** What needs no quotes in any shell. A word with `=` may be taken for an assignment unless it is an option. */
const PLAIN = /^(?:[A-Za-z0-9_@%+:,./-]+|-[A-Za-z0-9_@%+=:,./-]+)$/;

/** A value as exactly one word for any Bourne-like shell: bare where no shell needs quotes, else in single quotes. */
export function quote(value: string): string {
  return PLAIN.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

/**
 * A value always in quotes, double ones unless it holds something that stays special there: the fixed form of the
 * directory in `log/run` (templates/README.md), which the shared supervisor reads.
 */
export function quoteAlways(value: string): string {
  return /["$`\\!]/.test(value) ? `'${value.replaceAll("'", `'\\''`)}'` : `"${value}"`;
}
