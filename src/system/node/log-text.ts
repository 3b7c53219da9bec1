/**
 * What services log is bytes; most of it is UTF-8, and none of it has to be. A byte that is not part of a character
 * becomes a lone surrogate, U+DC80 to U+DCFF (valid UTF-8 never holds one), and the same byte again when it is written:
 * a pipe gets what the service wrote, and a terminal is shown `\xff` (everyday/width.ts).
 */
import { isUtf8 } from 'node:buffer';

const ESCAPE = 0xdc00;

/** Bytes of the character that starts with this one, 0 where none does. */
function lengthOf(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

function decodeBroken(bytes: Buffer): string {
  let text = '';
  let good = 0;
  let at = 0;
  while (at < bytes.length) {
    const length = lengthOf(bytes[at] as number);
    const whole = length > 0 && at + length <= bytes.length;
    if (whole && (length === 1 || isUtf8(bytes.subarray(at, at + length)))) {
      at += length;
      continue;
    }
    text += bytes.toString('utf8', good, at) + String.fromCharCode(ESCAPE + (bytes[at] as number));
    at += 1;
    good = at;
  }
  return text + bytes.toString('utf8', good);
}

/** The bytes from `from` to `to` as text that `encodeLog` turns into the same bytes. */
export function decodeLog(bytes: Buffer, from = 0, to = bytes.length): string {
  const part = bytes.subarray(from, to);
  return isUtf8(part) ? part.toString('utf8') : decodeBroken(part);
}

/** The bytes of such a text; plain text stays text, which is written without a copy. */
export function encodeLog(text: string): string | Buffer {
  if (!/[\udc80-\udcff]/u.test(text)) return text;
  const parts = text.split(/([\udc80-\udcff]+)/u);
  return Buffer.concat(
    parts.map((part, index) =>
      index % 2 === 0
        ? Buffer.from(part)
        : Buffer.from(Array.from(part, (letter) => letter.charCodeAt(0) - ESCAPE)),
    ),
  );
}
