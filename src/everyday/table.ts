/** A table that fits the terminal: columns give way from the least needed one, rows never wrap. */
import { padTo, shorten, widthOf } from './width.ts';

export interface Column<Row> {
  readonly title: string;
  readonly side?: 'left' | 'right';
  /** Plain text of the cell. */
  readonly text: (row: Row) => string;
  /** Colours the cell's text after it was fitted. */
  readonly paint?: (text: string, row: Row) => string;
  /**
   * Gives way when the table is too wide: first down to `least` columns, then it goes; with 0 it never goes. What has
   * the higher order does so earlier.
   */
  readonly gives?: { readonly order: number; readonly least: number };
}

export interface FittedTable<Row> {
  readonly head: string;
  readonly line: (row: Row) => string;
  /** The fitted cells of a row, without colours, and which column each is of. */
  readonly cells: (row: Row) => readonly { readonly text: string; readonly column: Column<Row> }[];
  /** Titles of the columns that had to go. */
  readonly gone: readonly string[];
  /** Titles of the columns that are narrower than what they hold. */
  readonly narrow: readonly string[];
}

export const GAP = '  ';
/** A column that never goes is not cut below this while others can go instead. */
const KEPT_LEAST = 12;

/** Fits the columns to so many terminal columns (Infinity: all as wide as they need). */
export function fitTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  paintHead: (text: string) => string = (text) => text,
): FittedTable<Row> {
  // Texts are made once: hundreds of rows are measured, fitted and printed.
  const texts = new Map<Row, string[]>();
  const textsOf = (row: Row): string[] => {
    const known = texts.get(row);
    if (known !== undefined) return known;
    const made = columns.map((column) => column.text(row));
    texts.set(row, made);
    return made;
  };
  const natural = columns.map((column) => widthOf(column.title));
  for (const row of rows) {
    textsOf(row).forEach((text, index) => {
      const columnsOfText = widthOf(text);
      if (columnsOfText > (natural[index] as number)) natural[index] = columnsOfText;
    });
  }
  const sized = columns.map((column, index) => {
    const widest = natural[index] as number;
    return { column, index, natural: widest, width: widest };
  });
  let shown = sized;
  const total = (): number =>
    shown.reduce((sum, { width: each }) => sum + each, 0) + GAP.length * Math.max(0, shown.length - 1);
  const giving = sized
    .filter(({ column }) => column.gives !== undefined)
    .sort((a, b) => (b.column.gives?.order ?? 0) - (a.column.gives?.order ?? 0));
  const isKept = (each: (typeof sized)[number]): boolean => (each.column.gives?.least ?? 0) === 0;
  const shrink = (each: (typeof sized)[number], least: number): void => {
    const over = total() - width;
    if (over > 0) each.width = Math.max(Math.min(each.width, least), each.width - over);
  };
  for (const each of giving) shrink(each, isKept(each) ? KEPT_LEAST : (each.column.gives?.least ?? 1));
  for (const each of giving) {
    if (total() - width <= 0) break;
    if (!isKept(each)) shown = shown.filter((other) => other !== each);
  }
  // What a column that went leaves over goes to those that were cut, the most needed first.
  for (const each of [...giving].reverse()) {
    if (!shown.includes(each)) continue;
    const spare = width - total();
    if (spare <= 0) break;
    each.width += Math.min(spare, Math.max(0, each.natural - each.width));
  }
  // Never wider than the terminal, whatever it holds: the last resort cuts the widest that is left.
  while (total() > width && shown.some((each) => each.width > 1)) {
    const widest = shown.reduce((a, b) => (b.width > a.width ? b : a));
    widest.width -= Math.min(widest.width - 1, total() - width);
  }
  const compose = (cells: readonly string[]): string => cells.join(GAP).trimEnd();
  const fitted = (text: string, each: (typeof sized)[number], last: boolean): string => {
    const short = shorten(text, each.width);
    return last && each.column.side !== 'right'
      ? short
      : padTo(short, each.width, each.column.side === 'right' ? 'left' : 'right');
  };
  const cells = (row: Row): { text: string; column: Column<Row> }[] => {
    const own = textsOf(row);
    return shown.map((each, index) => ({
      text: fitted(own[each.index] as string, each, index === shown.length - 1),
      column: each.column,
    }));
  };
  return {
    head: paintHead(
      compose(shown.map((each, index) => fitted(each.column.title, each, index === shown.length - 1))),
    ),
    line: (row) =>
      compose(
        cells(row).map(({ text, column }) => (column.paint === undefined ? text : column.paint(text, row))),
      ),
    cells,
    gone: sized.filter((each) => !shown.includes(each)).map((each) => each.column.title),
    narrow: shown.filter((each) => each.width < each.natural).map((each) => each.column.title),
  };
}
