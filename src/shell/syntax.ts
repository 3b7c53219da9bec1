/**
 * A shell script's syntax tree: lists, and-or lists, pipelines and commands, by the grammar of POSIX (2.10) with what
 * bash and ksh add. The tree is for understanding scripts that work; whether a shell takes a text, its own `-n` says.
 * What cannot be understood is passed over and named in `problem`, so that the rest can still be read.
 */
import { ASSIGNMENT, type Redirection, readTokens, type Token, type Word } from './tokens.ts';

export interface Script {
  readonly list: List;
  /** The first thing that was not understood; null when all was. */
  readonly problem: Problem | null;
}

export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly what: string;
}

export type List = readonly AndOr[];

/** `a && b || c &`. */
export interface AndOr {
  readonly pipelines: readonly Pipeline[];
  readonly background: boolean;
  /** Lines, from 1; here-documents included. */
  readonly first: number;
  readonly last: number;
}

export interface Pipeline {
  /** What joins it to the one before it. */
  readonly joined: '' | '&&' | '||';
  readonly commands: readonly Command[];
}

export interface Simple {
  readonly kind: 'simple';
  /** `NAME=value` words in front. */
  readonly assignments: readonly Word[];
  readonly words: readonly Word[];
  readonly redirections: readonly Redirection[];
  readonly line: number;
  /** The operator behind it; empty at the text's end or before a word. */
  readonly end: string;
}

export type Compound =
  | { readonly kind: '{' | '('; readonly body: List }
  | { readonly kind: 'if'; readonly branches: readonly Branch[]; readonly otherwise: List }
  | { readonly kind: 'while' | 'until'; readonly condition: List; readonly body: List }
  | { readonly kind: 'for'; readonly words: readonly Word[]; readonly body: List }
  | { readonly kind: 'case'; readonly arms: readonly List[] };

interface Branch {
  readonly condition: List;
  readonly body: List;
}

export type Command =
  | Simple
  | (Compound & { readonly redirections: readonly Redirection[] })
  | { readonly kind: 'function'; readonly name: string; readonly body: Command };

/** Garbage can look like any number of commands, nested as deep as it is long; a script has some dozen. */
const MOST_COMMANDS = 2000;
const DEEPEST = 100;

