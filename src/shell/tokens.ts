/**
 * A shell script's tokens: words with their parts, operators and redirections, by the rules of POSIX (2.2 Quoting,
 * 2.3 Token Recognition), with what bash and ksh add (`[[`, `((`, arrays, `<(...)`, `$'...'`, `&>`). Nothing is run
 * and nothing is looked up. Comments and the bodies of here-documents are left out.
 *
 * A carriage return is a character like any other, as it is for the shell. Who wants to read what a script with DOS
 * line ends was meant to be takes them away first (`withoutCarriageReturns`).
 */

/** What protects a character: nothing, a backslash, or quotes. */
export type Quote = '' | '\\' | "'" | '"';

export type Part =
  /** Characters that stand for themselves; without quotes, a pattern or a tilde may be among them. */
  | { readonly kind: 'text'; readonly text: string; readonly quote: Quote }
  /** `$NAME`, `${NAME}`, and `${NAME:-WORD}` with its operator (`:-` `-` `:=` `=` `:?` `?` `:+` `+`) and its word. */
  | {
      readonly kind: 'variable';
      readonly name: string;
      readonly operator: string;
      readonly operand: readonly Part[];
      readonly raw: string;
      readonly quote: '' | '"';
    }
  /** What only a shell can tell: `$(...)`, backquotes, `$((...))`, `$1`, `${NAME%WORD}`, `<(...)`, arrays. */
  | { readonly kind: 'other'; readonly raw: string; readonly quote: '' | '"' };

export interface Word {
  readonly kind: 'word';
  /** As it is written. */
  readonly raw: string;
  readonly parts: readonly Part[];
  /** Quotes taken away; expansions stay as they are written. */
  readonly text: string;
  /** The shell takes it as it stands: nothing to expand, no pattern, no tilde. */
  readonly literal: boolean;
  /** A part of it stands in quotes. */
  readonly quoted: boolean;
  /** Its first line and its last, from 1. */
  readonly line: number;
  readonly lastLine: number;
}

export interface Operator {
  readonly kind: 'operator';
  /** `;` `&` `|` `|&` `&&` `||` `;;` `;&` `;;&` `(` `)` or `\n`. */
  readonly text: string;
  readonly line: number;
  /** Of a line end: the last line of the here-documents behind it. */
  readonly lastLine: number;
}

export interface Redirection {
  readonly kind: 'redirection';
  /** The number in front, or the default: 0 for input, 1 for output; 10 for `{NAME}`, where the shell chooses. */
  readonly descriptor: number;
  /** `<` `>` `>>` `>|` `<>` `<&` `>&` `&>` `&>>` `<<` `<<-` `<<<`. */
  readonly operator: string;
  readonly target: Word | null;
  readonly line: number;
  readonly lastLine: number;
}

export type Token = Word | Operator | Redirection;

export interface Tokens {
  readonly tokens: readonly Token[];
  /** What begins and never ends, as a person would name it; null when all is closed. */
  readonly unfinished: string | null;
  /** There is a comment. */
  readonly comment: boolean;
}

/** The text with line ends as the shell knows them. Lines keep their numbers. */
export function withoutCarriageReturns(text: string): string {
  return text.replace(/\r+\n/g, '\n').replace(/\r+$/, '');
}

/** `NAME=` or `NAME+=` at the beginning of a word. */
export const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*\+?=/;

