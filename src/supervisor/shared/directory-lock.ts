/** One shared supervisor for a service directory: the directory itself is locked. Nothing in it is touched. */
import { constants, openSync, readFileSync, statSync } from 'node:fs';
import { uptime } from 'node:os';
import { flock } from '../native/lock.ts';
import { processFacts, startedAt } from './process-identity.ts';

const EAGAIN = 11;

/** Who holds the lock, as far as it can be found out. */
export interface Holder {
  readonly pid: number | undefined;
  /** Milliseconds since the epoch. */
  readonly since: number | undefined;
}

/** How often, and after how many milliseconds each, it is tried again where the holder is gone: for 20 seconds. */
const TRIES = 400;
const PAUSE = 50;

/**
 * Takes the lock for the life of this process. Returns who holds it where that is another; undefined when it is
 * taken, and also where there is no directory or no locking: then nothing is to be locked yet. A holder that is not
 * there any more was killed: what it was starting just then has the lock until it executes its program.
 */
export function lockDirectory(directory: Buffer): Holder | undefined {
  let fd: number;
  try {
    fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    return undefined;
  }
  for (let left = TRIES; ; left -= 1) {
    if (flock(fd) !== EAGAIN) return undefined;
    const holder = findHolder(directory);
    if (holder.pid !== undefined || left === 0) return holder;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
  }
}

/** By /proc/locks, where a file is MAJOR:MINOR:INODE with the device in hexadecimal. */
function findHolder(directory: Buffer): Holder {
  try {
    const { ino } = statSync(directory, { bigint: true });
    for (const line of readFileSync('/proc/locks', 'latin1').split('\n')) {
      const match = /FLOCK\s+ADVISORY\s+WRITE\s+(\d+)\s+[0-9a-f]+:[0-9a-f]+:(\d+)\s/.exec(line);
      if (match === null || match[2] !== String(ino)) continue;
      const facts = processFacts(Number(match[1]));
      if (facts === undefined) continue;
      const age = uptime() * 1000 - startedAt(facts);
      return { pid: facts.pid, since: Date.now() - age };
    }
  } catch {
    // It stays unknown.
  }
  return { pid: undefined, since: undefined };
}

/** `pid 123, since 2026-11-29 17:30:12` in local time. */
export function describeHolder({ pid, since }: Holder): string {
  if (pid === undefined || since === undefined) return 'another process';
  const moment = new Date(since - new Date(since).getTimezoneOffset() * 60_000);
  return `pid ${pid}, since ${moment.toISOString().slice(0, 19).replace('T', ' ')}`;
}
