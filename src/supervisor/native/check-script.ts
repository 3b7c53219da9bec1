/**
 * Runs a service's ./check as C's sv does: in the service directory, with stdout closed (not /dev/null), everything
 * else as sv got it, and waits for it. Node's own child processes always have an open stdout, so posix_spawn does it.
 */
import { readFileSync } from 'node:fs';
import type { CheckResult } from '../sv.ts';
import { lastErrno, libcFunction } from './libc.ts';
import { packString, packStrings } from './strings.ts';

const RLIMIT_NOFILE = 7;
const POSIX_SPAWN_SETSIGDEF = 4;
const SIGPIPE = 13;
const EINTR = 4;
const EAGAIN = 11;
const ENOMEM = 12;

/** Larger than posix_spawn's structures on any C library of Linux (336 bytes at most in glibc and musl). */
const STRUCTURE_BYTES = 1024;

/** Puts back the soft limit of open files, which Node raised: the parent's is the best that can be known of it. */
function restoreOpenFiles(): void {
  try {
    const limits = readFileSync(`/proc/${process.ppid}/limits`, 'latin1');
    const match = /^Max open files\s+(\d+)/m.exec(limits);
    if (match === null) return;
    const limit = Buffer.alloc(16);
    if (libcFunction('int getrlimit(int, void *)')(RLIMIT_NOFILE, limit) !== 0) return;
    const soft = BigInt(match[1] as string);
    if (soft > limit.readBigUInt64LE(8)) return;
    limit.writeBigUInt64LE(soft, 0);
    libcFunction('int setrlimit(int, void *)')(RLIMIT_NOFILE, limit);
  } catch {
    // The parent is another user's: the raised limit stays.
  }
}

/** `directory` with one character a byte. */
export function runCheckScript(directory: string): CheckResult {
  restoreOpenFiles();
  const actions = Buffer.alloc(STRUCTURE_BYTES);
  const attributes = Buffer.alloc(STRUCTURE_BYTES);
  const signals = Buffer.alloc(128);
  signals.writeUInt32LE(1 << (SIGPIPE - 1), 0);
  libcFunction('int posix_spawn_file_actions_init(void *)')(actions);
  libcFunction('int posix_spawn_file_actions_addchdir_np(void *, void *)')(actions, packString(directory));
  libcFunction('int posix_spawn_file_actions_addclose(void *, int)')(actions, 1);
  libcFunction('int posix_spawnattr_init(void *)')(attributes);
  libcFunction('int posix_spawnattr_setsigdefault(void *, void *)')(attributes, signals);
  libcFunction('int posix_spawnattr_setflags(void *, short)')(attributes, POSIX_SPAWN_SETSIGDEF);
  const argv = packStrings(['./check']);
  const environment = packStrings(readFileSync('/proc/self/environ', 'latin1').split('\0').slice(0, -1));
  const pidBuffer = Buffer.alloc(4);
  const error = libcFunction('int posix_spawn(void *, void *, void *, void *, void *, void *)')(
    pidBuffer,
    packString('check'),
    actions,
    attributes,
    argv.table,
    environment.table,
  ) as number;
  if (error === EAGAIN || error === ENOMEM) return { failedTo: 'fork for', error };
  if (error !== 0) return { failedTo: 'run', error };
  const status = Buffer.alloc(4);
  const waitpid = libcFunction('int waitpid(int, void *, int)');
  while ((waitpid(pidBuffer.readInt32LE(0), status, 0) as number) === -1) {
    const errno = lastErrno();
    if (errno !== EINTR) return { failedTo: 'wait for child', error: errno };
  }
  // As in C only the exit code counts, so a check that a signal ended has passed.
  return { passed: status.readInt32LE(0) >> 8 === 0 };
}
