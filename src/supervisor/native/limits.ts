/**
 * The limit of open files. Node raises the soft limit when it starts; what it starts in turn has to get the limit
 * that it was given itself.
 */
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
