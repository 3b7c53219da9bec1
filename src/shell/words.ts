/** Values written as words of a shell: for scripts, and for commands that a person pastes. The one place that quotes. */

/** What needs no quotes in any shell. A word with `=` may be taken for an assignment unless it is an option. */
const PLAIN = /^(?:[A-Za-z0-9_@%+:,./-]+|-[A-Za-z0-9_@%+=:,./-]+)$/;

/** A value in single quotes: one word for any Bourne-like shell, zsh and fish (where it holds no backslash). */
export function singleQuoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/** A value as exactly one word for any Bourne-like shell: bare where no shell needs quotes, else in single quotes. */
export function shellWord(value: string): string {
  return PLAIN.test(value) ? value : singleQuoted(value);
}

/** Several words, as they are to be typed. */
export function shellWords(values: readonly string[]): string {
  return values.map(shellWord).join(' ');
}

/**
 * A command of homerun's about services, as a person pastes it: `homerun doctor mpd --fix`. A name that begins with a
 * dash is kept from being taken for an option.
 */
export function homerunLine(verb: string, names: readonly string[], option = ''): string {
  const dashed = names.some((name) => name.startsWith('-'));
  const words = dashed ? [option, '--', ...names.map(shellWord)] : [...names.map(shellWord), option];
  return ['homerun', verb, ...words].filter((word) => word !== '').join(' ');
}

/**
 * A value always in quotes, double ones unless it holds something that stays special there: the fixed form of the
 * directory in `log/run` (templates/README.md), which the shared supervisor reads.
 */
export function alwaysQuoted(value: string): string {
  return /["$`\\!]/.test(value) ? singleQuoted(value) : `"${value}"`;
}
