/**
 * Is a `log/run` nothing but a start of svlogd? Then a hosted logger can stand for it. The answer must be provably
 * what a shell would do, so only this is accepted, each on a line of its own:
 *
 * - comments, blank lines, `exec 2>&1`, `set -e` and the like (no `-x`);
 * - `cd DIR`, `mkdir -p DIR...`, `test -d DIR || mkdir -p DIR`, `[ -d DIR ] || mkdir -p DIR`, each maybe with
 *   `|| exit N` behind it;
 * - `NAME=VALUE`, with a value that is known, and `"$NAME"` after it;
 * - last, `exec svlogd ARG...`, maybe with `2>&1`.
 *
 * Words are of plain characters, in single quotes, in double quotes or after a backslash. Anything else (other
 * variables, globs, substitutions, `chpst`, conditions, continuation of lines) is left to the shell.
 */

/** What is done before svlogd starts, in the order of the script. */
export type LogRunStep =
  | { readonly step: 'cd'; readonly to: string }
  | { readonly step: 'mkdir'; readonly folders: readonly string[] };

export interface PlainLogRun {
  readonly steps: readonly LogRunStep[];
  /** svlogd as it is named: a bare word, or a path. */
  readonly program: string;
  /** Its arguments; one character a byte. */
  readonly args: readonly string[];
  /** Where svlogd's messages go: 1 after `2>&1`. */
  readonly stderr: 1 | 2;
  /** The interpreter of the script: a path. */
  readonly interpreter: string;
}

const INTERPRETERS = /^(?:sh|dash|ash|bash|ksh|ksh93|mksh|oksh|lksh|yash|zsh|posh)$/;
/** Options of the interpreter, and of `set`, that change nothing as long as all goes well. */
const OPTIONS = /^-[efu]+$/;
/** Characters that mean themselves in every shell, wherever they stand in a word (`=` and `~` not at its start). */
const PLAIN = /[A-Za-z0-9_./:@%+,-]/;

/** Undefined when it is anything else. `text` has one character a byte. */
export function readPlainLogRun(text: string): PlainLogRun | undefined {
  const lines = text.split('\n');
  const interpreter = readInterpreter(lines.shift() ?? '');
  if (interpreter === undefined) return undefined;
  const steps: LogRunStep[] = [];
  const variables = new Map<string, string>();
  let stderr: 1 | 2 = 2;
  for (const [index, line] of lines.entries()) {
    const words = splitWords(line, variables);
    if (words === undefined) return undefined;
    if (words.length === 0) continue;
    const [first] = words;
    if (first?.assigns !== undefined) {
      if (words.length > 1) return undefined;
      variables.set(first.assigns, first.text);
      continue;
    }
    const plain = words.map(({ text, operator }) => (operator ? `\0${text}` : text));
    if (plain[0] === 'exec') {
      const rest = plain.slice(1);
      if (rest.at(-1) === '\x002>&1') {
        stderr = 1;
        rest.pop();
      }
      if (rest.some((word) => word.startsWith('\0'))) return undefined;
      const [program, ...args] = rest;
      if (program === undefined) continue;
      // A path with a slash, or a bare name; an option of exec is neither.
      if (!/^(?:\/.*\/|\/)?svlogd$/.test(program)) return undefined;
      return lines.slice(index + 1).every(isSilent)
        ? { steps, program, args, stderr, interpreter }
        : undefined;
    }
    const step = readStep(plain);
    if (step === undefined) return undefined;
    if (step !== 'nothing') steps.push(step);
  }
  return undefined;
}

