/**
 * Words for shell scripts: quoting what goes in, and reading a command line that a person typed.
 *
 * A typed command is never pasted into a script as text. It is read into words the way a shell would (quotes,
 * backslashes, `$NAME`, `${NAME}`, a leading `~/`), and what only a shell can do (pipes, lists, redirections,
 * `$(...)`, patterns) is refused with a reason. The words are then written out quoted.
 */

export type WordPart = { readonly literal: string } | { readonly variable: string };

/** One shell word: literal text and variables, in order. An empty list of parts is the empty word. */
export type Word = readonly WordPart[];

/** What needs no quotes in any shell. A word with `=` may be taken for an assignment unless it is an option. */
const PLAIN = /^(?:[A-Za-z0-9_@%+:,./-]+|-[A-Za-z0-9_@%+=:,./-]+)$/;

/** Quotes a value as exactly one word for any Bourne-like shell; bare where no shell needs quotes. */
export function quote(value: string): string {
  if (PLAIN.test(value)) return value;
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/**
 * Quotes a value always, in double quotes unless it holds something that stays special there: the fixed form of the
 * directory in `log/run` (templates/README.md), which the shared supervisor reads.
 */
export function quoteAlways(value: string): string {
  return /["$`\\!]/.test(value) ? `'${value.replaceAll("'", `'\\''`)}'` : `"${value}"`;
}

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
  if (literal !== null) return quote(literal);
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

/** Reads words as a POSIX shell does, without expanding anything. */
export function readWords(text: string): ReadWords {
  const words: Word[] = [];
  let parts: WordPart[] = [];
  let literal = '';
  let inWord = false;
  const flush = () => {
    if (literal !== '') parts.push({ literal });
    literal = '';
  };
  const end = () => {
    flush();
    if (inWord) words.push(parts);
    parts = [];
    inWord = false;
  };
  let at = 0;
  /** Reads `$NAME` or `${NAME}` at `at`; a reason when it is another expansion. */
  const variable = (): string | null => {
    const match = /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})/.exec(text.slice(at));
    if (match === null) {
      if (/^\$[({0-9@*#?$!'"-]/.test(text.slice(at)))
        return `${JSON.stringify(text.slice(at, at + 2))} is an expansion that belongs into a script of its own`;
      literal += '$';
      at += 1;
      return null;
    }
    flush();
    parts.push({ variable: (match[1] ?? match[2]) as string });
    at += match[0].length;
    return null;
  };
  while (at < text.length) {
    const char = text[at] as string;
    if (char === ' ' || char === '\t') {
      end();
      at += 1;
      continue;
    }
    if (!inWord && char === '#') return { ok: false, why: '"#" would begin a comment: quote the word' };
    if (!inWord && /^~(?:\/|$|[ \t])/.test(text.slice(at))) {
      parts.push({ variable: 'HOME' });
      inWord = true;
      at += 1;
      continue;
    }
    inWord = true;
    if (char === "'") {
      const close = text.indexOf("'", at + 1);
      if (close < 0) return { ok: false, why: "a single quote (') is not closed" };
      literal += text.slice(at + 1, close);
      at = close + 1;
    } else if (char === '"') {
      at += 1;
      while (at < text.length && text[at] !== '"') {
        if (text[at] === '\\' && /["$`\\]/.test(text[at + 1] ?? '')) {
          literal += text[at + 1];
          at += 2;
        } else if (text[at] === '$') {
          const why = variable();
          if (why !== null) return { ok: false, why };
        } else if (text[at] === '`') {
          return { ok: false, why: REFUSED['`'] as string };
        } else {
          literal += text[at];
          at += 1;
        }
      }
      if (at >= text.length) return { ok: false, why: 'a double quote (") is not closed' };
      at += 1;
    } else if (char === '\\') {
      if (at + 1 >= text.length) return { ok: false, why: 'it ends in a backslash' };
      literal += text[at + 1];
      at += 2;
    } else if (char === '$') {
      const why = variable();
      if (why !== null) return { ok: false, why };
    } else if (REFUSED[char] !== undefined) {
      return { ok: false, why: `"${char === '\n' ? '\\n' : char}": ${REFUSED[char]}` };
    } else {
      literal += char;
      at += 1;
    }
  }
  end();
  return { ok: true, words };
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
  let rest = text.trim();
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(rest))
    return { ok: false, why: 'it holds a control character or a line end' };
  let directory: Word | null = null;
  const cd = /^cd\s+((?:'[^']*'|"[^"]*"|\\.|[^\s;&'"\\])+)\s*(?:&&|;)\s*(.+)$/.exec(rest);
  if (cd !== null) {
    const read = readWords(cd[1] as string);
    if (!read.ok) return read;
    directory = read.words[0] ?? null;
    rest = cd[2] as string;
  }
  const trailing = /^(.*?)\s*2>\s*&1\s*(&?)\s*$/.exec(rest);
  if (trailing !== null) {
    rest = `${trailing[1]} ${trailing[2]}`.trim();
    remarks.push('"2>&1" is left out: the run script begins with exec 2>&1');
  }
  if (/[^&\\]&$/.test(rest)) {
    rest = rest.slice(0, -1).trim();
    remarks.push('the "&" at the end is left out: a program in the background cannot be supervised');
  }
  const read = readWords(rest);
  if (!read.ok) return read;
  const words = [...read.words];
  const assignments: [string, string][] = [];
  while (words.length > 0) {
    const first = literalOf(words[0] as Word);
    if (first === null) break;
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
  return { ok: true, command: { words, assignments, directory, remarks } };
}
