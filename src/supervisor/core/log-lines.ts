/**
 * From the bytes that arrive to the bytes that are written: `cutLines` is svlogd's whole treatment of lines.
 *
 * A line is held back until its newline or until `lineMax` bytes of it are there; these first bytes (its head) get
 * the stamp of the moment when the first of them arrived, have their characters replaced, are matched against the
 * patterns, sent and shown. What follows them up to the newline goes to the same logs unchanged. So the state
 * between two pieces of input is either the head so far, or that the rest of a long line is passing, and to where.
 *
 * All texts are byte strings, one character for each byte. Where neither patterns nor replacements are wanted (nearly
 * always) svlogd treats whole pieces as bytes, with the same result: svlogd/plain-lines.ts.
 */
import type { LogConfig } from './log-config.ts';
import { SELECTED, selectLine } from './log-pattern.ts';

/** How lines are cut and changed: from svlogd's command line. */
export interface LineOptions {
  /** `-l`: the length of a head in bytes. */
  readonly lineMax: number;
  /** `-r`: what replaces unprintable characters; "" for nothing. */
  readonly replacement: string;
  /** `-R`: these are replaced, too. */
  readonly replaced: string;
}

/** What of a directory's config concerns lines. */
export type LineConfig = Pick<LogConfig, 'instructions' | 'prefix' | 'udp' | 'udpOnly'>;

/** Between two pieces of input. */
export type LineState =
  /** `head` has fewer than lineMax bytes and no newline; `stamp` belongs to it if it is not empty. */
  | { readonly head: string; readonly stamp: string }
  /** The rest of a long line is passing, to the logs for which `rest` is true. */
  | { readonly rest: readonly boolean[] };

/** No line begun. */
export const BETWEEN_LINES: LineState = { head: '', stamp: '' };

/** A datagram: where in the log's text it stood, so that a complaint about it is written there. */
export interface Datagram {
  /** Index of the directory. */
  readonly log: number;
  /** Length of this piece's text for that log before the datagram's line. */
  readonly at: number;
  readonly text: string;
  /** The line without stamp, prefix and dots: what the complaint about a missing socket shows. */
  readonly line: string;
}

export interface CutLines {
  readonly state: LineState;
  /** What to write to each directory's `current`. */
  readonly logs: string[];
  /** What to write to standard error. */
  readonly alerts: string;
  readonly datagrams: readonly Datagram[];
}

/** In a replacement text of String.replaceAll a dollar is special. */
function literal(text: string): string {
  return text.includes('$') ? text.replaceAll('$', '$$$$') : text;
}

/** The function that replaces characters of a head, or undefined when there is nothing to replace. */
export function compileReplacement(options: LineOptions): ((head: string) => string) | undefined {
  if (options.replacement === '') return undefined;
  const set = [...options.replaced].map((each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`);
  const unwanted = new RegExp(`[^ -~]${set.length > 0 ? `|[${set.join('')}]` : ''}`, 'g');
  const replacement = literal(options.replacement);
  return (head) => head.replace(unwanted, replacement);
}

/**
 * Treats one more piece of input.
 *
 * `piece` must not be empty; `stamp` (with its blank, or "") is for the lines that begin in it.
 */
export function cutLines(
  state: LineState,
  piece: string,
  stamp: string,
  configs: readonly LineConfig[],
  options: LineOptions,
): CutLines {
  const replace = compileReplacement(options);
  const logs = configs.map(() => '');
  const datagrams: Datagram[] = [];
  let alerts = '';
  let now = state;
  let at = 0;
  while (at < piece.length) {
    const newline = piece.indexOf('\n', at);
    const end = newline === -1 ? piece.length : newline;
    if ('rest' in now) {
      const passed = piece.slice(at, newline === -1 ? end : end + 1);
      for (const [index, passes] of now.rest.entries()) if (passes) logs[index] += passed;
      if (newline !== -1) now = BETWEEN_LINES;
      at = end + 1;
      continue;
    }
    const lineStamp = now.head === '' ? stamp : now.stamp;
    const take = Math.min(end - at, options.lineMax - now.head.length);
    const head = now.head + piece.slice(at, at + take);
    at += take;
    const isLong = head.length === options.lineMax;
    if (!isLong && newline === -1) {
      now = { head, stamp: head === '' ? '' : lineStamp };
      break;
    }
    const line = replace === undefined ? head : replace(head);
    const dots = isLong ? '...' : '';
    const passes: boolean[] = [];
    for (const [index, config] of configs.entries()) {
      const selection = config.instructions.length === 0 ? SELECTED : selectLine(config.instructions, line);
      const lead = lineStamp + config.prefix;
      if (selection.alert) alerts += `${lead}${line}${dots}\n`;
      if (selection.log && config.udp !== undefined) {
        const text = `${lead}${line}${dots}\n`;
        datagrams.push({ log: index, at: (logs[index] as string).length, text, line: `${lead}${line}\n` });
      }
      passes.push(selection.log && !config.udpOnly);
      if (passes[index]) logs[index] += lead + line;
    }
    if (isLong) {
      now = { rest: passes };
    } else {
      for (const [index, wanted] of passes.entries()) if (wanted) logs[index] += '\n';
      now = BETWEEN_LINES;
      at++;
    }
  }
  return { state: now, logs, alerts, datagrams };
}
