/**
 * Options as runit reads them (djb's sgetopt): single letters, grouped or not, an argument beside or after its letter.
 * Reading ends before the first word that does not start with `-`, before a lone `-`, and after a word that starts
 * with `--`, whatever follows in it.
 */

/** One option, or what is wrong: a letter that is not known, or one whose argument is missing. */
export type Option =
  | { readonly letter: string; readonly argument: string }
  | { readonly problem: 'illegal' | 'argument'; readonly letter: string };

export interface Options {
  readonly options: readonly Option[];
  /** The words after the options. After a problem it is of no use. */
  readonly rest: readonly string[];
}

/**
 * Reads `args` (without the program's name) by `spec`, letters with a `:` after those that take an argument.
 * Ends at the first problem, which is then the last of `options`. Words are strings with one character a byte.
 */
export function parseOptions(args: readonly string[], spec: string): Options {
  const options: Option[] = [];
  let index = 0;
  let position = 0;
  for (;;) {
    const word = args[index];
    if (word === undefined) break;
    if (position === 0) {
      if (word[0] !== '-' || word.length === 1) break;
      if (word[1] === '-') {
        index += 1;
        break;
      }
      position = 1;
    }
    if (position === word.length) {
      index += 1;
      position = 0;
      continue;
    }
    const letter = word[position] as string;
    position += 1;
    const known = letter === ':' ? -1 : spec.indexOf(letter);
    if (known === -1) {
      options.push({ problem: 'illegal', letter });
      break;
    }
    if (spec[known + 1] !== ':') {
      options.push({ letter, argument: '' });
      continue;
    }
    let argument: string | undefined = word.slice(position);
    index += 1;
    position = 0;
    if (argument === '') {
      argument = args[index];
      index += 1;
      if (argument === undefined) {
        options.push({ problem: 'argument', letter });
        break;
      }
    }
    options.push({ letter, argument });
  }
  return { options, rest: args.slice(index) };
}

/** The line that says what is wrong with an option, with its newline. */
export function optionProblemLine(
  program: string,
  { problem, letter }: { readonly problem: 'illegal' | 'argument'; readonly letter: string },
): string {
  return problem === 'illegal'
    ? `${program}: illegal option -- ${letter}\n`
    : `${program}: option requires an argument -- ${letter}\n`;
}

/**
 * The digits at the start of a text as an unsigned long, and how many they are. As in C the number wraps at 2^64,
 * and no digits at all are 0.
 */
export function scanUnsignedLong(text: string): { value: bigint; length: number } {
  const digits = /^[0-9]*/.exec(text)?.[0] ?? '';
  return { value: digits === '' ? 0n : BigInt.asUintN(64, BigInt(digits)), length: digits.length };
}
