/** Starts and endings as lines between those of a log. */
import type { Ending } from './crash-loop.ts';
import type { LogLine } from './log-lines.ts';
import { durationWords, endingWords } from './words.ts';

/**
 * svlogd stamps a line when it reads it, a few milliseconds after it was written; an ending is stamped at once. So much
 * later an ending counts as, in microseconds, that a dying program's last words stand before it.
 */
const SLACK = 5000;
/** A run shorter than this, in milliseconds, gets one mark instead of two. */
const SHORT = 1000;

function lifetimeWords(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  return seconds < 10 ? `${seconds.toFixed(2)} s` : durationWords(seconds);
}

/**
 * The marks of one service, in order of time. `runningSince` (milliseconds since the epoch) is the start of what runs
 * now, with its pid.
 */
export function marksOf(
  service: string,
  endings: readonly Ending[],
  running: { readonly since: number; readonly pid: number | null } | null,
): LogLine[] {
  const marks: LogLine[] = [];
  let floor = 0;
  const mark = (milliseconds: number, slack: number, text: string): void => {
    const time = Math.max(Math.floor(milliseconds * 1000) + slack, floor);
    floor = time;
    marks.push({ service, time, stamped: true, text, mark: true });
  };
  for (const ending of endings) {
    const asked = ending.asked ? ' (asked for)' : '';
    const lived = ending.startedAt === null ? null : ending.at - ending.startedAt;
    if (lived !== null && lived < SHORT) {
      mark(ending.at, SLACK, `started, ended after ${lifetimeWords(lived)}: ${endingWords(ending)}${asked}`);
      continue;
    }
    if (ending.startedAt !== null) mark(ending.startedAt, 0, 'started');
    const after = lived === null ? '' : ` after ${lifetimeWords(lived)}`;
    mark(ending.at, SLACK, `ended${after}: ${endingWords(ending)}${asked}`);
  }
  if (running !== null) {
    mark(running.since, 0, running.pid === null ? 'started' : `started (pid ${running.pid})`);
  }
  return marks;
}

/** How a mark looks, before its time and name are put in front. */
export function markText(text: string): string {
  return `── ${text} ──`;
}

/**
 * Shortens a flood of marks without a line between them: of more than four that end the same way only the first and
 * the last stay, with the number of the others between them.
 */
export function collapseMarks(lines: readonly LogLine[]): LogLine[] {
  const kind = (line: LogLine): string => line.text.replace(/after \S+( s)?/, '');
  const result: LogLine[] = [];
  for (let at = 0; at < lines.length; ) {
    const first = lines[at] as LogLine;
    let end = at + 1;
    if (first.mark) {
      while (end < lines.length) {
        const next = lines[end] as LogLine;
        if (!next.mark || next.service !== first.service || kind(next) !== kind(first)) break;
        end += 1;
      }
    }
    if (end - at <= 4) result.push(...lines.slice(at, end));
    else {
      const last = lines[end - 1] as LogLine;
      result.push(first, { ...last, text: `the same ${end - at - 2} more times` }, last);
    }
    at = end;
  }
  return result;
}
