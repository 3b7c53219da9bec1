/** How the processes of a service are made: ./run, ./finish, control/*, log/run, or one that says why there is none. */
import { statSync } from 'node:fs';
import type { Program } from './core/events.ts';
import { errorCode, errorText } from './core/messages.ts';
import type { LogPipe } from './native/pipe.ts';
import { type Child, spawnChild } from './native/spawn.ts';
import type { Host } from './service-host.ts';

const EAGAIN = 11;
const ENOMEM = 12;
const SIGCHLD = 17;
const SIGTERM = 15;
const LOOP_BITS = (1n << BigInt(SIGCHLD - 1)) | (1n << BigInt(SIGTERM - 1));

export type Started = { readonly pid: number } | { readonly errno: number };

/** The service that a process belongs to. */
export interface Origin {
  readonly host: Host;
  readonly name: string;
  /** Descriptor of the service directory, and a path of it. */
  readonly directory: number;
  readonly base: string;
  /** To the log service; `closed` once runsv has closed it, undefined where there never was one. */
  readonly pipe: LogPipe | 'closed' | undefined;
  warn(message: string): void;
}

export function spawnMain(from: Origin, program: Program): Started {
  const { host, pipe } = from;
  const isControl = program.kind === 'control';
  const file = isControl ? `control/${program.letter}` : `./${program.kind}`;
  const child: Child = {
    file,
    argv: [file, ...(program.kind === 'finish' ? program.args : [])],
    directory: from.directory,
    stdout: pipe === 'closed' ? undefined : pipe?.write,
    // control/* get what runsv itself has blocked in C while it works; ./run and ./finish do not.
    blocked: isControl ? host.blocked | LOOP_BITS : host.blocked & ~LOOP_BITS,
    session: host.session,
  };
  if (pipe === 'closed') {
    const closed = errorText('EBADF');
    if (isControl) from.warn(`unable to setup stdout for ${file}: ${closed}`);
    else return spawnComplaint(from, `unable to setup filedescriptor for ./run: ${closed}`, child);
  }
  const result = spawnChild(host.common, child);
  if ('pid' in result || forkFailed(result.errno)) return result;
  const what = isControl ? 'unable to run control/?' : `unable to start ${file}`;
  return spawnComplaint(from, `${what}: ${errorText(result.errno)}`, child);
}

export function spawnLog(from: Origin): Started {
  const { host, pipe } = from;
  const child: Omit<Child, 'stdin'> = {
    file: './run',
    argv: ['./run'],
    directory: from.directory,
    subdirectory: 'log',
    blocked: host.blocked & ~LOOP_BITS,
    session: host.session,
  };
  if (pipe === 'closed' || pipe === undefined)
    return spawnComplaint(from, `unable to setup filedescriptor for ./log/run: ${errorText('EBADF')}`, child);
  const result = pipe.withReader((stdin) => spawnChild(host.common, { ...child, stdin }));
  if ('pid' in result || forkFailed(result.errno)) return result;
  try {
    statSync(`${from.base}/log/.`);
  } catch (error) {
    return spawnComplaint(from, `unable to change directory to ./log: ${errorText(errorCode(error))}`, child);
  }
  return spawnComplaint(from, `unable to start log/./run: ${errorText(result.errno)}`, child);
}

/**
 * In C it is the forked child that says why a program can't be started, and exits with 111: a process with a pid,
 * an ending and a ./finish of its own. So here, too, a process says it.
 */
function spawnComplaint({ host, name }: Origin, what: string, child: Omit<Child, 'file' | 'argv'>): Started {
  const { blocked, session } = child;
  return spawnChild(host.common, {
    file: '/bin/sh',
    argv: ['sh', '-c', 'printf "%s\\n" "$1" >&2; exit 111', 'sh', `runsv ${name}: fatal: ${what}`],
    // Its own directory may be gone, which sh would complain about.
    subdirectory: '/',
    blocked,
    session,
  });
}

/** posix_spawn(3) fails with these when there could be no process; C then tries again in five seconds. */
function forkFailed(errno: number): boolean {
  return errno === EAGAIN || errno === ENOMEM;
}
