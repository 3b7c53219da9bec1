/** Commands that start another program in their own place, and what the shell does by itself. */
import { programName } from './shebang.ts';

interface Wrapper {
  /** Letters of the options that take a value. */
  readonly values?: string;
  /** Long options that take the next word when there is no `=`. */
  readonly long?: readonly string[];
  /** Words of its own between the options and the program. */
  readonly words?: number;
}

const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  chpst: { values: 'uUb/enlLmdopfcrtC' },
  env: { values: 'uCS', long: ['--unset', '--chdir', '--split-string'] },
  nice: { values: 'n', long: ['--adjustment'] },
  ionice: { values: 'cnp', long: ['--class', '--classdata'] },
  stdbuf: { values: 'ioe', long: ['--input', '--output', '--error'] },
  nohup: {},
  setsid: {},
  time: {},
  command: {},
  builtin: {},
  chrt: { values: 'TPD', words: 1 },
  taskset: { words: 1 },
  timeout: { values: 'ks', long: ['--kill-after', '--signal'], words: 1 },
  flock: { values: 'wE', long: ['--timeout', '--conflict-exit-code'], words: 1 },
  softlimit: { values: 'adfcsmrolptqn' },
  setlock: { words: 1 },
  envdir: { words: 1 },
  setuidgid: { words: 1 },
  'dbus-run-session': { long: ['--config-file', '--dbus-daemon'] },
  fghack: {},
  pgrphack: {},
  setpriv: {
    long: ['--reuid', '--regid', '--groups', '--inh-caps', '--ambient-caps', '--bounding-set', '--pdeathsig'],
  },
};

const BUILTINS = new Set(
  (
    'cd : . [ [[ test echo printf read export set unset shift trap wait exit return break continue eval exec true ' +
    'false umask ulimit local typeset declare readonly alias unalias kill pwd command type hash getopts source let ' +
    'times fg bg jobs print whence integer shopt disown builtin function (('
  ) // words of bash and ksh, too
    .split(' '),
);

/** Whether the shell does this itself, or it is a word of its grammar. */
export function isBuiltin(word: string): boolean {
  return BUILTINS.has(word);
}

export interface Wrapped {
  readonly program: string;
  readonly args: readonly (string | null)[];
}

/**
 * Where the program stands behind `chpst ...`, `env A=b`, `nice -n 5` and the like, and these, outermost first.
 *
 * @param words a command's words; null: only a shell knows it
 * @returns the index of the program's word
 */
export function unwrap(words: readonly (string | null)[]): {
  readonly at: number;
  readonly wrappers: readonly Wrapped[];
} {
  const wrappers: Wrapped[] = [];
  let at = 0;
  for (;;) {
    const word = words[at];
    const name = typeof word === 'string' ? programName(word) : '';
    const wrapper = Object.hasOwn(WRAPPERS, name) ? (WRAPPERS[name] as Wrapper) : undefined;
    if (wrapper === undefined) return { at, wrappers };
    const start = at + 1;
    const end = start + optionWords(words.slice(start), wrapper, name === 'env') + (wrapper.words ?? 0);
    if (end >= words.length) return { at, wrappers };
    wrappers.push({ program: word as string, args: words.slice(start, end) });
    at = end;
  }
}

/** How many words are the wrapper's options, their values, and env's assignments. */
function optionWords(words: readonly (string | null)[], wrapper: Wrapper, assignments: boolean): number {
  let count = 0;
  while (count < words.length) {
    const word = words[count];
    if (typeof word !== 'string') return count;
    if (word === '--') return count + 1;
    if (assignments && /^[A-Za-z_]\w*=/.test(word)) {
      count += 1;
      continue;
    }
    if (!word.startsWith('-') || word === '-') return count;
    count += 1;
    if (word.startsWith('--')) {
      if (wrapper.long?.includes(word)) count += 1;
      continue;
    }
    // The first letter that takes a value takes the rest of the word, or the next one.
    const letters = [...word.slice(1)];
    const valued = letters.findIndex((letter) => wrapper.values?.includes(letter));
    if (valued >= 0 && valued === letters.length - 1) count += 1;
  }
  return count;
}
