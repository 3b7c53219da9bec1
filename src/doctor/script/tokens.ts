/**
 * A shell script's tokens: words, operators, redirections and line ends, by the rules of the POSIX shell (2.3 Token
 * Recognition), without running anything. Here-document bodies and comments are left out.
 */

export interface Word {
  readonly kind: 'word';
  /** As it is written. */
  readonly raw: string;
  /** Quotes taken away; expansions stay as they are written. */
  readonly text: string;
  /** Nothing in it is expanded by the shell: no `$`, no backquote, no unquoted glob or tilde. */
  readonly literal: boolean;
  /** A part of it stands in quotes. */
  readonly quoted: boolean;
  readonly line: number;
}

export interface Operator {
  readonly kind: 'operator';
  /** `;` `&` `|` `&&` `||` `;;` `(` `)` or `\n`. */
  readonly text: string;
  readonly line: number;
}

export interface Redirection {
  readonly kind: 'redirection';
  /** The number in front, or the default: 0 for input, 1 for output. */
  readonly descriptor: number;
  /** `<` `>` `>>` `>|` `<>` `<&` `>&` `&>` `<<` `<<-` `<<<`. */
  readonly operator: string;
  readonly target: Word | null;
  readonly line: number;
}

export type Token = Word | Operator | Redirection;

const REDIRECTION = /^(\d*)(<<<|<<-|<<|<>|<&|>>|>&|>\||&>>|&>|<|>)/;
const OPERATOR = /^(;;&|;;|;&|;|&&|&|\|\||\|&|\||\(|\))/;

/** Pieces in pieces: no script that a person wrote nests so deep; what does is garbage. */
const DEEPEST = 100;

/** Where a quoted or nested piece that starts at `at` ends (the index after it); the text's end if it never does. */
function skipPiece(text: string, at: number, depth = 0): number {
  if (depth > DEEPEST) return text.length;
  const first = text[at];
  if (first === '\\') return Math.min(at + 2, text.length);
  if (first === "'") {
    const end = text.indexOf("'", at + 1);
    return end < 0 ? text.length : end + 1;
  }
  if (first === '"' || first === '`') {
    let index = at + 1;
    while (index < text.length && text[index] !== first) {
      const inner = text[index];
      index =
        inner === '\\' || (first === '"' && (inner === '`' || inner === '$'))
          ? skipPiece(text, index, depth + 1)
          : index + 1;
    }
    return Math.min(index + 1, text.length);
  }
  if (first === '$' && (text[at + 1] === '(' || text[at + 1] === '{')) {
    const open = text[at + 1] as string;
    const close = open === '(' ? ')' : '}';
    let level = 1;
    let index = at + 2;
    while (index < text.length && level > 0) {
      const inner = text[index] as string;
      if (inner === open) level += 1;
      else if (inner === close) level -= 1;
      index =
        inner === '\\' || inner === "'" || inner === '"' || inner === '`'
          ? skipPiece(text, index, depth + 1)
          : index + 1;
    }
    return index;
  }
  return at + 1;
}

/** One word from `at` on: how far it goes and what it is. */
function readWord(text: string, at: number, line: number): { word: Word; end: number } {
  let index = at;
  let value = '';
  let literal = true;
  let quoted = false;
  while (index < text.length) {
    const here = text[index] as string;
    if (/[\s;&|()<>]/.test(here)) break;
    const end = skipPiece(text, index);
    const piece = text.slice(index, end);
    if (here === '\\') {
      if (piece !== '\\\n') value += piece.slice(1);
      quoted = true;
    } else if (here === "'") {
      value += piece.slice(1, -1);
      quoted = true;
    } else if (here === '"') {
      const inner = piece.slice(1, -1);
      if (/(^|[^\\])[$`]/.test(inner)) literal = false;
      value += inner.replace(/\\([$`"\\\n])/g, (_, escaped: string) => (escaped === '\n' ? '' : escaped));
      quoted = true;
    } else {
      if (here === '$' || here === '`' || here === '*' || here === '?' || here === '[') literal = false;
      if (here === '~' && index === at) literal = false;
      value += piece;
    }
    index = end;
  }
  return {
    word: { kind: 'word', raw: text.slice(at, index), text: value, literal, quoted, line },
    end: index,
  };
}

/** All tokens of a script. Lines count from 1. Never throws: what is unfinished ends with the text. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const hereDocuments: { delimiter: string; tabs: boolean }[] = [];
  let at = 0;
  let line = 1;
  const advance = (to: number): void => {
    for (let index = at; index < to; index += 1) if (text[index] === '\n') line += 1;
    at = to;
  };
  while (at < text.length) {
    const here = text[at] as string;
    if (here === '\n') {
      tokens.push({ kind: 'operator', text: '\n', line });
      advance(at + 1);
      while (hereDocuments.length > 0) {
        const { delimiter, tabs } = hereDocuments.shift() as { delimiter: string; tabs: boolean };
        let found = false;
        while (at < text.length && !found) {
          const end = text.indexOf('\n', at);
          const content = text.slice(at, end < 0 ? text.length : end);
          found = (tabs ? content.replace(/^\t+/, '') : content) === delimiter;
          advance(end < 0 ? text.length : end + 1);
        }
      }
      continue;
    }
    if (here === ' ' || here === '\t' || here === '\r') {
      advance(at + 1);
      continue;
    }
    if (here === '\\' && text[at + 1] === '\n') {
      advance(at + 2);
      continue;
    }
    if (here === '#') {
      const end = text.indexOf('\n', at);
      advance(end < 0 ? text.length : end);
      continue;
    }
    const rest = text.slice(at, at + 24);
    const redirection = REDIRECTION.exec(rest);
    if (redirection !== null) {
      const operator = redirection[2] as string;
      const startLine = line;
      advance(at + redirection[0].length);
      while (text[at] === ' ' || text[at] === '\t') advance(at + 1);
      const { word, end } = readWord(text, at, line);
      const target = end === at ? null : word;
      advance(end);
      if ((operator === '<<' || operator === '<<-') && target !== null) {
        hereDocuments.push({ delimiter: target.text, tabs: operator === '<<-' });
      }
      const number = redirection[1] as string;
      const fallback = operator.startsWith('<') ? 0 : 1;
      tokens.push({
        kind: 'redirection',
        descriptor: number === '' ? fallback : Number(number),
        operator,
        target,
        line: startLine,
      });
      continue;
    }
    const operator = OPERATOR.exec(rest);
    if (operator !== null) {
      tokens.push({ kind: 'operator', text: operator[0], line });
      advance(at + operator[0].length);
      continue;
    }
    const { word, end } = readWord(text, at, line);
    tokens.push(word);
    advance(Math.max(end, at + 1));
  }
  return tokens;
}
