/** Accounts and privileges, by the C library's own functions: its name services, and the files below a new root. */
import koffi from 'koffi';
import { lastErrno, libcFunction } from './libc.ts';
import { packString } from './strings.ts';

// Both structures begin with two pointers; ids follow. The same in glibc and musl on machines of 64 bits.
const FIRST_ID = 16;
const SECOND_ID = 20;

/** Calls a look-up: the structure's address, undefined when there is none of that name, or the errno. */
function lookUp(prototype: string, name: string): unknown | undefined | { errno: number } {
  koffi.errno(0);
  const found = libcFunction(prototype)(packString(name));
  if (found !== null) return found;
  const errno = lastErrno();
  return errno === 0 ? undefined : { errno };
}

function isErrno(value: unknown): value is { errno: number } {
  return typeof value === 'object' && value !== null && 'errno' in value;
}

export function findUser(name: string): { uid: number; gid: number } | undefined | { errno: number } {
  const found = lookUp('void *getpwnam(const char *)', name);
  if (found === undefined || isErrno(found)) return found;
  return {
    uid: koffi.decode(found, FIRST_ID, 'uint32') as number,
    gid: koffi.decode(found, SECOND_ID, 'uint32') as number,
  };
}

export function findGroup(name: string): { gid: number } | undefined | { errno: number } {
  const found = lookUp('void *getgrnam(const char *)', name);
  if (found === undefined || isErrno(found)) return found;
  return { gid: koffi.decode(found, FIRST_ID, 'uint32') as number };
}

const result = (value: unknown): number => (value === 0 ? 0 : lastErrno());

/** Each returns 0 or the errno. */
export function setGroups(gids: readonly number[]): number {
  const list = new Uint32Array(gids.length);
  list.set(gids);
  return result(libcFunction('int setgroups(size_t, void *)')(gids.length, list));
}

export function setGid(gid: number): number {
  return result(libcFunction('int setgid(uint32_t)')(gid));
}

export function setUid(uid: number): number {
  return result(libcFunction('int setuid(uint32_t)')(uid));
}

export function newSession(): number {
  return libcFunction('int setsid()')() === -1 ? lastErrno() : 0;
}

/** Goes to a directory and makes it the root. */
export function changeDirectory(path: string): number {
  return result(libcFunction('int chdir(const char *)')(packString(path)));
}

export function changeRootToHere(): number {
  return result(libcFunction('int chroot(const char *)')(packString('.')));
}

/** nice(2) of the calling thread, which is the one that executes. */
export function addNice(increment: number): number {
  koffi.errno(0);
  return libcFunction('int nice(int)')(increment) === -1 ? lastErrno() : 0;
}
