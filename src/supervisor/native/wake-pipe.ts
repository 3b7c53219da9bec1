/** A pipe to wake a thread that waits in poll(2) or epoll_wait(2). */
import { readSync, writeSync } from 'node:fs';
import { errorName } from '../core/messages.ts';
import { lastErrno, libcFunction } from './libc.ts';

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

/** A new pipe, close-on-exec and non-blocking at both ends: [to read from, to write to]. Throws with `code`. */
export function makeWakePipe(): [number, number] {
  const ends = new Int32Array(2);
  if (libcFunction('int pipe2(void *, int)')(ends, O_NONBLOCK | O_CLOEXEC) !== 0) {
    throw Object.assign(new Error('no pipe to wake a thread'), { code: errorName(lastErrno()) ?? '' });
  }
  return [ends[0] as number, ends[1] as number];
}

/** Makes the reading end readable; a pipe that is full already is so. */
export function wakeThrough(writingEnd: number): void {
  try {
    writeSync(writingEnd, 'w');
  } catch {
    // Full: the reader has enough to wake up for.
  }
}

/** Takes everything out of the pipe. */
export function drainWakePipe(readingEnd: number): void {
  const bytes = Buffer.allocUnsafe(256);
  try {
    while (readSync(readingEnd, bytes) === bytes.length);
  } catch {
    // Empty.
  }
}
