/** Cuts a Bourne-like shell script into tokens: words with their quotes, operators, redirections. Pure. */

export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly line: number; readonly lastLine: number }
  /** `\n` is an operator, too; a here-document lies between its redirection and the next token. */
  | { readonly kind: 'operator'; readonly text: string; readonly line: number; readonly lastLine: number }
  | { readonly kind: 'redirection'; readonly line: number; readonly lastLine: number };

/** The text ends inside a quote or a construct, or is no shell script. */
export class Unfinished extends Error {}

const OPERATORS = ['&&', '||', ';;&', ';;', ';&', ';', '&', '|&', '|', '(', ')'] as const;
const REDIRECTION = /^(?:\d+|\{\w+\})?(<<<|<<-|<<|<>|>>|>\||[<>]&|&>>|&>|[<>])/;

class Lexer {
  readonly #text: string;
  #at = 0;
  #line = 0;
  readonly #hereDocuments: { delimiter: string; stripTabs: boolean }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  tokens(): Token[] {
    const found: Token[] = [];
    for (let token = this.#next(); token !== undefined; token = this.#next()) found.push(token);
    return found;
  }

  #here(offset = 0): string {
    return this.#text[this.#at + offset] ?? '';
  }

  #advance(count = 1): void {
    for (let step = 0; step < count; step++) {
      if (this.#at >= this.#text.length) throw new Unfinished();
      if (this.#text[this.#at] === '\n') this.#line++;
      this.#at++;
    }
  }

  #skipBlanks(): void {
    for (;;) {
      if (/[ \t\r]/.test(this.#here())) this.#advance();
      else if (this.#here() === '\\' && this.#here(1) === '\n') this.#advance(2);
      else if (this.#here() === '#') while (this.#here() !== '' && this.#here() !== '\n') this.#advance();
      else return;
    }
  }

  #next(): Token | undefined {
    this.#skipBlanks();
    if (this.#at >= this.#text.length) return undefined;
    const line = this.#line;
    if (this.#here() === '\n') {
      this.#advance();
      while (this.#hereDocuments.length > 0) this.#skipHereDocument();
      return { kind: 'operator', text: '\n', line, lastLine: Math.max(line, this.#line - 1) };
    }
    const rest = this.#text.slice(this.#at, this.#at + 24);
    const redirection = REDIRECTION.exec(rest);
    if (redirection !== null && !/^[<>]\(/.test(rest)) {
      this.#advance(redirection[0].length);
      while (/[ \t]/.test(this.#here())) this.#advance();
      const target = this.#word();
      const operator = redirection[1];
      if (operator === '<<' || operator === '<<-') {
        const delimiter = target.replace(/['"\\]/g, '');
        this.#hereDocuments.push({ delimiter, stripTabs: operator === '<<-' });
      }
      return { kind: 'redirection', line, lastLine: this.#line };
    }
    const operator = OPERATORS.find((each) => rest.startsWith(each));
    if (operator !== undefined) {
      this.#advance(operator.length);
      return { kind: 'operator', text: operator, line, lastLine: line };
    }
    return { kind: 'word', text: this.#word(), line, lastLine: this.#line };
  }

  #skipHereDocument(): void {
    const { delimiter, stripTabs } = this.#hereDocuments.shift() as { delimiter: string; stripTabs: boolean };
    while (this.#at < this.#text.length) {
      const end = this.#text.indexOf('\n', this.#at);
      const raw = this.#text.slice(this.#at, end === -1 ? undefined : end);
      this.#advance(raw.length + (end === -1 ? 0 : 1));
      if ((stripTabs ? raw.replace(/^\t+/, '') : raw).replace(/\r$/, '') === delimiter) return;
    }
    throw new Unfinished();
  }

  #word(): string {
    const start = this.#at;
    for (;;) {
      const here = this.#here();
      if (here === '' || (/[\s;&|()]/.test(here) && this.#at > start)) break;
      if (/[<>]/.test(here) && this.#here(1) === '(') {
        this.#advance();
        this.#skipBrackets('(', ')');
      } else if (/[<>]/.test(here)) break;
      else if (/[\s;&|()]/.test(here)) throw new Unfinished();
      else this.#skipPart();
    }
    if (this.#at === start) throw new Unfinished();
    return this.#text.slice(start, this.#at);
  }

  /** One character, or one quoted or substituted piece. */
  #skipPart(): void {
    const here = this.#here();
    if (here === '\\') this.#advance(2);
    else if (here === "'") this.#skipUntil("'", false);
    else if (here === '$' && this.#here(1) === "'") {
      this.#advance();
      this.#skipUntil("'", true);
    } else if (here === '"') this.#skipDouble();
    else if (here === '`') this.#skipUntil('`', true);
    else if (here === '$' && this.#here(1) === '{') {
      this.#advance();
      this.#skipBrackets('{', '}');
    } else if (here === '$' && this.#here(1) === '(') {
      this.#advance();
      this.#skipBrackets('(', ')');
    } else this.#advance();
  }

  #skipUntil(quote: string, escapes: boolean): void {
    this.#advance();
    while (this.#here() !== quote) this.#advance(escapes && this.#here() === '\\' ? 2 : 1);
    this.#advance();
  }

  #skipDouble(): void {
    this.#advance();
    while (this.#here() !== '"') {
      // A single quote is nothing special here.
      if (this.#here() === "'") this.#advance();
      else this.#skipPart();
    }
    this.#advance();
  }

  #skipBrackets(open: string, close: string): void {
    let depth = 0;
    do {
      const here = this.#here();
      if (here === open) depth++;
      if (here === close) depth--;
      if (here === open || here === close) this.#advance();
      else this.#skipPart();
    } while (depth > 0);
  }
}

/** @throws Unfinished */
export function readTokens(text: string): Token[] {
  return new Lexer(text).tokens();
}
