/**
 * A command line that a person typed, and the words it is made of.
 *
 * It is never pasted into a script as text. It is read into words the way a shell would (quotes, backslashes, `$NAME`,
 * `${NAME}`, a leading `~/`), and what only a shell can do (pipes, lists, redirections, `$(...)`, patterns) is refused
 * with a reason. The words are then written out quoted.
 */

import { basename } from 'node:path';
import { isShell } from '../shell/shebang.ts';
import { readTokens, type Word as ShellWord, type Token, type Tokens } from '../shell/tokens.ts';
import { shellWord } from '../shell/words.ts';

export type WordPart = { readonly literal: string } | { readonly variable: string };

/** One shell word: literal text and variables, in order. An empty list of parts is the empty word. */
export type Word = readonly WordPart[];

export function word(literal: string): Word {
  return literal === '' ? [] : [{ literal }];
}

/** The word's text when no variable is in it, else null. */
export function literalOf(parts: Word): string | null {
  let text = '';
  for (const part of parts) {
    if ('variable' in part) return null;
    text += part.literal;
  }
  return text;
}

/** The word as a person would type it, for messages. */
export function showWord(parts: Word): string {
  return parts.map((part) => ('literal' in part ? part.literal : `$${part.variable}`)).join('');
}

/** The word as shell source: one word, whatever its variables hold. */
export function formatWord(parts: Word): string {
  const literal = literalOf(parts);
  if (literal !== null) return shellWord(literal);
  let text = '"';
  parts.forEach((part, index) => {
    if ('literal' in part) {
      text += part.literal.replace(/["$`\\]/g, '\\$&');
      return;
    }
    const next = parts[index + 1];
    const braces = next !== undefined && 'literal' in next && /^[A-Za-z0-9_]/.test(next.literal);
    text += braces ? `\${${part.variable}}` : `$${part.variable}`;
  });
  return `${text}"`;
}

export type ReadWords =
  | { readonly ok: true; readonly words: readonly Word[] }
  | { readonly ok: false; readonly why: string };

/** Why a character that only a shell understands is refused, and what to do instead. */
const REFUSED: Readonly<Record<string, string>> = {
  '|': 'a pipeline cannot be supervised: sv signals one process only, the others would be left behind. Put it into a script of its own and give that',
  '&': 'a background process cannot be supervised, and a list of commands is no single program. Put it into a script of its own and give that',
  ';': 'a list of commands is no single program. Put it into a script of its own and give that',
  '<': 'redirections belong into a script of its own',
  '>': 'redirections are not needed: what the program prints goes to its log',
  '(': 'subshells belong into a script of its own',
  ')': 'subshells belong into a script of its own',
  '`': 'command substitution belongs into a script of its own',
  '*': 'patterns are not expanded: quote the word if it is meant as it stands',
  '?': 'patterns are not expanded: quote the word if it is meant as it stands',
  '[': 'patterns are not expanded: quote the word if it is meant as it stands',
  '\n': 'it is more than one line',
};

const ENDS: Readonly<Record<string, string>> = {
  "'": "a single quote (') is not closed",
  '"': 'a double quote (") is not closed',
  '\\': 'it ends in a backslash',
};

type ReadWord = { readonly ok: true; readonly word: Word } | { readonly ok: false; readonly why: string };

function refuse(character: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why: `"${character === '\n' ? '\\n' : character}": ${REFUSED[character]}` };
}

/** A word of the shell as literal text and variables. */
function readWord({ parts }: ShellWord): ReadWord {
  const read: WordPart[] = [];
  let literal = '';
  const put = (variable: string): void => {
    if (literal !== '') read.push({ literal });
    literal = '';
    read.push({ variable });
  };
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'text') {
      let { text } = part;
      if (part.quote === '') {
        const pattern = /[*?[]/.exec(text)?.[0];
        if (pattern !== undefined) return refuse(pattern);
        if (index === 0 && (text.startsWith('~/') || (text === '~' && parts.length === 1))) {
          put('HOME');
          text = text.slice(1);
        }
      }
      literal += text;
    } else if (part.kind === 'variable' && part.operator === '') put(part.name);
    else if (REFUSED[part.raw[0] as string] !== undefined) return refuse(part.raw[0] as string);
    else {
      const what = JSON.stringify(part.raw.slice(0, 2));
      return { ok: false, why: `${what} is an expansion that belongs into a script of its own` };
    }
  }
  if (literal !== '') read.push({ literal });
  return { ok: true, word: read };
}

function wordsOf(tokens: readonly Token[], { unfinished, comment }: Omit<Tokens, 'tokens'>): ReadWords {
  const words: Word[] = [];
  for (const token of tokens) {
    if (token.kind === 'operator') return refuse(token.text[0] as string);
    if (token.kind === 'redirection') return refuse(token.operator[0] as string);
    const read = readWord(token);
    if (!read.ok) return read;
    words.push(read.word);
  }
  if (comment) return { ok: false, why: '"#" would begin a comment: quote the word' };
  if (unfinished !== null) return { ok: false, why: ENDS[unfinished] ?? `${unfinished} is not closed` };
  return { ok: true, words };
}

