/** The table of `homerun status`, as lines of text. */
import { homerunLine } from '../shell/words.ts';
import { type Judgement, judgeService, type Tone } from './judge.ts';
import type { ServiceFacts } from './service-facts.ts';
import { type Column, fitTable } from './table.ts';
import { harmless, shorten } from './width.ts';
import { durationWords } from './words.ts';

export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

/** One line of the table: a service and its judgement. */
export interface StatusRow {
  readonly facts: ServiceFacts;
  readonly judgement: Judgement;
}

export function judgeAll(services: readonly ServiceFacts[], now: number): StatusRow[] {
  return services.map((facts) => ({ facts, judgement: judgeService(facts, now) }));
}

/** The colour of a tone; the words say the same without it. */
export function paintTone(paint: Paint, tone: Tone, text: string): string {
  if (tone === 'good') return paint.green(text);
  if (tone === 'busy') return paint.yellow(text);
  return tone === 'bad' ? paint.red(text) : paint.dim(text);
}

/** The pid that the state speaks of: also that of `finish`. */
export function pidOf(facts: ServiceFacts): number | null {
  return facts.supervised ? (facts.slot?.pid ?? null) : null;
}

/** Seconds in the present state; null where no supervisor says so. */
export function secondsOf(facts: ServiceFacts, now: number): number | null {
  return facts.supervised && facts.slot !== null ? Math.max(0, (now - facts.slot.since) / 1000) : null;
}

/** The command in one line; of a script that a shell runs, the script. */
export function commandOf(facts: ServiceFacts): string {
  return facts.command === null ? '-' : harmless(facts.command.join(' '));
}

/** `4s ago: text`, `no log`, `empty`, and what is wrong with the logger. */
export function logOf(facts: ServiceFacts, now: number): string {
  const { log } = facts;
  if (log === null) return '-';
  const down =
    facts.supervised && (!log.supervised || log.slot?.state !== 'run') ? 'logger not running; ' : '';
  if (log.last === null) return down === '' ? 'empty' : down.replace('; ', '');
  const age = log.last.at === null ? '' : `${durationWords((now - log.last.at) / 1000)} ago: `;
  return `${down}${age}${harmless(log.last.text)}`;
}

/** Hints that the words of the state say already. */
const SAID_BY_STATE: ReadonlySet<string | null> = new Set(['flapping', 'paused', 'stuck-after-term']);

/** What the words say, a hint says in more words. */
const isRepeated = ({ judgement }: StatusRow): boolean => judgement.state === 'broken';

const INDENT = '    ';

/**
 * The table for a terminal of so many columns (Infinity: nothing is cut). `now` in milliseconds since the epoch;
 * `below` gives further lines under a row (processes).
 */
export function statusLines(
  rows: readonly StatusRow[],
  options: {
    readonly now: number;
    readonly width: number;
    readonly paint: Paint;
    readonly below?: (row: StatusRow) => readonly string[];
  },
): string[] {
  const { now, width, paint } = options;
  const columns = (full: boolean): Column<StatusRow>[] => [
    {
      title: ' ',
      text: ({ judgement }) => (judgement.hints.length > 0 ? '!' : ' '),
      paint: (text) => paint.yellow(text),
    },
    {
      title: 'SERVICE',
      text: ({ facts }) => harmless(facts.name),
      paint: (text) => paint.bold(text),
      gives: { order: 1, least: 0 },
    },
    {
      title: 'STATE',
      text: ({ judgement }) => (full ? judgement.words : judgement.short),
      paint: (text, { judgement }) => paintTone(paint, judgement.tone, text),
    },
    {
      title: 'ENABLED',
      text: ({ facts }) => (facts.enabled ? 'yes' : 'no'),
      gives: { order: 2, least: 7 },
    },
    { title: 'PID', side: 'right', text: ({ facts }) => String(pidOf(facts) ?? '-') },
    {
      title: 'TIME',
      side: 'right',
      text: ({ facts }) => {
        const seconds = secondsOf(facts, now);
        return seconds === null ? '-' : durationWords(seconds);
      },
    },
    { title: 'COMMAND', text: ({ facts }) => commandOf(facts), gives: { order: 4, least: 12 } },
    {
      title: 'LOG',
      text: ({ facts }) => logOf(facts, now),
      paint: (text) => paint.dim(text),
      gives: { order: 3, least: full ? 24 : 12 },
    },
  ];
  const dim = (text: string): string => paint.dim(text);
  // The whole words where there is room for them and for most of the rest; else the short ones, and notes under the row.
  const wide = fitTable(columns(true), rows, width, dim);
  const full =
    !wide.gone.some((title) => title !== 'COMMAND') &&
    !wide.narrow.some((title) => title !== 'COMMAND' && title !== 'LOG');
  const table = full ? wide : fitTable(columns(false), rows, width, dim);
  const lines = [table.head];
  for (const row of rows) {
    const { judgement, facts } = row;
    lines.push(table.line(row));
    const notes: string[] = [];
    if (!full && judgement.words !== judgement.short && judgement.tone !== 'quiet' && !isRepeated(row))
      notes.push(judgement.words);
    for (const hint of judgement.hints) if (!SAID_BY_STATE.has(hint.check)) notes.push(hint.summary);
    if (judgement.problem && facts.log?.last != null) {
      const shown = table.cells(row).find(({ column }) => column.title === 'LOG')?.text;
      if (shown !== logOf(facts, now)) notes.push(`last log line: ${harmless(facts.log.last.text)}`);
    }
    for (const note of notes)
      lines.push(paintTone(paint, judgement.tone, shorten(`${INDENT}${note}`, width)));
    for (const line of options.below?.(row) ?? []) lines.push(shorten(`${INDENT}${line}`, width));
  }
  return lines;
}

/** There are enabled services, and no runsv looks after any of them. */
export function noneSupervised(rows: readonly StatusRow[]): boolean {
  const enabled = rows.filter(({ facts }) => facts.enabled);
  return enabled.length > 0 && enabled.every(({ facts }) => !facts.supervised);
}

/** What to do next, under the table: one line, or none. `supervisorRuns`: there is a runsvdir, busy or not. */
export function nextStep(rows: readonly StatusRow[], supervisorRuns: boolean): string | null {
  if (!supervisorRuns) return 'No supervisor looks after them. Start it: homerun up';
  const marked = rows.filter(
    ({ judgement }) => judgement.problem || judgement.hints.some((hint) => hint.check),
  );
  if (marked.length === 0) return null;
  const names = marked.map(({ facts }) => facts.name);
  return `More about it: ${homerunLine('doctor', names.length <= 4 ? names : [])}`;
}
