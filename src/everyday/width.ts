/** Text by the columns it takes on a terminal: a wide character takes two, a combining one none. */
import truncatedWidth from 'fast-string-truncated-width';

/** Most text is this: one column for each letter, and no need for what the library knows of all others. */
const PLAIN = /^[ -~]*$/;

/** Columns that the text takes; escape sequences take none. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return truncatedWidth(text).width;
}

/** The text in at most so many columns, with `…` where something was left out. Plain text only. */
export function shorten(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (PLAIN.test(text)) return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
  const result = truncatedWidth(text, { limit: columns, ellipsis: '…' });
  return result.truncated ? `${text.slice(0, result.index)}${result.ellipsed ? '…' : ''}` : text;
}

/** Blanks to fill the text up to so many columns. */
export function padTo(text: string, columns: number, side: 'left' | 'right' = 'right'): string {
  const blanks = ' '.repeat(Math.max(0, columns - widthOf(text)));
  return side === 'right' ? text + blanks : blanks + text;
}

/**
 * A line of a log, or of a command, made harmless for a terminal: control characters become visible (`\x1b`), tabs
 * become a blank. Colours (SGR sequences) stay where `colours` says so.
 */
export function harmless(text: string, colours = false): string {
  if (!/[\u0000-\u001f\u007f-\u009f]/.test(text)) return text;
  const visible = (part: string): string =>
    part
      .replaceAll('\t', ' ')
      .replace(
        /[\u0000-\u001f\u007f-\u009f]/g,
        (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`,
      );
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
