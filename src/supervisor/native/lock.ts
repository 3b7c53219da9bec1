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

const PAGE = 4096;
const PROT_NONE = 0;
const MAP_PRIVATE = 2;
const MAP_FAILED = -1n;

type Mapping = (...args: unknown[]) => bigint | number;
let mmap: Mapping | undefined;
let munmap: Mapping | undefined;

/**
 * Keeps a lock without a descriptor: a mapping of the file (which is never looked into) holds the open file as well.
 * `fd` must be open for reading and can be closed afterwards. Returns what ends it; undefined where the file system
 * has no mappings.
 */
export function holdByMapping(fd: number): (() => void) | undefined {
  mmap ??= libcFunction('intptr_t mmap(intptr_t, size_t, int, int, int, int64_t)') as Mapping;
  munmap ??= libcFunction('int munmap(intptr_t, size_t)') as Mapping;
  const unmap = munmap;
  const address = BigInt(mmap(0, PAGE, PROT_NONE, MAP_PRIVATE, fd, 0));
  return address === MAP_FAILED ? undefined : () => void unmap(address, PAGE);
}
