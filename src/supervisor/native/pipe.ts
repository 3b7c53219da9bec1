/** The pipe between a service and its log service, of which runsv holds both ends. */
import { closeSync, constants, openSync } from 'node:fs';
import { errorCode, type SystemError } from '../core/messages.ts';
import { lastErrno, libcFunction } from './libc.ts';

const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;

let pipe2: ((ends: Int32Array, flags: number) => number) | undefined;

/** Both ends of a new pipe, closed at exec; or the errno. */
export function newPipe(
  nonBlocking = false,
): { readonly read: number; readonly write: number } | { readonly errno: number } {
  pipe2 ??= libcFunction('int pipe2(void *, int)') as NonNullable<typeof pipe2>;
  const ends = new Int32Array(32);
  if (pipe2(ends, O_CLOEXEC | (nonBlocking ? O_NONBLOCK : 0)) !== 0) return { errno: lastErrno() };
  return { read: ends[0] as number, write: ends[1] as number };
}

export interface LogPipe {
  /** For the stdout of the service. */
  readonly write: number;
  /** Calls with a descriptor for the stdin of the log service. */
  withReader<T>(use: (fd: number) => T): T;
  /** Closes it for good. Returns the error of each end that could not be closed. */
  close(): SystemError[];
}

function closeEnd(fd: number): SystemError[] {
  try {
    closeSync(fd);
    return [];
  } catch (error) {
    return [errorCode(error)];
  }
}

/** As C has it: two descriptors. */
export function openLogPipe(): LogPipe | { readonly errno: number } {
  const ends = newPipe();
  if ('errno' in ends) return ends;
  let closed = false;
  return {
    write: ends.write,
    withReader: (use) => use(ends.read),
    close() {
      if (closed) return ['EBADF', 'EBADF'];
      closed = true;
      return [...closeEnd(ends.write), ...closeEnd(ends.read)];
    },
  };
}

/**
 * A pipe of one descriptor, opened for reading and writing: a service that has it as stdout gets no SIGPIPE and
 * loses nothing while no supervisor is there. It is made, or taken over from a running service (`from`, a path as
 * /proc/PID/fd/1; Node's error is thrown when it can't be opened).
 */
export function openKeptPipe(
  from?: string,
): (LogPipe & { readonly fd: number }) | { readonly errno: number } {
  let fd: number;
  if (from !== undefined) fd = openSync(from, constants.O_RDWR);
  else {
    const ends = newPipe();
    if ('errno' in ends) return ends;
    try {
      fd = openSync(`/proc/self/fd/${ends.read}`, constants.O_RDWR);
    } finally {
      closeSync(ends.read);
      closeSync(ends.write);
    }
  }
  let closed = false;
  return {
    fd,
    write: fd,
    withReader(use) {
      // A reader that could also write would never see the end.
      const reader = openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY);
      try {
        return use(reader);
      } finally {
        closeSync(reader);
      }
    },
    close() {
      if (closed) return ['EBADF', 'EBADF'];
      closed = true;
      return closeEnd(fd);
    },
  };
}

const F_SETPIPE_SZ = 1031;
const F_GETPIPE_SZ = 1032;

let fcntl: ((fd: number, command: number, argument: number) => number) | undefined;

/** Bytes that fit into a pipe; -1 when that can't be told. */
export function pipeCapacity(fd: number): number {
  fcntl ??= libcFunction('int fcntl(int, int, int)') as NonNullable<typeof fcntl>;
  return fcntl(fd, F_GETPIPE_SZ, 0);
}

/** False when the user has used up the system's room for pipes, or more is in the pipe. */
export function setPipeCapacity(fd: number, bytes: number): boolean {
  fcntl ??= libcFunction('int fcntl(int, int, int)') as NonNullable<typeof fcntl>;
  return fcntl(fd, F_SETPIPE_SZ, bytes) >= bytes;
}
