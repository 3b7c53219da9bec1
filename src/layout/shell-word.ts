/** Words for a command line that a person pastes. */

/** One shell word: as it is when that is safe, else in single quotes. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Several words, as they are to be typed. */
export function shellWords(texts: readonly string[]): string {
  return texts.map(shellWord).join(' ');
}
