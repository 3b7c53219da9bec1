/**
 * The limit of open files. Node raises the soft limit when it starts; what it starts in turn has to get the limit
 * that it was given itself. A limit belongs to the whole process, so while it is lowered for a child the other threads
 * find no room for what they open: they wait and try again (`untroubled`).
 */
import { errorCode } from '../core/messages.ts';
import { libcFunction } from './libc.ts';

const RLIMIT_NOFILE = 7;

type Call = (resource: number, limit: BigUint64Array) => number;
let get: Call | undefined;
let set: Call | undefined;
const limit = new BigUint64Array(16);

/** The soft limit of this process. Infinity is 2^64 - 1. */
export function openFilesLimit(): bigint {
  get ??= libcFunction('int getrlimit(int, void *)') as Call;
  get(RLIMIT_NOFILE, limit);
  return limit[0] as bigint;
}

/** Sets the soft limit of this process; the hard one stays. */
export function setOpenFilesLimit(soft: bigint): void {
  openFilesLimit();
  set ??= libcFunction('int setrlimit(int, void *)') as Call;
  limit[0] = soft > (limit[1] as bigint) ? (limit[1] as bigint) : soft;
  set(RLIMIT_NOFILE, limit);
}

/** Counts the changes for children: odd while the limit is another one. */
let changes = new Int32Array(new SharedArrayBuffer(4));

/** For a new thread of this process, which hands it to `shareLimitChanges`. */
export function limitChanges(): SharedArrayBuffer {
  return changes.buffer as SharedArrayBuffer;
}

export function shareLimitChanges(buffer: SharedArrayBuffer): void {
  changes = new Int32Array(buffer);
}

/** How often the limit has changed so far. */
export function countLimitChanges(): number {
  return Atomics.load(changes, 0);
}

/** Does something quick with another soft limit. Only one thread of the process may do this. */
export function withOpenFilesLimit<Result>(soft: bigint, act: () => Result): Result {
  const own = openFilesLimit();
  if (own === soft) return act();
  Atomics.add(changes, 0, 1);
  setOpenFilesLimit(soft);
  try {
    return act();
  } finally {
    setOpenFilesLimit(own);
    Atomics.add(changes, 0, 1);
    Atomics.notify(changes, 0);
  }
}

/**
 * Opens something. Where there was no room for one more descriptor, and another thread had lowered the limit at any
 * moment meanwhile, it is tried again as soon as the limit is back.
 */
export function untroubled<Result>(open: () => Result): Result {
  for (;;) {
    const before = Atomics.load(changes, 0);
    try {
      return open();
    } catch (error) {
      const now = Atomics.load(changes, 0);
      const mayBeRoom = now !== before || now % 2 !== 0;
      if (errorCode(error) !== 'EMFILE' || !mayBeRoom) throw error;
      if (now % 2 !== 0) Atomics.wait(changes, 0, now);
    }
  }
}