const CLOSERS = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', 'esac', '}']);
const CASE_ENDS = [';;', ';&', ';;&'];

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #problem: Problem | null = null;
  #commands = 0;
  #depth = 0;
  /** What the constructs around this place wait for, innermost last. */
  readonly #awaited: (readonly string[])[] = [];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  script(): Script {
    const list = this.#list([]);
    return { list, problem: this.#problem };
  }

  #here(offset = 0): Token | undefined {
    return this.#tokens[this.#at + offset];
  }

  /** The operator, or the word as it is written, that stands here; it may be a reserved word. */
  #text(offset = 0): string {
    const token = this.#here(offset);
    return token === undefined || token.kind === 'redirection'
      ? ''
      : token.kind === 'operator'
        ? token.text
        : token.raw;
  }

  #isOperator(text: string, offset = 0): boolean {
    const token = this.#here(offset);
    return token?.kind === 'operator' && token.text === text;
  }

  #isWord(text: string): boolean {
    const token = this.#here();
    return token?.kind === 'word' && token.raw === text;
  }

  #wrong(what: string): void {
    const token = this.#here() ?? this.#tokens.at(-1);
    this.#problem ??= { line: token?.line ?? 1, what };
  }

  #giveUp(what: string): void {
    this.#wrong(what);
    this.#at = this.#tokens.length;
  }

  #skip(count: number): void {
    this.#at = Math.min(this.#at + count, this.#tokens.length);
  }

  #take(text: string): void {
    if (this.#text() === text) this.#at += 1;
    else this.#wrong(`${text} is missing`);
  }

  #skipNewlines(): void {
    while (this.#isOperator('\n')) this.#at += 1;
  }

  /** Commands up to one of `ends` (reserved words and operators), which is left there. */
  #list(ends: readonly string[]): List {
    const found: AndOr[] = [];
    this.#awaited.push(ends);
    for (;;) {
      while (this.#isOperator('\n')) this.#at += 1;
      const token = this.#here();
      if (token === undefined) {
        if (ends.length > 0) this.#wrong(`${ends.at(-1)} is missing`);
        break;
      }
      const text = this.#text();
      const closes = token.kind === 'operator' ? text !== '(' : token.kind === 'word' && CLOSERS.has(text);
      if (!closes) {
        found.push(this.#andOr());
        continue;
      }
      if (ends.includes(text)) break;
      this.#wrong(`${text} is unexpected`);
      if (text === ';') this.#at += 1;
      else if (this.#awaited.some((each) => each.includes(text))) break;
      else this.#at += 1;
    }
    this.#awaited.pop();
    return found;
  }

  /** One statement with the operator behind it. */
  #andOr(): AndOr {
    const first = (this.#here() as Token).line;
    const pipelines = [this.#pipeline('')];
    while (this.#isOperator('&&') || this.#isOperator('||')) {
      const joined = this.#text() as '&&' | '||';
      this.#at += 1;
      this.#skipNewlines();
      pipelines.push(this.#pipeline(joined));
    }
    const background = this.#isOperator('&');
    let last = (this.#tokens[this.#at - 1] as Token).lastLine;
    if (background || this.#isOperator(';')) this.#at += 1;
    else {
      // The here-documents of the line belong to it: they end where its line end does.
      if (this.#isOperator('\n')) last = Math.max(last, (this.#here() as Token).lastLine);
      const token = this.#here();
      if (token !== undefined && token.kind !== 'operator' && !CLOSERS.has(this.#text()))
        this.#wrong('a command without an end before it');
    }
    return { pipelines, background, first, last };
  }

  #pipeline(joined: Pipeline['joined']): Pipeline {
    while (this.#isWord('!') || this.#isWord('time')) this.#at += 1;
    const commands = [this.#command()];
    while (this.#isOperator('|') || this.#isOperator('|&')) {
      this.#at += 1;
      this.#skipNewlines();
      commands.push(this.#command());
    }
    return { joined, commands };
  }

  #command(): Command {
    this.#depth += 1;
    this.#commands += 1;
    if (this.#depth > DEEPEST) this.#giveUp('nested too deep');
    if (this.#commands > MOST_COMMANDS) this.#giveUp('too long');
    const command = this.#function() ?? this.#compound() ?? this.#simple();
    this.#depth -= 1;
    return command;
  }

  #function(): Command | undefined {
    const token = this.#here();
    if (token?.kind !== 'word') return undefined;
    let name = token.raw;
    if (name === 'function' && this.#here(1)?.kind === 'word') {
      name = this.#text(1);
      this.#skip(this.#isOperator('(', 2) ? 4 : 2);
    } else if (!token.quoted && this.#isOperator('(', 1) && this.#isOperator(')', 2)) this.#at += 3;
    else return undefined;
    this.#skipNewlines();
    if (this.#here() === undefined) this.#wrong('a function without a body');
    return { kind: 'function', name, body: this.#command() };
  }

  #compound(): Command | undefined {
    const compound = this.#readCompound();
    if (compound === undefined) return undefined;
    const redirections: Redirection[] = [];
    for (let token = this.#here(); token?.kind === 'redirection'; token = this.#here()) {
      redirections.push(token);
      this.#at += 1;
    }
    return { ...compound, redirections };
  }

  #readCompound(): Compound | undefined {
    const text = this.#text();
    if (text !== '(' && this.#here()?.kind !== 'word') return undefined;
    switch (text) {
      case '(':
      case '{': {
        const close = text === '(' ? ')' : '}';
        this.#at += 1;
        const body = this.#list([close]);
        this.#take(close);
        return { kind: text, body };
      }
      case 'if':
        return this.#if();
      case 'while':
      case 'until': {
        this.#at += 1;
        const condition = this.#list(['do']);
        return { kind: text, condition, body: this.#doGroup() };
      }
      case 'for':
      case 'select':
        return this.#for();
      case 'case':
        return this.#case();
      default:
        return undefined;
    }
  }

  #if(): Compound {
    const branches: Branch[] = [];
    do {
      this.#at += 1;
      const condition = this.#list(['then']);
      this.#take('then');
      branches.push({ condition, body: this.#list(['elif', 'else', 'fi']) });
    } while (this.#isWord('elif'));
    let otherwise: List = [];
    if (this.#isWord('else')) {
      this.#at += 1;
      otherwise = this.#list(['fi']);
    }
    this.#take('fi');
    return { kind: 'if', branches, otherwise };
  }

  #doGroup(): List {
    // `for NAME in a b; { ...; }` is known to bash, ksh and zsh.
    const close = this.#isWord('{') ? '}' : 'done';
    this.#take(close === '}' ? '{' : 'do');
    const body = this.#list([close]);
    this.#take(close);
    return body;
  }

  #for(): Compound {
    this.#skip(2);
    const words: Word[] = [];
    this.#skipNewlines();
    if (this.#isWord('in')) {
      this.#at += 1;
      for (let token = this.#here(); token?.kind === 'word'; token = this.#here()) {
        words.push(token);
        this.#at += 1;
      }
    }
    if (this.#isOperator(';')) this.#at += 1;
    this.#skipNewlines();
    return { kind: 'for', words, body: this.#doGroup() };
  }

  #case(): Compound {
    this.#skip(2);
    this.#skipNewlines();
    this.#take('in');
    const arms: List[] = [];
    for (;;) {
      this.#skipNewlines();
      if (this.#here() === undefined || this.#isWord('esac')) break;
      // The patterns.
      while (this.#here() !== undefined && !this.#isOperator(')')) this.#at += 1;
      this.#take(')');
      arms.push(this.#list([...CASE_ENDS, 'esac']));
      if (!CASE_ENDS.includes(this.#text())) break;
      this.#at += 1;
    }
    this.#take('esac');
    return { kind: 'case', arms };
  }

  /** Words and redirections up to an operator. */
  #simple(): Simple {
    const assignments: Word[] = [];
    const words: Word[] = [];
    const redirections: Redirection[] = [];
    const line = (this.#here() ?? this.#tokens.at(-1))?.line ?? 1;
    const start = this.#at;
    // In `[[ ... ]]` nothing is an operator.
    if (this.#isWord('[[')) {
      while (this.#here() !== undefined && !this.#isWord(']]')) {
        const token = this.#here() as Token;
        if (token.kind === 'word') words.push(token);
        this.#at += 1;
      }
      if (this.#here() === undefined) this.#wrong(']] is missing');
    }
    for (let token = this.#here(); token !== undefined && token.kind !== 'operator'; token = this.#here()) {
      if (token.kind === 'redirection') redirections.push(token);
      else if (words.length === 0 && ASSIGNMENT.test(token.raw)) assignments.push(token);
      else words.push(token);
      this.#at += 1;
    }
    if (this.#isOperator('(')) {
      // Such as a pattern of ksh. What stands in it is no command.
      this.#wrong('( is unexpected');
      while (this.#here() !== undefined && !this.#isOperator('\n')) this.#at += 1;
    }
    if (this.#at === start) this.#wrong('a command is missing');
    return { kind: 'simple', assignments, words, redirections, line, end: this.#text() };
  }
}

/** Reads a script. Never throws. */
export function readScript(text: string): Script {
  const { tokens, unfinished } = readTokens(text);
  const script = new Parser(tokens).script();
  if (unfinished === null) return script;
  return {
    ...script,
    problem: script.problem ?? { line: tokens.at(-1)?.line ?? 1, what: `${unfinished} is not closed` },
  };
}
