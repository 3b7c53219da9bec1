/** The wall clock in microseconds, as runit reads it. */
import { type Instant, instantOfMicroseconds } from '../core/tai.ts';
import { libcFunction } from './libc.ts';

let gettimeofday: ReturnType<typeof libcFunction> | undefined;
const timeval = Buffer.alloc(16);

/** Now. */
export function readWallClock(): Instant {
  gettimeofday ??= libcFunction('int gettimeofday(void *, void *)');
  gettimeofday(timeval, null);
  return instantOfMicroseconds(Number(timeval.readBigInt64LE(0)), Number(timeval.readBigInt64LE(8)));
}
