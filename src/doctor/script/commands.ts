/**
 * A shell script's simple commands, with where each stands: in a function, in a condition or loop, in a pipeline, in
 * the background. Enough of the grammar to say what a run script's last command is; never a judgement of syntax (the
 * shell's own `-n` gives that).
 */
import { type Redirection, type Token, tokenize, type Word } from './tokens.ts';

export interface SimpleCommand {
  /** `NAME=value` words in front. */
  readonly assignments: readonly Word[];
  readonly words: readonly Word[];
  readonly redirections: readonly Redirection[];
  readonly line: number;
  /** `if`, `while`, `until`, `for`, `case`, `{`, `(` around it, outermost first. */
  readonly inside: readonly string[];
  /** The function whose body it stands in. */
  readonly inFunction: string | null;
  /** What ends it: `;` `&` `|` `&&` `||` `)` a newline, or the text's end (empty). */
  readonly end: string;
  /** It reads from a pipe. */
  readonly piped: boolean;
  /** It stands in the condition of if, while or until. */
  readonly condition: boolean;
}

interface Frame {
  readonly kind: string;
  readonly functionName: string | null;
  condition: boolean;
}

const OPENERS: Readonly<Record<string, string>> = {
  if: 'if',
  while: 'while',
  until: 'until',
  for: 'for',
  case: 'case',
  select: 'for',
};
const CLOSERS = new Set(['fi', 'done', 'esac', '}']);
const MIDDLES = new Set(['then', 'else', 'elif', 'do']);
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*\+?=/;

/** Garbage can look like any number of commands, nested as deep as it is long; a script has some dozen. */
const MOST_COMMANDS = 2000;
const DEEPEST = 100;

/** All simple commands in the order in which they are written. */
export function readCommands(text: string): SimpleCommand[] {
  const tokens = tokenize(text);
  const commands: SimpleCommand[] = [];
  const frames: Frame[] = [];
  let pendingFunction: string | null = null;
  let piped = false;
  let index = 0;

  const peek = (offset = 0): Token | undefined => tokens[index + offset];
  const isOperator = (token: Token | undefined, text: string): boolean =>
    token?.kind === 'operator' && token.text === text;
  const pushFrame = (kind: string, condition = false): void => {
    frames.push({ kind, functionName: pendingFunction, condition });
    pendingFunction = null;
  };

  while (index < tokens.length && commands.length < MOST_COMMANDS && frames.length < DEEPEST) {
    const token = tokens[index] as Token;
    if (token.kind === 'operator') {
      if (token.text === '(') pushFrame('(');
      else if (token.text === ')') frames.pop();
      else if (token.text === ';;' || token.text === ';;&' || token.text === ';&') {
        index += 1;
        skipPattern();
        continue;
      }
      if (token.text !== '\n') piped = token.text === '|' || token.text === '|&';
      index += 1;
      continue;
    }
    if (token.kind === 'word' && !token.quoted) {
      const word = token.raw;
      if (isOperator(peek(1), '(') && isOperator(peek(2), ')') && /^[A-Za-z_][\w.-]*$/.test(word)) {
        pendingFunction = word;
        index += 3;
        continue;
      }
      if (word === 'function' && peek(1)?.kind === 'word') {
        pendingFunction = (peek(1) as Word).text;
        index += isOperator(peek(2), '(') ? 4 : 2;
        continue;
      }
      if (word === '!' || word === 'time') {
        index += 1;
        continue;
      }
      if (word === '{') {
        pushFrame('{');
        index += 1;
        continue;
      }
      const opener = Object.hasOwn(OPENERS, word) ? OPENERS[word] : undefined;
      if (opener !== undefined) {
        pushFrame(opener, opener === 'if' || opener === 'while' || opener === 'until');
        index += 1;
        if (opener === 'for' || opener === 'case') skipHead(opener);
        continue;
      }
      if (MIDDLES.has(word)) {
        const frame = frames.at(-1);
        if (frame !== undefined) frame.condition = word === 'elif';
        index += 1;
        continue;
      }
      if (CLOSERS.has(word)) {
        frames.pop();
        index += 1;
        while (peek()?.kind === 'redirection') index += 1;
        continue;
      }
    }
    readSimple();
  }
  return commands;

  /** `for NAME in WORDS` up to its line end; `case WORD in` and the first pattern. */
  function skipHead(opener: string): void {
    if (opener === 'case') {
      while (index < tokens.length && !(peek()?.kind === 'word' && (peek() as Word).raw === 'in')) index += 1;
      index += 1;
      skipPattern();
      return;
    }
    while (index < tokens.length && !isOperator(peek(), ';') && !isOperator(peek(), '\n')) index += 1;
  }

  /** A case pattern up to its `)`; nothing when the case ends here. */
  function skipPattern(): void {
    while (isOperator(peek(), '\n')) index += 1;
    const token = peek();
    if (token === undefined || (token.kind === 'word' && token.raw === 'esac')) return;
    if (isOperator(token, '(')) index += 1;
    while (index < tokens.length && !isOperator(peek(), ')')) index += 1;
    index += 1;
  }

  function readSimple(): void {
    const assignments: Word[] = [];
    const words: Word[] = [];
    const redirections: Redirection[] = [];
    const line = (tokens[index] as Token).line;
    let end = '';
    while (index < tokens.length) {
      const token = tokens[index] as Token;
      if (token.kind === 'operator') {
        end = token.text;
        break;
      }
      if (token.kind === 'redirection') redirections.push(token);
      else if (words.length === 0 && ASSIGNMENT.test(token.raw)) assignments.push(token);
      else words.push(token);
      index += 1;
    }
    const functionFrame = frames.findLast((frame) => frame.functionName !== null);
    commands.push({
      assignments,
      words,
      redirections,
      line,
      inside: frames.map((frame) => frame.kind),
      inFunction: functionFrame?.functionName ?? null,
      end,
      piped,
      condition: frames.some((frame) => frame.condition),
    });
    piped = false;
  }
}
