/** What a logger does with the pipe that it reads, straight from the C library. */
import { lastErrno, libcFunction } from './libc.ts';

type CFunction = ReturnType<typeof libcFunction>;

const SPLICE_F_MOVE = 1;
const SPLICE_F_NONBLOCK = 2;
const POLLIN = 1;
const POLLOUT = 4;
/** Error, hang-up, bad descriptor: reading tells which. */
const POLL_TROUBLE = 8 | 16 | 32;

let spliceFunction: CFunction | undefined;
let pollFunction: CFunction | undefined;
const offset = Buffer.alloc(8);
const pollRecord = Buffer.alloc(8);

/** Bytes that a call moved, or what was in the way. */
export type Moved = { readonly bytes: number } | { readonly errno: number };

/**
 * Moves up to `length` bytes that are in a pipe now into a file at `position`. What has left the pipe is in the
 * file: the kernel takes from the pipe exactly what it wrote, also when the process is killed in the middle.
 * 0 bytes mean end of input; EAGAIN (11) that nothing is there; EINVAL (22) that one of both cannot do it.
 */
export function moveFromPipe(pipe: number, file: number, position: number, length: number): Moved {
  spliceFunction ??= libcFunction('int64_t splice(int, void *, int, void *, size_t, unsigned int)');
  offset.writeBigInt64LE(BigInt(position));
  const moved = Number(spliceFunction(pipe, null, file, offset, length, SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
  return moved < 0 ? { errno: lastErrno() } : { bytes: moved };
}

/** True when a read of `fd` would not block: data, end of input, or an error. Returns at once. */
export function isReadable(fd: number): boolean {
  return isReady(fd, POLLIN);
}

/** True when a write of a little to `fd` would not block, or would fail. Returns at once. */
export function isWritable(fd: number): boolean {
  return isReady(fd, POLLOUT);
}

function isReady(fd: number, events: number): boolean {
  pollFunction ??= libcFunction('int poll(void *, unsigned long, int)');
  pollRecord.writeInt32LE(fd, 0);
  pollRecord.writeInt16LE(events, 4);
  pollRecord.writeInt16LE(0, 6);
  return pollFunction(pollRecord, 1, 0) > 0 && (pollRecord.readInt16LE(6) & (events | POLL_TROUBLE)) !== 0;
}

/**
 * Waits in a thread of its own, so that signals are still handled, until one of the descriptors is readable or the
 * time (milliseconds; -1 for ever) is over. A read that must end early wants a pipe of its own among them.
 */
export function untilReadable(fds: readonly number[], timeout: number): Promise<void> {
  pollFunction ??= libcFunction('int poll(void *, unsigned long, int)');
  const records = Buffer.alloc(8 * fds.length);
  for (const [index, fd] of fds.entries()) {
    records.writeInt32LE(fd, index * 8);
    records.writeInt16LE(POLLIN, index * 8 + 4);
  }
  const poll = pollFunction;
  return new Promise((resolve) => {
    poll.async(records, fds.length, Math.min(timeout, 2_000_000_000), () => resolve());
  });
}
