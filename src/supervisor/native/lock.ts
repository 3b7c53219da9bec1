/** flock(2). */
import { lastErrno, libcFunction } from './libc.ts';

const LOCK_EX = 2;
const LOCK_NB = 4;

let flockFunction: ReturnType<typeof libcFunction> | undefined;

/**
 * Takes the exclusive lock of an open file. Returns 0, or the errno: EAGAIN (11) when another holds it and `wait`
 * is false. The lock belongs to the open file and is gone when its last descriptor is closed.
 */
export function flock(fd: number, wait = false): number {
  flockFunction ??= libcFunction('int flock(int, int)');
  return flockFunction(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) === 0 ? 0 : lastErrno();
}
