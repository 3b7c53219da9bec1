/** Starts a program that outlives this one, or stays in front of it until it ends. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, unlinkSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The soft limit of open files of the process that started this one: Node raises its own, and a daemon should get
 * what it would get from a shell. Undefined where /proc does not tell.
 */
function callersFileLimit(): string | undefined {
  try {
    const limits = readFileSync(`/proc/${process.ppid}/limits`, 'utf8');
    return /^Max open files +(\d+|unlimited)/m.exec(limits)?.[1];
  } catch {
    return undefined;
  }
}

/** The words that start a program with the caller's limit of open files. */
function limited(file: string, args: readonly string[]): readonly [string, readonly string[]] {
  const limit = callersFileLimit();
  if (limit === undefined) return [file, args];
  return ['/bin/sh', ['-c', 'ulimit -Sn "$1" 2>/dev/null; shift; exec "$@"', 'sh', limit, file, ...args]];
}

export interface Detached {
  readonly pid: number;
  /** What it has said on stderr so far. */
  said(): string;
  /** Its exit code once it has ended; null for a signal; undefined while it runs. */
  ended(): number | null | undefined;
  /** Lets this process end without it. */
  release(): void;
}

/** Starts it in a session of its own, with stdin and stdout at /dev/null and stderr in a file without a name. */
export function startDetached(
  file: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd: string },
): Promise<Detached> {
  const name = join(tmpdir(), `homerun-${process.pid}-${Date.now()}`);
  const stderr = openSync(name, 'wx+', 0o600);
  unlinkSync(name);
  const [program, words] = limited(file, args);
  const child = spawn(program, words, {
    detached: true,
    stdio: ['ignore', 'ignore', stderr],
    env: options.env,
    cwd: options.cwd,
  });
  let ended: number | null | undefined;
  child.on('exit', (code) => {
    ended = code;
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      closeSync(stderr);
      reject(error);
    });
    child.on('spawn', () =>
      resolve({
        pid: child.pid as number,
        said: () => readFileSync(`/proc/self/fd/${stderr}`, 'utf8'),
        ended: () => ended,
        release: () => {
          closeSync(stderr);
          child.unref();
        },
      }),
    );
  });
}

/** Runs it on this terminal until it ends; signals that ask this process to end are handed on. Gives the exit code. */
export function runInFront(
  file: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd: string },
): Promise<number> {
  const [program, words] = limited(file, args);
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: 'inherit', env: options.env, cwd: options.cwd });
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const hand = (signal: NodeJS.Signals): void => {
      // Ctrl-C reaches the whole process group: the runner has it already.
      if (signal !== 'SIGINT') child.kill(signal);
    };
    for (const signal of signals) process.on(signal, hand);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const each of signals) process.removeListener(each, hand);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
