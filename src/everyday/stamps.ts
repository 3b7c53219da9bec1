/** Times as logs are shown with. */

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

let shownSecond = Number.NaN;
let shownUtc = false;
let shown = '';

/** `2026-11-22 06:45:00.123` in local time; in UTC with a `Z` behind it. */
export function formatStamp(time: number, utc: boolean): string {
  const milliseconds = Math.floor(time / 1000);
  const second = Math.floor(milliseconds / 1000);
  if (second !== shownSecond || utc !== shownUtc) {
    const date = new Date(second * 1000);
    shown = utc
      ? `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())} ${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`
      : `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
    shownSecond = second;
    shownUtc = utc;
  }
  return `${shown}.${pad(milliseconds - second * 1000, 3)}${utc ? 'Z' : ''}`;
}

/** A moment in local time to the second, `2026-11-22 05:45:00`. `iso`: as Date.prototype.toISOString writes it. */
export function formatMoment(iso: string): string {
  return formatStamp(Date.parse(iso) * 1000, false).slice(0, 19);
}
