/**
 * Is a `log/run` nothing but a start of svlogd? Then a hosted logger can stand for it. The answer must be provably
 * what a shell would do, so only this is accepted, each on a line of its own:
 *
 * - comments, blank lines, `exec 2>&1`, `set -e` and the like (no `-x`);
 * - `cd DIR`, with `..` at most at the front of the first one (a shell takes back others by name, also where links are);
 * - `mkdir -p DIR...`, `test -d DIR || mkdir -p DIR`, `[ -d DIR ] || mkdir -p DIR`, each of these and `cd` maybe with
 *   `|| exit N` behind it;
 * - `NAME=VALUE`, with a value that is known, and `"$NAME"` after it;
 * - last, `exec svlogd ARG...`, maybe with `2>&1`.
 *
 * Words are of plain characters, in single quotes, in double quotes or after a backslash. Anything else (other
 * variables, globs, substitutions, `chpst`, conditions, continuation of lines) is left to the shell.
 */

import { readAssignment as readAssigned } from '../../shell/assignment.ts';
import { isShell, programName, readShebang } from '../../shell/shebang.ts';
import { ASSIGNMENT, type Part, readTokens, type Token, type Word } from '../../shell/tokens.ts';

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

/** Options of the interpreter, and of `set`, that change nothing as long as all goes well. */
const OPTIONS = /^-[efu]+$/;
/** Characters that mean themselves in every shell, wherever they stand in a word (`=` not at its start). */
const PLAIN = /^[A-Za-z0-9_./:@%+,=-]*$/;
/** Variables that change what the shell itself does. */
const SHELLS_OWN = /^(?:PATH|IFS|CDPATH|ENV|HOME|PWD|_)$/;
/** In place of an operator among words: no word holds a NUL. */
const OR = '\0||';
const JOINED = '\x002>&1';

/** Undefined when it is anything else. `text` has one character a byte. */
export function readPlainLogRun(text: string): PlainLogRun | undefined {
  const end = text.indexOf('\n');
  const interpreter = readInterpreter(text);
  if (interpreter === undefined || end < 0 || text.includes('\0') || text.includes('\\\n')) return undefined;
  const { tokens, unfinished } = readTokens(text.slice(end));
  if (unfinished !== null) return undefined;
  const steps: LogRunStep[] = [];
  const variables = new Map<string, string>();
  let stderr: 1 | 2 = 2;
  let at = 0;
  while (at < tokens.length) {
    let next = at;
    while (next < tokens.length && !isLineEnd(tokens[next])) next += 1;
    const line = tokens.slice(at, next);
    at = next + 1;
    const [first] = line;
    if (first === undefined) continue;
    const assignment = first.kind === 'word' ? readAssignment(first, variables) : undefined;
    if (assignment !== undefined) {
      if (line.length > 1) return undefined;
      variables.set(...assignment);
      continue;
    }
    const words = line.map((token) => readPlain(token, variables));
    if (!words.every((word) => word !== undefined)) return undefined;
    if (words[0] !== 'exec') {
      const step = readStep(words);
      if (step === undefined) return undefined;
      if (step === 'nothing') continue;
      if (step.step === 'cd' && hasLateParent(step.to, steps)) return undefined;
      steps.push(step);
      continue;
    }
    const rest = words.slice(1);
    if (rest.at(-1) === JOINED) {
      stderr = 1;
      rest.pop();
    }
    if (rest.some((word) => word.startsWith('\0'))) return undefined;
    const [program, ...args] = rest;
    if (program === undefined) continue;
    // A path with a slash, or a bare name; an option of exec is neither.
    if (!/^(?:\/.*\/|\/)?svlogd$/.test(program)) return undefined;
    // After exec nothing is done any more; but what stands there is at least to be no here-document or the like.
    return tokens.slice(at).every(isLineEnd) ? { steps, program, args, stderr, interpreter } : undefined;
  }
  return undefined;
}

/** A `..` behind a name, which a shell takes back without a look at where the name leads. */
function hasLateParent(to: string, before: readonly LogRunStep[]): boolean {
  const names = to.split('/');
  const first = before.some(({ step }) => step === 'cd')
    ? 0
    : names.findIndex((name) => !/^\.{0,2}$/.test(name));
  return first >= 0 && names.includes('..', first);
}

function isLineEnd(token: Token | undefined): boolean {
  return token?.kind === 'operator' && token.text === '\n';
}

function readInterpreter(text: string): string | undefined {
  const { kind, interpreter, argument, crlf } = readShebang({ text });
  if (kind !== 'script' || crlf || !/^\/./.test(interpreter)) return undefined;
  const name = programName(interpreter);
  if (!isShell(name) || name === 'busybox') return undefined;
  return argument === '' || OPTIONS.test(argument) ? interpreter : undefined;
}

function readStep(words: readonly string[]): LogRunStep | 'nothing' | undefined {
  let rest = words;
  // `|| exit 1` behind it
  if (rest.length > 3 && rest.at(-3) === OR && rest.at(-2) === 'exit' && /^\d+$/.test(rest.at(-1) ?? '')) {
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
    const wanted = ['-d', folder, ...closed, OR, 'mkdir', '-p', folder];
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

/** A token as the shell takes it, operators with a NUL before them; undefined where it might do more than that. */
function readPlain(token: Token, variables: ReadonlyMap<string, string>): string | undefined {
  if (token.kind === 'operator') return token.text === '||' ? OR : undefined;
  if (token.kind === 'redirection') {
    const joins = token.descriptor === 2 && token.operator === '>&' && token.target?.raw === '1';
    return joins ? JOINED : undefined;
  }
  if (token.raw === '[' || token.raw === ']') return token.raw;
  return token.raw.startsWith('=') || ASSIGNMENT.test(token.raw)
    ? undefined
    : readParts(token.parts, variables, true);
}

/** `NAME=VALUE` with a value that is known. */
function readAssignment(
  word: Word,
  variables: ReadonlyMap<string, string>,
): readonly [string, string] | undefined {
  const assignment = readAssigned(word);
  if (assignment === undefined || assignment.append || SHELLS_OWN.test(assignment.name)) return undefined;
  const value = readParts(assignment.parts, variables, false);
  return value === undefined ? undefined : [assignment.name, value];
}

function readParts(
  parts: readonly Part[],
  variables: ReadonlyMap<string, string>,
  split: boolean,
): string | undefined {
  let text = '';
  for (const part of parts) {
    if (part.kind === 'other') return undefined;
    if (part.kind === 'variable') {
      const value = part.operator === '' ? variables.get(part.name) : undefined;
      // Outside of quotes a value is split into words and its patterns are expanded, but not in an assignment.
      if (value === undefined) return undefined;
      if (part.quote === '' && split && (value === '' || !PLAIN.test(value) || value.includes('=')))
        return undefined;
      text += value;
      continue;
    }
    if (part.quote === '' && !PLAIN.test(part.text)) return undefined;
    // `!` and a backslash in double quotes are not the same everywhere; text on two lines is left to the shell.
    if (part.quote === '"' && /[`\\!]/.test(part.text)) return undefined;
    if (part.text.includes('\n')) return undefined;
    text += part.text;
  }
  return text;
}
