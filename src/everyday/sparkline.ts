/** How often something happened, as one line of bars: `▁▁▃█▁`. */
const BARS = '▁▂▃▄▅▆▇█';
const PLAIN = '_.:-=+*#';

/**
 * Counts `times` (milliseconds since the epoch) into `columns` equal parts of the last `windowSeconds`, the latest to
 * the right. The highest bar is the greatest count, at least `full` of them. `plain` uses ASCII.
 */
export function sparkline(
  times: readonly number[],
  options: { now: number; windowSeconds: number; columns: number; full?: number; plain?: boolean },
): string {
  const { now, windowSeconds, columns, full = 4, plain = false } = options;
  const bars = plain ? PLAIN : BARS;
  const part = (windowSeconds * 1000) / columns;
  const counts = new Array<number>(columns).fill(0);
  for (const time of times) {
    const index = columns - 1 - Math.floor((now - time) / part);
    if (index >= 0 && index < columns) counts[index] = (counts[index] as number) + 1;
  }
  const top = Math.max(full, ...counts);
  return counts
    .map((count) =>
      count === 0 ? bars[0] : bars[Math.max(1, Math.round((count / top) * (bars.length - 1)))],
    )
    .join('');
}
