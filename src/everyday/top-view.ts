/** What `homerun top` shows, as styled pieces of text for a screen of so many columns and rows. */
import type { Tone } from './judge.ts';
import { sparkline } from './sparkline.ts';
import { pidOf, type StatusRow, secondsOf } from './status-view.ts';
import { type Column, fitTable, GAP } from './table.ts';
import { harmless, shorten, widthOf } from './width.ts';
import { durationWords } from './words.ts';

export interface Piece {
  readonly text: string;
  readonly tone?: Tone;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly inverse?: boolean;
}

export interface TopRow extends StatusRow {
  /** Percent of one processor, with everything below the service; null: not known yet, or nothing runs. */
  readonly cpu: number | null;
  /** Resident bytes, with everything below the service. */
  readonly memory: number | null;
  /** When it ended, milliseconds since the epoch. */
  readonly restarts: readonly number[];
}

export interface TopModel {
  readonly rows: readonly TopRow[];
  readonly selected: number;
  readonly now: number;
  /** The lower part: the log of the selected service, or what doctor says. */
  readonly panel: { readonly title: string; readonly lines: readonly string[] };
  /** The panel takes the whole screen. */
  readonly zoomed: boolean;
  /** Lines that the panel was scrolled up from its end. */
  readonly scrolled: number;
  /** The last thing that was done, in one line. */
  readonly message: string;
  readonly plain: boolean;
}

/** Key, what it does, and its rank: where the line is too narrow for all, the highest go first. */
const KEYS: readonly (readonly [string, string, number])[] = [
  ['s', 'start', 2],
  ['x', 'stop', 1],
  ['r', 'restart', 3],
  ['p', 'pause', 6],
  ['l', 'log', 4],
  ['d', 'doctor', 5],
  ['q', 'quit', 0],
  ['↑↓', 'choose', 7],
];

/** The keys in one line: as many as fit, each whole. */
export function keysLine(width: number): string {
  for (let rank = KEYS.length - 1; rank >= 0; rank -= 1) {
    const line = KEYS.filter((key) => key[2] <= rank)
      .map(([key, does]) => `${key} ${does}`)
      .join('  ');
    if (widthOf(line) <= width || rank === 0) return shorten(line, width);
  }
  return '';
}