/** After exec nothing is done any more; but what stands there is at least to be no here-document or the like. */
function isSilent(line: string): boolean {
  return /^\s*(#.*)?$/.test(line);
}

function readInterpreter(line: string): string | undefined {
  const match = /^#!\s*(\/\S+)(?:\s+(\S+))?\s*$/.exec(line);
  if (match === null) return undefined;
  const [, path = '', option] = match;
  if (!INTERPRETERS.test(path.slice(path.lastIndexOf('/') + 1))) return undefined;
  return option === undefined || OPTIONS.test(option) ? path : undefined;
}

function readStep(words: readonly string[]): LogRunStep | 'nothing' | undefined {
  let rest = words;
  // `|| exit 1` behind it
  if (
    rest.length > 3 &&
    rest.at(-3) === '\0||' &&
    rest.at(-2) === 'exit' &&
    /^\d+$/.test(rest.at(-1) ?? '')
  ) {
    rest = rest.slice(0, -3);
  }
  const [command, ...args] = rest;
  if (command === 'set')
    return args.length > 0 && args.every((arg) => OPTIONS.test(arg)) ? 'nothing' : undefined;
  if (command === 'cd') {
    if (args[0] === '--') args.shift();
    const [to] = args;
    // `cd -`, CDPATH and the like are the shell's affair.
    return args.length === 1 && to !== undefined && /^(\/|\.\/|\.\.?$|\.\.\/)/.test(to)
      ? { step: 'cd', to }
      : undefined;
  }
  // test -d DIR || mkdir -p DIR
  if (command === 'test' || command === '[') {
    const closed = command === '[' ? [']'] : [];
    const folder = args[1];
    const wanted = ['-d', folder, ...closed, '\0||', 'mkdir', '-p', folder];
    const without = args.filter((word, index) => !(word === '--' && args[index - 1] === '-p'));
    if (folder === undefined || folder.startsWith('-') || folder.startsWith('\0')) return undefined;
    return without.length === wanted.length && without.every((word, index) => word === wanted[index])
      ? { step: 'mkdir', folders: [folder] }
      : undefined;
  }
  if (command === 'mkdir') {
    if (args[0] !== '-p') return undefined;
    const folders = args[1] === '--' ? args.slice(2) : args.slice(1);
    const fine = folders.every(
      (folder) => folder !== '' && !folder.startsWith('-') && !folder.startsWith('\0'),
    );
    return folders.length > 0 && fine ? { step: 'mkdir', folders } : undefined;
  }
  return undefined;
}

interface ReadWord {
  readonly text: string;
  /** `||` or `2>&1`. */
  readonly operator?: true;
  /** The variable that it sets. */
  readonly assigns?: string;
}

/** The words of a line; undefined where a shell might do more than take them as they are. */
function splitWords(line: string, variables: ReadonlyMap<string, string>): ReadWord[] | undefined {
  const words: ReadWord[] = [];
  let at = 0;
  while (at < line.length) {
    const character = line[at] as string;
    if (character === ' ' || character === '\t') {
      at += 1;
      continue;
    }
    if (character === '#') return words;
    const operator = /^(?:\|\||2>&1(?=[ \t]|$))/.exec(line.slice(at))?.[0];
    if (operator !== undefined) {
      words.push({ text: operator, operator: true });
      at += operator.length;
      continue;
    }
    if (character === '[' || character === ']') {
      if (!/^[[\]](?=[ \t]|$)/.test(line.slice(at))) return undefined;
      words.push({ text: character });
      at += 1;
      continue;
    }
    const assigns = /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(line.slice(at))?.[1];
    if (assigns !== undefined && (words.length > 0 || /^(?:PATH|IFS|CDPATH|ENV|HOME|PWD|_)$/.test(assigns))) {
      return undefined;
    }
    if (assigns !== undefined) at += assigns.length + 1;
    const word = readWord(line, at, variables, assigns === undefined);
    if (word === undefined) return undefined;
    words.push(assigns === undefined ? { text: word.text } : { text: word.text, assigns });
    at = word.end;
  }
  return words;
}

function readWord(
  line: string,
  start: number,
  variables: ReadonlyMap<string, string>,
  split: boolean,
): { readonly text: string; readonly end: number } | undefined {
  let text = '';
  let at = start;
  for (;;) {
    const character = line[at];
    if (character === undefined || character === ' ' || character === '\t') return { text, end: at };
    if (PLAIN.test(character) || (character === '=' && at > start)) {
      text += character;
      at += 1;
    } else if (character === '\\') {
      const next = line[at + 1];
      if (next === undefined) return undefined;
      text += next;
      at += 2;
    } else if (character === "'") {
      const end = line.indexOf("'", at + 1);
      if (end === -1) return undefined;
      text += line.slice(at + 1, end);
      at = end + 1;
    } else if (character === '"') {
      at += 1;
      for (; line[at] !== '"'; at += 1) {
        const inner = line[at];
        if (inner === undefined || inner === '`' || inner === '\\' || inner === '!') return undefined;
        if (inner === '$') {
          const value = readVariable(line, at, variables);
          if (value === undefined) return undefined;
          text += value.text;
          at = value.end - 1;
        } else text += inner;
      }
      at += 1;
    } else if (character === '$') {
      // Outside of quotes a value is split into words and its patterns are expanded, but not in an assignment.
      const value = readVariable(line, at, variables);
      if (value === undefined || (split && ![...value.text].every((each) => PLAIN.test(each))))
        return undefined;
      if (split && value.text === '') return undefined;
      text += value.text;
      at = value.end;
    } else return undefined;
  }
}

function readVariable(
  line: string,
  at: number,
  variables: ReadonlyMap<string, string>,
): { readonly text: string; readonly end: number } | undefined {
  const match = /^\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/.exec(line.slice(at));
  const text = variables.get(match?.[1] ?? match?.[2] ?? '');
  return match === null || text === undefined ? undefined : { text, end: at + match[0].length };
}
