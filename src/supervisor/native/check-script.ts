/**
 * Runs a service's ./check as C's sv does: in the service directory, with stdout closed (not /dev/null), everything
 * else as sv got it, and waits for it. sv has no launcher that would keep what Node changes: the limit of open files
 * is taken from the parent process, and signals get their default.
 */
import { readFileSync } from 'node:fs';
import type { CheckResult } from '../sv.ts';
import { openFilesLimit } from './limits.ts';
import { defaultSignal } from './signals.ts';
import { spawnChild } from './spawn.ts';
import { waitFor } from './wait.ts';

const EAGAIN = 11;
const ENOMEM = 12;
const ECHILD = 10;
const SIGUSR1 = 10;

/** The soft limit of open files before Node raised it: the parent's is the best that can be known of it. */
function openFilesOfParent(): bigint {
  try {
    const limits = readFileSync(`/proc/${process.ppid}/limits`, 'latin1');
    const match = /^Max open files\s+(\d+)/m.exec(limits);
    if (match !== null) return BigInt(match[1] as string);
  } catch {
    // The parent is another user's.
  }
  return openFilesLimit();
}

/** `directory` with one character a byte. */
export function runCheckScript(directory: string): CheckResult {
  // It may take long, and Node would start its debugger.
  defaultSignal(SIGUSR1);
  const child = spawnChild(
    {
      environment: readFileSync('/proc/self/environ', 'latin1').split('\0').slice(0, -1),
      keepIgnored: 0n,
      descriptors: [],
      openFiles: openFilesOfParent(),
    },
    { file: 'check', argv: ['./check'], subdirectory: directory, stdout: 'closed', blocked: 0n },
  );
  if ('errno' in child) {
    const failedTo = child.errno === EAGAIN || child.errno === ENOMEM ? 'fork for' : 'run';
    return { failedTo, error: child.errno };
  }
  const ended = waitFor(child.pid);
  if (ended === undefined) return { failedTo: 'wait for child', error: ECHILD };
  // As in C only the exit code counts, so a check that a signal ended has passed.
  return { passed: ended.waitStatus >> 8 === 0 };
}
