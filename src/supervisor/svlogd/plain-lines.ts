/**
 * What `cutLines` (core/log-lines.ts) does, for logs that take every line as it is: without patterns, replacements
 * and udp, which is nearly always. Then a whole piece can be treated at once, as bytes.
 */
import { BETWEEN_LINES, type LineConfig, type LineOptions, type LineState } from '../core/log-lines.ts';
import type { LineCopier } from './line-copier.ts';

/** Whether every line goes to every log unchanged. */
export function isPlain(configs: readonly LineConfig[], options: LineOptions): boolean {
  return (
    options.replacement === '' &&
    configs.every((config) => config.instructions.length === 0 && config.udp === undefined && !config.udpOnly)
  );
}

const NEWLINE = 10;

/**
 * Treats the piece of `length` bytes (not 0) in the copier; `stamp` is for the lines that begin in it. The texts
 * for the logs lie in the copier, too.
 */
export function cutPlainLines(
  state: LineState,
  copier: LineCopier,
  length: number,
  stamp: string,
  configs: readonly LineConfig[],
  lineMax: number,
): { readonly state: LineState; readonly logs: Buffer[] } {
  const piece = copier.piece(0, length);
  /** The rest of a long line goes to `passes`, up to here. */
  let begin = 0;
  let passes: readonly boolean[] = [];
  if ('rest' in state) {
    passes = state.rest;
    const end = piece.indexOf(NEWLINE);
    begin = end === -1 ? length : end + 1;
  }
  const isPassing = 'rest' in state && piece[begin - 1] !== NEWLINE;
  const begun = 'rest' in state || state.head === '' ? { head: '', stamp } : state;
  /** Behind the last newline. */
  const last = Math.max(begin, piece.lastIndexOf(NEWLINE) + 1);
  const hasLine = last > begin;
  /** The line that is not ended. */
  const tail = (hasLine ? '' : begun.head) + piece.toString('latin1', last, length);
  const tailStamp = hasLine ? stamp : begun.stamp;
  const isLong = tail.length >= lineMax;
  const made = configs.map(({ prefix }, index) => {
    const lead = stamp + prefix;
    let end = isLong ? tailStamp + prefix + tail : '';
    let start = '';
    if (passes[index] === true) start = piece.toString('latin1', 0, begin);
    if (!hasLine) return copier.make(start, last, last, '', end);
    // The last newline gets no lead.
    end = `\n${end}`;
    return copier.make(`${start}${begun.stamp}${prefix}${begun.head}`, begin, last - 1, lead, end);
  });
  let next: LineState;
  if (isPassing) next = state;
  else if (isLong) next = { rest: configs.map(() => true) };
  else if (tail === '') next = BETWEEN_LINES;
  else next = { head: tail, stamp: tailStamp };
  return { state: next, logs: made.map((each) => copier.made(each)) };
}