const REDIRECTION = /^(\d*|\{[A-Za-z_]\w*\})(<<<|<<-|<<|<>|<&|>>|>&|>\||<|>)|^()(&>>|&>)/;
const OPERATOR = /^(?:;;&|;;|;&|;|&&|&|\|\||\|&|\||\(|\))/;
/** Behind these, as behind an operator, a command begins. */
const BEFORE_COMMANDS = new Set([
  'if',
  'then',
  'elif',
  'else',
  'while',
  'until',
  'do',
  '!',
  '{',
  'time',
  'for',
]);
const METACHARACTER = /[ \t\n;&|()<>]/;
const VARIABLE = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(\})|(:?[-=?+])))/;
const SPECIAL = /^\$[0-9@*#?$!-]/;
/** What the shell may make something else of, when it stands without quotes. */
const BRACES = /\{[^{}]*(?:,|\.\.)[^{}]*\}/;
const PATTERN = /[*?]|\[.+\]/s;

/** Pieces in pieces: no script that a person wrote nests so deep; what does is garbage. */
const DEEPEST = 100;

/** The parts with a text for each that a pattern can be seen in: what is quoted or expanded is a NUL. */
export function mayBePattern(parts: readonly Part[]): boolean {
  const bare = parts.map((part) => (part.kind === 'text' && part.quote === '' ? part.text : '\0')).join('');
  return PATTERN.test(bare) || BRACES.test(bare);
}

class Scanner {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #unfinished: string | null = null;
  #comment = false;
  /** From here on no `((` has an end. */
  #noArithmetic = Number.POSITIVE_INFINITY;
  #depth = 0;
  #hereDocuments: { delimiter: string; tabs: boolean; quoted: boolean }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  read(): Tokens {
    const tokens = this.#tokens(false);
    return { tokens, unfinished: this.#unfinished, comment: this.#comment };
  }

  #starts(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #advance(to: number): void {
    const end = Math.min(to, this.#text.length);
    for (let index = this.#at; index < end; index += 1) if (this.#text[index] === '\n') this.#line += 1;
    this.#at = end;
  }

  #fail(what: string): void {
    this.#unfinished ??= what;
    this.#advance(this.#text.length);
  }

  /** All tokens; of a substitution, up to the `)` that closes it, which is taken. */
  #tokens(inside: boolean): Token[] {
    const tokens: Token[] = [];
    const outer = this.#hereDocuments;
    this.#hereDocuments = [];
    /** `(` and `case` that are open: in a case, `)` ends a pattern. */
    const open: string[] = [];
    let commandPosition = true;
    while (this.#at < this.#text.length) {
      const token = this.#next(commandPosition);
      if (token === undefined) continue;
      if (token.kind === 'operator') {
        if (token.text === '(') open.push('(');
        if (token.text === ')') {
          if (open.at(-1) === '(') open.pop();
          else if (inside && open.length === 0) {
            this.#hereDocuments = [...outer, ...this.#hereDocuments];
            return tokens;
          }
        }
        commandPosition = true;
      } else if (token.kind === 'word') {
        if (commandPosition && token.raw === 'case') open.push('case');
        if (commandPosition && token.raw === 'esac' && open.at(-1) === 'case') open.pop();
        commandPosition =
          (commandPosition && BEFORE_COMMANDS.has(token.raw)) ||
          (token.raw === 'in' && open.at(-1) === 'case');
      }
      tokens.push(token);
    }
    if (inside) this.#fail('$(');
    const [pending] = this.#hereDocuments;
    if (pending !== undefined) this.#fail(`<<${pending.delimiter}`);
    this.#hereDocuments = outer;
    return tokens;
  }

  /** The next token; undefined behind blanks, comments and continued lines. */
  #next(commandPosition: boolean): Token | undefined {
    const here = this.#text[this.#at] as string;
    const line = this.#line;
    if (here === ' ' || here === '\t') {
      this.#advance(this.#at + 1);
      return undefined;
    }
    if (here === '\\' && this.#text[this.#at + 1] === '\n') {
      this.#advance(this.#at + 2);
      return undefined;
    }
    if (here === '#') {
      const end = this.#text.indexOf('\n', this.#at);
      this.#advance(end < 0 ? this.#text.length : end);
      this.#comment ||= this.#depth === 0;
      return undefined;
    }
    if (here === '\n') {
      this.#advance(this.#at + 1);
      for (let each = this.#hereDocuments.shift(); each !== undefined; each = this.#hereDocuments.shift())
        this.#skipHereDocument(each);
      const ended = this.#text[this.#at - 1] === '\n' ? this.#line - 1 : this.#line;
      return { kind: 'operator', text: '\n', line, lastLine: Math.max(line, ended) };
    }
    const rest = this.#text.slice(this.#at, this.#at + 40);
    const redirection = /^[<>]\(/.test(rest) ? null : REDIRECTION.exec(rest);
    if (redirection !== null) return this.#redirection(redirection, line);
    if (commandPosition && rest.startsWith('((')) {
      const end = this.#arithmeticEnd(this.#at);
      if (end > 0) {
        const raw = this.#text.slice(this.#at, end);
        this.#advance(end);
        return this.#word(raw, [{ kind: 'other', raw, quote: '' }], line);
      }
    }
    const operator = OPERATOR.exec(rest)?.[0];
    if (operator !== undefined) {
      this.#advance(this.#at + operator.length);
      return { kind: 'operator', text: operator, line, lastLine: line };
    }
    return this.#readWord();
  }

  #redirection(match: RegExpExecArray, line: number): Redirection {
    const operator = (match[2] ?? match[4]) as string;
    const number = match[1] ?? '';
    this.#advance(this.#at + match[0].length);
    for (;;) {
      if (this.#starts('\\\n')) this.#advance(this.#at + 2);
      else if (this.#starts(' ') || this.#starts('\t')) this.#advance(this.#at + 1);
      else break;
    }
    const target = /^[\n;&|()]|^[<>](?!\()|^$/.test(this.#text.slice(this.#at, this.#at + 2))
      ? null
      : this.#readWord();
    if (target !== null && (operator === '<<' || operator === '<<-')) {
      this.#hereDocuments.push({ delimiter: target.text, tabs: operator === '<<-', quoted: target.quoted });
    }
    const fallback = operator.startsWith('<') ? 0 : 1;
    return {
      kind: 'redirection',
      descriptor: number === '' ? fallback : number.startsWith('{') ? 10 : Number(number),
      operator,
      target,
      line,
      lastLine: this.#line,
    };
  }

  #skipHereDocument({
    delimiter,
    tabs,
    quoted,
  }: {
    delimiter: string;
    tabs: boolean;
    quoted: boolean;
  }): void {
    let continued = false;
    while (this.#at < this.#text.length) {
      const end = this.#text.indexOf('\n', this.#at);
      const raw = this.#text.slice(this.#at, end < 0 ? this.#text.length : end);
      this.#advance(end < 0 ? this.#text.length : end + 1);
      if (!continued && (tabs ? raw.replace(/^\t+/, '') : raw) === delimiter) return;
      // Unless the delimiter is quoted, a backslash joins a line with the next one.
      continued = !quoted && ((/\\+$/.exec(raw)?.[0].length ?? 0) & 1) === 1;
    }
    this.#unfinished ??= `<<${delimiter}`;
  }

  #word(raw: string, parts: readonly Part[], line: number): Word {
    const first = parts[0];
    const tilde = first?.kind === 'text' && first.quote === '' && first.text.startsWith('~');
    return {
      kind: 'word',
      raw,
      parts,
      text: parts.map((part) => (part.kind === 'text' ? part.text : part.raw)).join(''),
      literal: !tilde && parts.every((part) => part.kind === 'text') && !mayBePattern(parts),
      quoted: parts.some((part) => part.quote !== ''),
      line,
      lastLine: this.#line,
    };
  }

  #readWord(): Word {
    const start = this.#at;
    const line = this.#line;
    const parts = this.#parts(start);
    // No character is ever passed over without a token.
    if (this.#at === start) this.#advance(start + 1);
    return this.#word(this.#text.slice(start, this.#at), parts, line);
  }

  /** Parts without quotes around them: of the word that begins at `wordStart`, or (null) up to the `}` of a `${`. */
  #parts(wordStart: number | null): Part[] {
    const parts: Part[] = [];
    let text = '';
    const flush = (): void => {
      if (text !== '') parts.push({ kind: 'text', text, quote: '' });
      text = '';
    };
    while (this.#at < this.#text.length) {
      const here = this.#text[this.#at] as string;
      if (here === '\\') {
        const next = this.#text[this.#at + 1];
        if (next === undefined) this.#unfinished ??= '\\';
        else if (next !== '\n') {
          flush();
          parts.push({ kind: 'text', text: next, quote: '\\' });
        }
        this.#advance(this.#at + 2);
      } else if (here === "'") {
        flush();
        const end = this.#text.indexOf("'", this.#at + 1);
        parts.push({
          kind: 'text',
          text: this.#text.slice(this.#at + 1, end < 0 ? undefined : end),
          quote: "'",
        });
        if (end < 0) this.#fail("'");
        else this.#advance(end + 1);
      } else if (here === '"') {
        flush();
        this.#advance(this.#at + 1);
        const inner = this.#quotedParts((each) => each === '"');
        if (this.#at >= this.#text.length) this.#fail('"');
        else this.#advance(this.#at + 1);
        parts.push(...(inner.length === 0 ? [{ kind: 'text', text: '', quote: '"' } as const] : inner));
      } else {
        const expansion = here === '$' || here === '`' ? this.#expansion('') : undefined;
        if (expansion !== undefined) {
          flush();
          parts.push(expansion);
        } else if (wordStart === null ? here === '}' : METACHARACTER.test(here)) {
          const bracket = wordStart === null ? '' : this.#bracket(wordStart);
          if (bracket === '') break;
          flush();
          this.#advance(this.#at + bracket.length);
          const from = this.#at - bracket.length;
          this.#nested(() => this.#tokens(true));
          parts.push({ kind: 'other', raw: this.#text.slice(from, this.#at), quote: '' });
        } else {
          text += here;
          this.#advance(this.#at + 1);
        }
      }
    }
    flush();
    return parts;
  }

  /** Parts in double quotes, up to where `ends` says. */
  #quotedParts(ends: (here: string) => boolean): Part[] {
    const parts: Part[] = [];
    let text = '';
    const flush = (): void => {
      if (text !== '') parts.push({ kind: 'text', text, quote: '"' });
      text = '';
    };
    while (this.#at < this.#text.length) {
      const here = this.#text[this.#at] as string;
      if (ends(here)) break;
      if (here === '"') {
        // Quotes in a quoted `${NAME:-"WORD"}`.
        this.#advance(this.#at + 1);
        flush();
        const inner = this.#quotedParts((each) => each === '"');
        this.#advance(this.#at + 1);
        parts.push({ kind: 'text', text: '"', quote: '"' }, ...inner);
        continue;
      }
      if (here === '\\') {
        const next = this.#text[this.#at + 1] ?? '';
        if (next !== '\n') text += '$`"\\'.includes(next) ? next : `\\${next}`;
        this.#advance(this.#at + 2);
        continue;
      }
      const expansion = here === '$' || here === '`' ? this.#expansion('"') : undefined;
      if (expansion === undefined) {
        text += here;
        this.#advance(this.#at + 1);
      } else {
        flush();
        parts.push(expansion);
      }
    }
    flush();
    return parts;
  }

  /** What opens a bracket that belongs to the word: `<(`, `>(`, and the `(` of `NAME=(...)`; empty for none. */
  #bracket(wordStart: number): string {
    if (this.#starts('<(') || this.#starts('>(')) return this.#text.slice(this.#at, this.#at + 2);
    const before = this.#text.slice(wordStart, this.#at);
    return this.#starts('(') && ASSIGNMENT.exec(before)?.[0] === before ? '(' : '';
  }

  #nested(read: () => void): void {
    this.#depth += 1;
    if (this.#depth > DEEPEST) this.#fail('$(');
    else read();
    this.#depth -= 1;
  }

  /** What begins with `$` or a backquote; undefined when the dollar stands for itself. */
  #expansion(quote: '' | '"'): Part | undefined {
    const start = this.#at;
    const other = (): Part => ({ kind: 'other', raw: this.#text.slice(start, this.#at), quote });
    if (this.#starts('`')) {
      // No quotes count in here: the next backquote without a backslash ends it.
      let end = start + 1;
      while (end < this.#text.length && this.#text[end] !== '`') end += this.#text[end] === '\\' ? 2 : 1;
      if (end >= this.#text.length) this.#fail('`');
      else this.#advance(end + 1);
      return other();
    }
    if (this.#starts('$((')) {
      const end = this.#arithmeticEnd(start + 1);
      if (end > 0) {
        this.#advance(end);
        return other();
      }
    }
    if (this.#starts('$(')) {
      this.#advance(start + 2);
      this.#nested(() => this.#tokens(true));
      return other();
    }
    const rest = this.#text.slice(start, start + 256);
    const match = VARIABLE.exec(rest);
    if (match !== null) {
      const [all, bare, braced, , operator = ''] = match;
      const name = (bare ?? braced) as string;
      this.#advance(start + all.length);
      // A continued line goes on in the middle of a name.
      if (bare !== undefined && this.#starts('\\\n')) return other();
      if (operator === '') return { kind: 'variable', name, operator, operand: [], raw: all, quote };
      let operand: Part[] = [];
      this.#nested(() => {
        operand = quote === '' ? this.#parts(null) : this.#quotedParts((each) => each === '}');
        if (this.#starts('}')) this.#advance(this.#at + 1);
        else this.#fail('${');
      });
      const raw = this.#text.slice(start, this.#at);
      // Quotes in quotes, and a brace that is none: the shells do not agree.
      if (quote === '"' && operand.some((part) => part.kind === 'text' && /["\\]/.test(part.text)))
        return other();
      return { kind: 'variable', name, operator, operand, raw, quote };
    }
    if (this.#starts('${')) {
      this.#advance(start + 2);
      this.#nested(() => this.#skipBraces(false));
      return other();
    }
    if (SPECIAL.test(rest)) {
      this.#advance(start + 2);
      return other();
    }
    if (quote === '' && this.#starts("$'")) {
      let end = start + 2;
      while (end < this.#text.length && this.#text[end] !== "'") end += this.#text[end] === '\\' ? 2 : 1;
      if (end >= this.#text.length) this.#fail("'");
      else this.#advance(end + 1);
      return other();
    }
    if (this.#starts('$\\\n') || (quote === '' && this.#starts('$"'))) {
      this.#advance(start + 1);
      return other();
    }
    return undefined;
  }

  /** Up to behind the `}` of a `${`. In double quotes a single quote is nothing special before it. */
  #skipBraces(plainQuotes: boolean): void {
    while (this.#at < this.#text.length) {
      const here = this.#text[this.#at] as string;
      if (here === '}') {
        this.#advance(this.#at + 1);
        return;
      }
      if (here === '\\') this.#advance(this.#at + 2);
      else if (here === "'" && !plainQuotes) {
        const end = this.#text.indexOf("'", this.#at + 1);
        if (end < 0) break;
        this.#advance(end + 1);
      } else if (here === '"') {
        this.#advance(this.#at + 1);
        this.#quotedParts((each) => each === '"');
        this.#advance(this.#at + 1);
      } else if ((here !== '$' && here !== '`') || this.#expansion(plainQuotes ? '"' : '') === undefined)
        this.#advance(this.#at + 1);
    }
    this.#fail('${');
  }

  /** Where `((...))` that begins at `from` ends (the index behind it); 0 when these are two parentheses. */
  #arithmeticEnd(from: number): number {
    if (from >= this.#noArithmetic) return 0;
    let depth = 0;
    for (let at = from; at < this.#text.length; at += 1) {
      const here = this.#text[at] as string;
      if (here === '\\') at += 1;
      else if (here === "'" || here === '"' || here === '`') {
        at = this.#text.indexOf(here, at + 1);
        if (at < 0) break;
      } else if (here === '(') depth += 1;
      else if (here === ')') {
        depth -= 1;
        if (depth === 1) return this.#text[at + 1] === ')' ? at + 2 : 0;
      }
    }
    // Nothing closes it, nor anything behind it.
    this.#noArithmetic = from;
    return 0;
  }
}

/** All tokens of a script. Never throws: what is unfinished ends with the text, and is named. */
export function readTokens(text: string): Tokens {
  return new Scanner(text).read();
}
