/**
 * The statements at the top level of a shell script, as far as one must know them to put a line between two of them:
 * where each begins, and whether it replaces the shell (`exec` with a program, in this shell and not in a function, a
 * subshell, a background job or a here-document). Pure; for Bourne-like shells.
 */
import { readTokens, type Token, Unfinished } from './shell-tokens.ts';

export interface Statement {
  /** Lines, counted from 0; both belong to the statement, here-documents included. */
  readonly first: number;
  readonly last: number;
  /** `setting`: nothing but assignments, export, set and the like. */
  readonly kind: 'function' | 'setting' | 'command';
  /** The first word of a simple command, as written; empty for others. */
  readonly word: string;
  /** May end the shell by becoming another program. */
  readonly execs: boolean;
  /** Ends in `&`. */
  readonly background: boolean;
}

interface Parsed {
  readonly kind: Statement['kind'];
  readonly word: string;
  readonly execs: boolean;
}

const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*\+?=/;
/** Commands that only set something up for what comes later. */
const SETTING = new Set(['export', 'unset', 'set', 'alias', 'readonly', 'typeset', 'umask', 'trap', ':']);
const COMPOUND: Parsed = { kind: 'command', word: '', execs: false };

/** A parser by recursive descent: one method a construct, each gives what it knows about execs in it. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  statements(): Statement[] {
    const found: Statement[] = [];
    for (;;) {
      this.#skipNewlines();
      const token = this.#tokens[this.#at];
      if (token === undefined) return found;
      const parsed = this.#andOr();
      const background = this.#isOperator('&');
      const last = this.#tokens[this.#at - 1]?.lastLine ?? token.line;
      // The here-documents of the line belong to it: they end where its newline token ends.
      const newline = this.#isOperator('\n') ? (this.#tokens[this.#at]?.lastLine ?? last) : last;
      found.push({
        first: token.line,
        last: Math.max(last, newline),
        kind: parsed.kind,
        word: parsed.word,
        execs: parsed.execs && !background,
        background,
      });
      const after = this.#tokens[this.#at];
      if (after === undefined) return found;
      if (!this.#isOperator('&', ';', '\n')) throw new Unfinished();
      this.#at++;
    }
  }

  #isOperator(...texts: string[]): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'operator' && texts.includes(token.text);
  }

  #isWord(...texts: string[]): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'word' && texts.includes(token.text);
  }

  #take(text: string): void {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.kind === 'redirection' || token.text !== text) throw new Unfinished();
    this.#at++;
  }

  #skipNewlines(): void {
    while (this.#isOperator('\n')) this.#at++;
  }

  /** `a && b || c`. */
  #andOr(): Parsed {
    let parsed = this.#pipeline();
    while (this.#isOperator('&&', '||')) {
      this.#at++;
      this.#skipNewlines();
      const next = this.#pipeline();
      parsed = {
        kind: parsed.kind === 'setting' && next.kind === 'setting' ? 'setting' : 'command',
        word: parsed.word,
        execs: parsed.execs || next.execs,
      };
    }
    return parsed;
  }

  /** `! a | b`: each part of a real pipeline is a subshell. */
  #pipeline(): Parsed {
    while (this.#isWord('!', 'time')) this.#at++;
    let parsed = this.#command();
    while (this.#isOperator('|', '|&')) {
      this.#at++;
      this.#skipNewlines();
      this.#command();
      parsed = { kind: 'command', word: parsed.word, execs: false };
    }
    return parsed;
  }

  /** Commands up to one of these reserved words (or `)`), which is left for the caller. True when one may exec. */
  #list(...ends: string[]): boolean {
    let execs = false;
    for (;;) {
      while (this.#isOperator('\n', ';')) this.#at++;
      if (this.#isWord(...ends) || this.#isOperator(...ends)) return execs;
      if (this.#tokens[this.#at] === undefined) throw new Unfinished();
      const parsed = this.#andOr();
      if (this.#isOperator('&')) this.#at++;
      else execs ||= parsed.execs;
    }
  }

  #command(): Parsed {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Unfinished();
    if (this.#isOperator('(')) {
      this.#at++;
      this.#list(')');
      this.#take(')');
      this.#redirections();
      return COMPOUND;
    }
    if (token.kind === 'operator') throw new Unfinished();
    const execs = this.#compound();
    if (execs !== undefined) {
      this.#redirections();
      return { ...COMPOUND, execs };
    }
    if (this.#isWord('function')) {
      this.#at += 2;
      if (this.#isOperator('(')) this.#at += 2;
      return this.#functionBody();
    }
    return this.#simple();
  }

  #redirections(): void {
    while (this.#tokens[this.#at]?.kind === 'redirection') this.#at++;
  }

  #functionBody(): Parsed {
    this.#skipNewlines();
    this.#command();
    return { kind: 'function', word: '', execs: false };
  }

  /** A compound command in this shell; undefined when none begins here. */
  #compound(): boolean | undefined {
    if (this.#isWord('{')) {
      this.#at++;
      const execs = this.#list('}');
      this.#take('}');
      return execs;
    }
    if (this.#isWord('if')) {
      this.#at++;
      let execs = this.#list('then');
      this.#at++;
      execs = this.#list('elif', 'else', 'fi') || execs;
      while (this.#isWord('elif')) {
        this.#at++;
        execs = this.#list('then') || execs;
        this.#at++;
        execs = this.#list('elif', 'else', 'fi') || execs;
      }
      if (this.#isWord('else')) {
        this.#at++;
        execs = this.#list('fi') || execs;
      }
      this.#take('fi');
      return execs;
    }
    if (this.#isWord('while', 'until')) {
      this.#at++;
      const condition = this.#list('do');
      return this.#doGroup() || condition;
    }
    if (this.#isWord('for', 'select')) {
      while (!this.#isWord('do')) {
        if (this.#tokens[this.#at] === undefined) throw new Unfinished();
        this.#at++;
      }
      return this.#doGroup();
    }
    if (this.#isWord('case')) return this.#case();
    if (this.#isWord('[[')) {
      while (!this.#isWord(']]')) {
        if (this.#tokens[this.#at] === undefined) throw new Unfinished();
        this.#at++;
      }
      this.#at++;
      return false;
    }
    return undefined;
  }

  #doGroup(): boolean {
    this.#take('do');
    const execs = this.#list('done');
    this.#take('done');
    return execs;
  }

  #case(): boolean {
    this.#at += 2;
    this.#skipNewlines();
    this.#take('in');
    let execs = false;
    for (;;) {
      this.#skipNewlines();
      if (this.#isWord('esac')) break;
      while (!this.#isOperator(')')) {
        if (this.#tokens[this.#at] === undefined) throw new Unfinished();
        this.#at++;
      }
      this.#at++;
      execs = this.#list(';;', ';&', ';;&', 'esac') || execs;
      if (this.#isOperator(';;', ';&', ';;&')) this.#at++;
    }
    this.#take('esac');
    return execs;
  }

  /** Words and redirections up to an operator; or `name()` and a function's body. */
  #simple(): Parsed {
    const words: string[] = [];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token === undefined) break;
      if (token.kind === 'operator') {
        const next = this.#tokens[this.#at + 1];
        const isFunction =
          token.text === '(' && words.length === 1 && next?.kind === 'operator' && next.text === ')';
        if (isFunction) {
          this.#at += 2;
          return this.#functionBody();
        }
        if (token.text === '(') {
          // `array=(a b c)`.
          if (!ASSIGNMENT.test(words.at(-1) ?? '')) throw new Unfinished();
          while (!this.#isOperator(')')) {
            if (this.#tokens[this.#at] === undefined) throw new Unfinished();
            this.#at++;
          }
          this.#at++;
          continue;
        }
        break;
      }
      if (token.kind === 'word') words.push(token.text);
      this.#at++;
    }
    const rest = words.slice(words.findIndex((word) => !ASSIGNMENT.test(word)));
    const word = words.every((each) => ASSIGNMENT.test(each)) ? '' : (rest[0] ?? '');
    // `exec >log 2>&1` goes on in this shell: an exec replaces it only when it names a program.
    const execs = word === 'exec' && rest.length > 1;
    const setting = word === '' || SETTING.has(word) || (word === 'exec' && !execs);
    return { kind: setting ? 'setting' : 'command', word, execs };
  }
}

/**
 * Reads a script's statements at the top level.
 *
 * @returns undefined when the text is not finished or not understood (an open quote or construct), so that no place
 *   in it is known to be between two statements
 */
export function readStatements(text: string): Statement[] | undefined {
  try {
    return new Parser(readTokens(text)).statements();
  } catch (error) {
    if (error instanceof Unfinished) return undefined;
    throw error;
  }
}
