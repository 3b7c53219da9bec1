/** The clock for durations. */

/** Milliseconds of a clock that is never set, with fractions; the same for all processes since the machine started. */
export function monotonicClock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