/** `1.2M`, `340K`, `2.1G`. */
export function sizeWords(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)}${units[unit]}`;
}

function columnsOf(model: TopModel): Column<TopRow>[] {
  return [
    { title: ' ', text: ({ judgement }) => (judgement.hints.length > 0 ? '!' : ' ') },
    { title: 'SERVICE', text: ({ facts }) => harmless(facts.name), gives: { order: 1, least: 0 } },
    { title: 'STATE', text: ({ judgement }) => judgement.short },
    {
      title: 'PID',
      side: 'right',
      text: ({ facts }) => String(pidOf(facts) ?? '-'),
      gives: { order: 2, least: 7 },
    },
    {
      title: 'TIME',
      side: 'right',
      text: ({ facts }) => {
        const seconds = secondsOf(facts, model.now);
        return seconds === null ? '-' : durationWords(seconds);
      },
    },
    {
      title: 'CPU%',
      side: 'right',
      text: ({ cpu }) => (cpu === null ? '-' : cpu.toFixed(1)),
      gives: { order: 3, least: 6 },
    },
    {
      title: 'MEM',
      side: 'right',
      text: ({ memory }) => (memory === null ? '-' : sizeWords(memory)),
      gives: { order: 4, least: 6 },
    },
    {
      title: 'ENDED, 60 s',
      text: ({ restarts }) =>
        sparkline(restarts, { now: model.now, windowSeconds: 60, columns: 12, plain: model.plain }),
      gives: { order: 5, least: 12 },
    },
    {
      title: 'COMMAND',
      text: ({ facts }) => (facts.command === null ? '-' : harmless(facts.command.join(' '))),
      gives: { order: 6, least: 8 },
    },
  ];
}

const filled = (pieces: readonly Piece[], width: number): Piece[] => {
  const used = pieces.reduce((sum, { text }) => sum + widthOf(text), 0);
  return used >= width
    ? [...pieces]
    : [
        ...pieces,
        { text: ' '.repeat(width - used), ...(pieces[0]?.inverse === true ? { inverse: true } : {}) },
      ];
};

/** Each service counts once: up, down, on its way, or with a problem (also what was told to end and does not). */
function titleLine(model: TopModel, width: number): string {
  const isBad = ({ judgement }: TopRow): boolean => judgement.problem || judgement.tone === 'bad';
  const count = (tone: Tone): number =>
    model.rows.filter((row) => row.judgement.tone === tone && !isBad(row)).length;
  const changing = count('busy') === 0 ? '' : `, ${count('busy')} changing`;
  const problems = model.rows.filter(isBad).length;
  const counts = `${count('good')} up, ${count('quiet')} down${changing}, ${problems} with problems`;
  const time = new Date(model.now).toTimeString().slice(0, 8);
  const services = `${model.rows.length} service${model.rows.length === 1 ? '' : 's'}`;
  const whole = `${services}: ${counts}`;
  const lines = [`homerun top  ${time}  ${whole}`, `${time}  ${whole}`, whole];
  return lines.find((line) => line.length <= width) ?? shorten(counts, width);
}

function tableLines(model: TopModel, width: number, height: number): Piece[][] {
  const table = fitTable(columnsOf(model), model.rows, width);
  const shown = Math.max(1, height - 1);
  const first = Math.max(0, Math.min(model.selected - Math.floor(shown / 2), model.rows.length - shown));
  const lines: Piece[][] = [filled([{ text: table.head, dim: true }], width)];
  model.rows.slice(first, first + shown).forEach((row, index) => {
    const inverse = first + index === model.selected ? { inverse: true } : {};
    const pieces = table.cells(row).flatMap(({ text, column }, at): Piece[] => {
      const gap: Piece[] = at === 0 ? [] : [{ text: GAP, ...inverse }];
      const tone = column.title === 'STATE' ? { tone: row.judgement.tone } : {};
      const bold = column.title === 'SERVICE' ? { bold: true } : {};
      return [...gap, { text, ...tone, ...bold, ...inverse }];
    });
    lines.push(filled(pieces, width));
  });
  return lines;
}

/** The panel's lines that are seen: its last ones, or those scrolled to. */
function panelLines(model: TopModel, width: number, height: number): Piece[][] {
  const { lines } = model.panel;
  const end = Math.max(Math.min(height, lines.length), lines.length - model.scrolled);
  return lines
    .slice(Math.max(0, end - height), end)
    .map((line) => [{ text: shorten(harmless(line), width) }]);
}

/**
 * The whole screen, a line of pieces for each row: the title, the table, the panel's title and lines, and the keys.
 * A screen of fewer than eight rows shows the table alone.
 */
export function topLines(model: TopModel, width: number, height: number): Piece[][] {
  const blank: Piece[] = [{ text: '' }];
  const bottom: Piece[] =
    model.message === ''
      ? [{ text: keysLine(width), dim: true }]
      : [{ text: shorten(model.message, width), bold: true }];
  const title: Piece[] = [{ text: titleLine(model, width), bold: true }];
  const middle = height - 2;
  const tableHeight = model.zoomed
    ? 0
    : middle < 6
      ? middle
      : Math.min(model.rows.length + 1, Math.max(3, Math.floor(middle / 2)));
  const table = tableHeight === 0 ? [] : tableLines(model, width, tableHeight);
  const room = middle - table.length;
  const panel: Piece[][] = [];
  if (room >= 2) {
    const rule = `── ${model.panel.title} `;
    panel.push([{ text: shorten(rule + '─'.repeat(Math.max(0, width - widthOf(rule))), width), dim: true }]);
    panel.push(...panelLines(model, width, room - 1));
  }
  const lines = [title, ...table, ...panel];
  while (lines.length < height - 1) lines.push(blank);
  return [...lines.slice(0, height - 1), bottom];
}
