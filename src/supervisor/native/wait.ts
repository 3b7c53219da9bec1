/**
 * Children that libuv does not know. libuv waits only for those that it started itself, so a program that starts
 * its children through spawn.ts reaps them here, on SIGCHLD, in one place for all.
 */
import { lastErrno, libcFunction } from './libc.ts';

const WNOHANG = 1;

let waitpid: ((pid: number, status: Int32Array, options: number) => number) | undefined;
let kill: ((pid: number, signal: number) => number) | undefined;
const status = new Int32Array(32);

export interface Ended {
  readonly pid: number;
  /** As waitpid(2) gives it. */
  readonly waitStatus: number;
}

/** The next child that has ended, without waiting; undefined when there is none. */
export function reapOne(): Ended | undefined {
  waitpid ??= libcFunction('int waitpid(int, void *, int)') as NonNullable<typeof waitpid>;
  const pid = waitpid(-1, status, WNOHANG);
  return pid > 0 ? { pid, waitStatus: status[0] as number } : undefined;
}

/** Waits for one child to end, which blocks the whole process. */
export function waitFor(pid: number): Ended | undefined {
  waitpid ??= libcFunction('int waitpid(int, void *, int)') as NonNullable<typeof waitpid>;
  return waitpid(pid, status, 0) === pid ? { pid, waitStatus: status[0] as number } : undefined;
}

/** kill(2), which says nothing when the process is gone. Returns 0 or the errno. */
export function sendSignal(pid: number, signal: number): number {
  kill ??= libcFunction('int kill(int, int)') as NonNullable<typeof kill>;
  return kill(pid, signal) === 0 ? 0 : lastErrno();
}
