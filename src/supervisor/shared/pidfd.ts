/**
 * Processes of others: their end is learned, and signals are sent, through a pidfd, which never means another one.
 * Where there is none (an old system, no descriptor left) it is looked every second whether the process is still there.
 */
import { closeSync } from 'node:fs';
import { type Watch, watchReadable } from '../native/fifo.ts';
import { lastErrno, libcFunction } from '../native/libc.ts';
import { processFields } from '../native/process-fields.ts';
import { sendSignal } from '../native/wait.ts';
import { processFacts } from './process-identity.ts';

const ESRCH = 3;

/** Numbers of Linux's system calls that are the same on all machines. */
const PIDFD_SEND_SIGNAL = 424;
const PIDFD_OPEN = 434;

/** ioctl PIDFD_GET_INFO (since Linux 6.13; exit codes since 6.15), and the bit that asks for the exit code. */
const PIDFD_GET_INFO = 0xc040ff0b;
const PIDFD_INFO_EXIT = 1n << 3n;
const INFO_BYTES = 64;
const EXIT_CODE_AT = 60;

/** Milliseconds and attempts until whoever is the parent has waited for the process; only then its code is told. */
const ASK_EVERY = 5;
const MOST_ASKS = 20;

/** What stands for the exit of a process whose exit code nobody tells: exit code 255. */
export const UNKNOWN_STATUS = 255 << 8;

type Call = (...args: unknown[]) => number;
let systemCall: Call | undefined;
let ioctl: Call | undefined;

function call(number: number, a: number, b: number): number {
  systemCall ??= libcFunction('long syscall(long, long, long, long, long)') as Call;
  return Number(systemCall(number, a, b, 0, 0));
}

export interface WatchedProcess {
  /** Returns 0 or the errno. */
  signal(signal: number): number;
  close(): void;
}

/**
 * Watches a process that need not be a child. Undefined when it is gone.
 * @param startTime as in /proc/PID/stat
 * @param ended called once, later
 * @param sparing no descriptor is to be used
 */
export function watchProcess(
  pid: number,
  startTime: string,
  ended: (waitStatus: number) => void,
  sparing = false,
): WatchedProcess | undefined {
  const fd = sparing ? -1 : call(PIDFD_OPEN, pid, 0);
  if (fd < 0) return isSame(pid, startTime) ? lookAtProcess(pid, startTime, ended) : undefined;
  // It may have ended, and its pid been used again, before the pidfd was there.
  if (!isSame(pid, startTime)) {
    closeSync(fd);
    return undefined;
  }
  let open = true;
  const watch: Watch = watchReadable(fd, () => {
    watch.close();
    ask(MOST_ASKS);
  });
  const close = (): void => {
    if (!open) return;
    open = false;
    closeSync(fd);
  };
  const ask = (left: number): void => {
    if (!open) return;
    const status = zombieStatus(pid, startTime) ?? exitStatus(fd);
    if (status === undefined && left > 0) {
      setTimeout(ask, ASK_EVERY, left - 1);
      return;
    }
    close();
    ended(status ?? UNKNOWN_STATUS);
  };
  return {
    signal: (signal) => (call(PIDFD_SEND_SIGNAL, fd, signal) === 0 ? 0 : lastErrno()),
    close() {
      watch.close();
      close();
    },
  };
}

function isSame(pid: number, startTime: string): boolean {
  return processFacts(pid)?.startTime === startTime;
}

/** Milliseconds from one look at the processes without a pidfd to the next. */
const LOOK_EVERY = 1000;

/** Those that are looked at, all at once. */
const looks = new Set<() => void>();
let areLookedAt = false;

function lookAtAll(): void {
  for (const look of [...looks]) if (looks.has(look)) look();
  areLookedAt = looks.size > 0;
  if (areLookedAt) setTimeout(lookAtAll, LOOK_EVERY);
}

function lookAtProcess(pid: number, startTime: string, ended: (waitStatus: number) => void): WatchedProcess {
  const look = (): void => {
    if (isSame(pid, startTime)) return;
    looks.delete(look);
    ended(zombieStatus(pid, startTime) ?? UNKNOWN_STATUS);
  };
  looks.add(look);
  if (!areLookedAt) setTimeout(lookAtAll, LOOK_EVERY);
  areLookedAt = true;
  return {
    signal: (signal) => (isSame(pid, startTime) ? sendSignal(pid, signal) : ESRCH),
    close: () => void looks.delete(look),
  };
}

/** Until its parent has waited for it, /proc tells how a process of one's own user has ended. */
function zombieStatus(pid: number, startTime: string): number | undefined {
  try {
    const fields = processFields(pid);
    return fields[0] === 'Z' && fields[19] === startTime ? Number(fields[49]) : undefined;
  } catch {
    return undefined;
  }
}

/** As waitpid(2) would give it; undefined when it is not known (yet). */
function exitStatus(fd: number): number | undefined {
  ioctl ??= libcFunction('int ioctl(int, unsigned long, void *)') as Call;
  const info = Buffer.alloc(INFO_BYTES);
  info.writeBigUInt64LE(PIDFD_INFO_EXIT, 0);
  if (ioctl(fd, PIDFD_GET_INFO, info) !== 0) return undefined;
  if ((info.readBigUInt64LE(0) & PIDFD_INFO_EXIT) === 0n) return undefined;
  return info.readInt32LE(EXIT_CODE_AT);
}
