/** What a killed logger left in its journal, against what is in its logs: how much of it is missing there. */
import { DEFAULT_LOG_CONFIG } from '../core/log-config.ts';
import { BETWEEN_LINES, cutLines, type LineState } from '../core/log-lines.ts';
import type { Recovered } from './journal.ts';
import type { LogDirectory } from './log-directory.ts';

/**
 * How many characters of the text that the journal's bytes make are in each log already; infinite for a log of which
 * the journal does not speak. The journal's own log is the first, whatever it was called then.
 */
export function assess(recovered: Recovered, directories: readonly LogDirectory[]): number[] {
  return directories.map(({ name, folder }, index) => {
    const isKnown = index === 0 || recovered.settings.names[index] === name;
    const log = isKnown ? recovered.logs[index] : undefined;
    if (log === undefined || log.ino === 0) return Number.POSITIVE_INFINITY;
    const current = folder.lookAtCurrent();
    if (current.ino === log.ino) return log.next ?? log.skip + Math.max(0, current.size - log.base);
    if (log.next !== undefined) return log.next + current.size;
    // Someone else went on with this directory; the file that was current then tells, if it is there.
    const size = folder.sizeOfOldLog(log.ino);
    return size === undefined ? log.skip : log.skip + Math.max(0, size - log.base);
  });
}

/**
 * The text that the journal's bytes make for each log, and the line that is begun then. When the input is another one
 * than the journal's (`isJoined` false) that line is ended.
 */
export function remake(
  { settings, rest, head, headStamp, piece, stamp }: Recovered,
  logs: number,
  isJoined: boolean,
): { texts: string[]; state: LineState } {
  const texts = Array.from({ length: logs }, () => '');
  const configs = texts.map((_, index) => settings.configs[index] ?? DEFAULT_LOG_CONFIG);
  let state: LineState = rest === null ? BETWEEN_LINES : { rest: texts.map((_, i) => rest[i] === true) };
  const add = (text: string, itsStamp: string) => {
    const cut = cutLines(state, text, itsStamp, configs, settings.options);
    state = cut.state;
    for (const [index, log] of cut.logs.entries()) texts[index] += log;
  };
  if (head !== '') add(head, headStamp);
  if (piece !== '') add(piece, stamp);
  if (!isJoined && !isBetweenLines(state)) add('\n', '');
  return { texts, state };
}

export function isBetweenLines(state: LineState): boolean {
  return 'head' in state && state.head === '';
}
