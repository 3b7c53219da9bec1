/** Text by the columns it takes on a terminal: a wide character takes two, a combining one none. */
import truncatedWidth from 'fast-string-truncated-width';

/** Most text is this: one column for each letter, and no need for what the library knows of all others. */
const PLAIN = /^[ -~]*$/;

/** Columns that the text takes; escape sequences take none. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return truncatedWidth(text).width;
}

let segmenter: Intl.Segmenter | undefined;

/** What a person takes for one character each: a letter with its accents, a family of emoji. */
function* clusters(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter();
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/**
 * The text in at most so many columns, with `…` where something was left out; no character is cut in two. Plain text
 * only.
 */
export function shorten(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (PLAIN.test(text)) return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
  if (!truncatedWidth(text, { limit: columns }).truncated) return text;
  // The library's own cut is a column too wide where characters of one and of two columns are mixed.
  const part = text.slice(0, columns * LONGEST_CLUSTER);
  if (PLAIN.test(part)) return `${part.slice(0, columns - 1)}…`;
  let kept = '';
  let width = 1;
  for (const cluster of clusters(part)) {
    width += widthOf(cluster);
    if (width > columns) break;
    kept += cluster;
  }
  return `${kept}…`;
}

/** Code units that one column's text is not longer than; a letter under a heap of accents may be cut. */
const LONGEST_CLUSTER = 16;

/**
 * The text for a screen that gives each code point cells of its own: of characters that are made of several the first
 * one stays, with blanks up to the width of the whole.
 */
export function singleCells(text: string): string {
  if (PLAIN.test(text)) return text;
  let result = '';
  for (const cluster of clusters(text.normalize('NFC'))) {
    const first = String.fromCodePoint(cluster.codePointAt(0) as number);
    const width = widthOf(cluster);
    if (width === 0) continue;
    result += first === cluster ? cluster : first + ' '.repeat(Math.max(0, width - widthOf(first)));
  }
  return result;
}

/** Blanks to fill the text up to so many columns. */
export function padTo(text: string, columns: number, side: 'left' | 'right' = 'right'): string {
  const blanks = ' '.repeat(Math.max(0, columns - widthOf(text)));
  return side === 'right' ? text + blanks : blanks + text;
}

/**
 * Control characters of both sets, ends of lines and paragraphs, what turns the direction around, and lone surrogates,
 * which stand for bytes that are no characters (system/node/log-text.ts).
 */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|(?<![\ud800-\udbff])[\udc80-\udcff]/;
/** What is added to such a byte. */
const BYTE = 0xdc00;

/**
 * A line of a log, or of a command, made harmless for a terminal: control characters become visible (`\x1b`), and so
 * do those that turn the direction of the text around (`\u202e`); tabs become a blank. Colours (SGR sequences) stay
 * where `colours` says so.
 */
export function harmless(text: string, colours = false): string {
  if (!UNSAFE.test(text)) return text;
  const visible = (part: string): string =>
    part.replaceAll('\t', ' ').replace(new RegExp(UNSAFE, 'g'), (letter) => {
      const unit = letter.charCodeAt(0);
      const code = (unit > BYTE && unit < BYTE + 0x100 ? unit - BYTE : unit).toString(16);
      return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
    });
  if (!colours) return visible(text);
  let coloured = false;
  const result = text
    .split(/(\u001b\[[0-9;:]*m)/)
    .map((part, index) => {
      if (index % 2 === 0) return visible(part);
      coloured = true;
      return part;
    })
    .join('');
  return coloured ? `${result}\u001b[0m` : result;
}
