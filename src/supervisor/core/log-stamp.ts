/** svlogd's time stamps, always UTC: `-t` a TAI64N label, `-tt` and `-ttt` a date that people can read. */
import { formatTai64n, type Instant } from './tai.ts';

/** 0: no stamp; 1 to 3: so many `t`. */
export type StampStyle = 0 | 1 | 2 | 3;

let second = Number.NaN;
let secondText = '';

/** `2026-11-22_05:45:00` or with a T; the last second's text is kept, since most stamps share it. */
function dateText(seconds: number, separator: '_' | 'T'): string {
  if (second !== seconds) {
    second = seconds;
    secondText = new Date(seconds * 1000).toISOString();
  }
  return `${secondText.slice(0, 10)}${separator}${secondText.slice(11, 19)}`;
}

/** The stamp of a line, with the blank after it; "" for style 0. Fractions are cut to 10 microseconds. */
export function formatStamp(style: StampStyle, instant: Instant): string {
  if (style === 0) return '';
  if (style === 1) return `${formatTai64n(instant)} `;
  const fraction = String(Math.floor(instant.nanoseconds / 10_000)).padStart(5, '0');
  return `${dateText(instant.seconds, style === 2 ? '_' : 'T')}.${fraction} `;
}
