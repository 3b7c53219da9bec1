/**
 * What homerun says, in a terminal that is narrower than it: sentences are broken at blanks, never inside a word, and a
 * command to paste stays one command, with a backslash where it goes on. Only what a person reads on a terminal: into
 * pipes and files everything goes as it is.
 */
import { widthOf } from '../everyday/width.ts';
import type { Context } from './context.ts';

/** Breaks text at blanks so that no line is longer than so many columns; words longer than that stay whole. */
export function wrapText(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => {
    const lines: string[] = [];
    let current = '';
    for (const word of line.split(' ')) {
      if (current !== '' && widthOf(current) + 1 + widthOf(word) > columns) {
        lines.push(current);
        current = word;
      } else current = current === '' ? word : `${current} ${word}`;
    }
    return [...lines, current];
  });
}

/** The words of a shell command as they stand there, quotes and all. */
function wordsAsTyped(command: string): string[] {
  return command.match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\]|['"\\])+/gs) ?? [];
}

/** An option and its value, an option by itself, or another word: what belongs on one line. */
function pairs(words: readonly string[]): string[] {
  const found: string[] = [];
  for (const [at, word] of words.entries()) {
    const valueOfOption = at > 1 && /^--?[a-z]/.test(words[at - 1] as string) && !/^-/.test(word);
    if (valueOfOption) found.push(`${found.pop()} ${word}`);
    else found.push(word);
  }
  return found;
}

/** A command in lines that a shell reads as one: each but the last ends in a backslash. */
function foldCommand(command: string, columns: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const pair of pairs(wordsAsTyped(command))) {
    const room = columns - 2 - (lines.length === 0 ? 0 : 2);
    if (current !== '' && widthOf(current) + 1 + widthOf(pair) > room) {
      lines.push(current);
      current = pair;
    } else current = current === '' ? pair : `${current} ${pair}`;
  }
  lines.push(current);
  return lines.map((line, at) => `${at === 0 ? '' : '  '}${line}${at < lines.length - 1 ? ' \\' : ''}`);
}

/** What leads to a command of homerun's at the end of a line, and that command; undefined where there is none. */
function commandIn(text: string): { readonly lead: string; readonly command: string } | undefined {
  const found = /^(.*: |\$ |)((?:\u001b\[[0-9;]*m)*homerun [a-z].*)$/.exec(text);
  const [, lead = '', command = ''] = found ?? [];
  // A line that only begins so may be a sentence.
  const sure = lead !== '' || command.includes(' --');
  return found !== null && sure ? { lead, command } : undefined;
}

function foldLine(line: string, columns: number): string[] {
  if (widthOf(line) <= columns) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const text = line.slice(indent.length);
  const room = Math.max(20, columns - indent.length);
  const rows: string[] = [];
  const found = commandIn(text);
  if (found === undefined) {
    // What follows hangs below the beginning.
    const [first = '', ...rest] = wrapText(text, room - 2);
    rows.push(first, ...rest.map((row) => `  ${row}`));
  } else if (/^(?:\$ )?$/.test(found.lead)) {
    rows.push(...foldCommand(text, room));
  } else {
    const { lead, command } = found;
    const [first = '', ...rest] = wrapText(lead.trimEnd(), room - 2);
    rows.push(first, ...rest.map((row) => `  ${row}`));
    const last = rows.at(-1) as string;
    if (widthOf(last) + 1 + widthOf(command) <= room) rows.push(`${rows.pop()} ${command}`);
    else rows.push(...foldCommand(command, room - 2).map((row) => `  ${row}`));
  }
  return rows.map((row) => indent + row);
}

/** homerun's words in lines of at most so many columns. */
export function fold(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => foldLine(line, columns))
    .join('\n');
}

/** Says something to the person at stdout: folded where that is a terminal. For words of ours, not for data. */
export function say({ terminal, columns, out }: Context, text: string): void {
  out(terminal ? fold(text, columns) : text);
}

/** The same context, whose words on stderr are folded where that is a terminal of so many columns. */
export function foldErrors(context: Context, columns: number | undefined): Context {
  if (columns === undefined) return context;
  return { ...context, err: (text) => context.err(fold(text, columns)) };
}
