/**
 * TAI64N: 8 bytes of seconds since 2^62 before 1970 TAI, big-endian, then 4 bytes of nanoseconds, big-endian.
 * runit counts TAI as Unix seconds and 10, with no leap seconds since; so does this.
 */

/** A moment of the wall clock: whole Unix seconds and 0 to 999,999,999 nanoseconds. */
export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** The TAI label of Unix second 0. */
const UNIX_EPOCH = 2n ** 62n + 10n;

/**
 * The moment that runit's own clock reading gives for so many microseconds: the middle of that microsecond,
 * which is why nanoseconds in a status of runsv always end in 500.
 */
export function instantOfMicroseconds(seconds: number, microseconds: number): Instant {
  return { seconds, nanoseconds: microseconds * 1000 + 500 };
}

/** The moment of so many milliseconds since the epoch (`Date.now()`). */
export function instantOfMilliseconds(milliseconds: number): Instant {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanoseconds: Math.round((milliseconds - seconds * 1000) * 1e6) };
}

/** Milliseconds since the epoch, with fractions. */
export function millisecondsOf(instant: Instant): number {
  return instant.seconds * 1000 + instant.nanoseconds / 1e6;
}

/** Writes the 12 bytes of a moment into `target` from `offset` on. */
export function encodeTai64n(instant: Instant, target: Uint8Array, offset = 0): void {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  view.setBigUint64(offset, UNIX_EPOCH + BigInt(instant.seconds));
  view.setUint32(offset + 8, instant.nanoseconds);
}

/** Reads 12 bytes. A label before 1970 gives negative seconds. */
export function decodeTai64n(source: Uint8Array, offset = 0): Instant {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  return {
    seconds: Number(view.getBigUint64(offset) - UNIX_EPOCH),
    nanoseconds: view.getUint32(offset + 8),
  };
}

/** The external form: `@` and 24 hexadecimal digits, as in svlogd's stamps and file names. */
export function formatTai64n(instant: Instant): string {
  const seconds = (UNIX_EPOCH + BigInt(instant.seconds)).toString(16).padStart(16, '0');
  return `@${seconds}${instant.nanoseconds.toString(16).padStart(8, '0')}`;
}

/** Reads the external form at the start of `text`; undefined when there is none. */
export function parseTai64n(text: string): Instant | undefined {
  const match = /^@([0-9a-f]{16})([0-9a-f]{8})/.exec(text);
  if (match === null) return undefined;
  return {
    seconds: Number(BigInt(`0x${match[1]}`) - UNIX_EPOCH),
    nanoseconds: Number.parseInt(match[2] as string, 16),
  };
}