/** Reads words as a POSIX shell does, without expanding anything. */
export function readWords(text: string): ReadWords {
  const { tokens, ...rest } = readTokens(text);
  return wordsOf(tokens, rest);
}

export interface TypedCommand {
  /** The program and its arguments; at least one word. */
  readonly words: readonly Word[];
  /** `NAME=VALUE` words that stood before the program. */
  readonly assignments: readonly (readonly [string, string])[];
  /** The directory of a leading `cd DIR &&`, else null. */
  readonly directory: Word | null;
  /** What was taken away from the typed line and why, a sentence each. */
  readonly remarks: readonly string[];
}

export type ReadCommand =
  | { readonly ok: true; readonly command: TypedCommand }
  | { readonly ok: false; readonly why: string };

/** Wrappers whose work runit does itself, or that undo it. */
const WRAPPERS: Readonly<Record<string, string>> = {
  exec: 'the run script does the exec itself',
  nohup: 'a supervised program has no terminal that could hang up',
  setsid: 'it would take the program away from its supervisor',
  disown: 'nothing is to be disowned: runsv is the parent',
};

/**
 * Reads a command line typed by a person: `cd DIR &&` in front becomes a directory, `NAME=VALUE` words become
 * environment, a trailing `&`, `2>&1`, `exec`, `nohup` and `setsid` are taken away with a word of explanation.
 */
export function readCommand(text: string): ReadCommand {
  const remarks: string[] = [];
  const line = text.trim();
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(line))
    return { ok: false, why: 'it holds a control character or a line end' };
  const { tokens: all, ...rest } = readTokens(line);
  const tokens = [...all];
  let directory: Word | null = null;
  const [cd, to, then] = tokens;
  if (cd?.kind === 'word' && cd.raw === 'cd' && to?.kind === 'word' && then?.kind === 'operator') {
    if (then.text === '&&' || then.text === ';') {
      const read = readWord(to);
      if (!read.ok) return read;
      directory = read.word;
      tokens.splice(0, 3);
    }
  }
  const last = (): Token | undefined => tokens.at(-1);
  const background = last()?.kind === 'operator' && (last() as { text: string }).text === '&';
  if (background) tokens.pop();
  if (joinsStderr(last())) {
    tokens.pop();
    remarks.push('"2>&1" is left out: the run script begins with exec 2>&1');
  }
  if (background)
    remarks.push('the "&" at the end is left out: a program in the background cannot be supervised');
  const read = wordsOf(tokens, rest);
  if (!read.ok) return read;
  const words = [...read.words];
  const assignments: [string, string][] = [];
  while (words.length > 0) {
    const first = literalOf(words[0] as Word);
    if (first === null) {
      const name = assignedName(words[0] as Word);
      if (name === null) break;
      return {
        ok: false,
        why: `${name}: its value is kept in a file, where no variable is expanded: write it out`,
      };
    }
    const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(first);
    if (assignment !== null) {
      assignments.push([assignment[1] as string, assignment[2] as string]);
      words.shift();
    } else if (Object.hasOwn(WRAPPERS, first)) {
      words.shift();
      remarks.push(`"${first}" is left out: ${WRAPPERS[first]}`);
    } else break;
  }
  if (words.length === 0 || (words[0] as Word).length === 0) return { ok: false, why: 'it names no program' };
  const program = literalOf(words[0] as Word);
  if (program !== null && /^(?:.*\/)?(?:sudo|doas|su)$/.test(program))
    return {
      ok: false,
      why: `${program} asks for a password and has no terminal here, and sv could not signal what it starts: a daemon of root belongs to the system's own supervisor`,
    };
  const script = scriptOfShell(words);
  if (script !== null) {
    const inner = readCommand(script);
    if (inner.ok && (directory === null || inner.command.directory === null)) {
      const { command } = inner;
      return {
        ok: true,
        command: {
          words: command.words,
          assignments: [...assignments, ...command.assignments],
          directory: command.directory ?? directory,
          remarks: [
            ...remarks,
            `"${program} -c" is left out: the run script starts the program itself`,
            ...command.remarks,
          ],
        },
      };
    }
    if (!/(?:^|[\s;&|])exec\s/.test(script))
      remarks.push(
        `sv signals ${program} only, and what it started would be left behind: let its last command begin with exec, or put the lines into a script of their own`,
      );
  }
  return { ok: true, command: { words, assignments, directory, remarks } };
}

/** `NAME` of a word `NAME=...$VARIABLE...`. */
function assignedName([first]: Word): string | null {
  return first !== undefined && 'literal' in first
    ? (/^([A-Za-z_][A-Za-z0-9_]*)=/.exec(first.literal)?.[1] ?? null)
    : null;
}

/** What a shell is given by `sh -c SCRIPT`; null for anything else. */
function scriptOfShell(words: readonly Word[]): string | null {
  const [shell, flag, script] = words.map(literalOf);
  return words.length === 3 && typeof shell === 'string' && isShell(basename(shell)) && flag === '-c'
    ? (script ?? null)
    : null;
}

function joinsStderr(token: Token | undefined): boolean {
  return (
    token?.kind === 'redirection' &&
    token.operator === '>&' &&
    token.descriptor === 2 &&
    token.target?.raw === '1'
  );
}
