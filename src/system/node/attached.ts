/** Other programs on this terminal, or with their output kept, without loading more than node itself. */
import { spawn } from 'node:child_process';
import type { RunProgram } from '../ports.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Set when the program could not be started at all. */
  readonly error: NodeJS.ErrnoException | null;
}

/**
 * Runs a program to its end; its output is kept, or goes to this terminal with `attach`.
 * `input` is its standard input; after `timeout` milliseconds it is killed.
 */
export function runProgramHere(
  file: string,
  args: readonly string[],
  options: {
    readonly env?: NodeJS.ProcessEnv;
    readonly attach?: boolean;
    readonly cwd?: string;
    readonly input?: string;
    readonly timeout?: number;
  } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(file, [...args], {
      stdio:
        options.attach === true
          ? 'inherit'
          : [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(options.timeout === undefined ? {} : { timeout: options.timeout, killSignal: 'SIGKILL' as const }),
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    // It may end before it has read all.
    child.stdin?.on('error', () => {});
    if (options.input !== undefined) child.stdin?.end(options.input);
    child.on('error', (error) => resolve({ code: null, signal: null, stdout, stderr, error }));
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr, error: null }));
  });
}

/** The same behind the port: for a command that is to be quick, and for which loading execa would be a tenth of all. */
export const runQuickly: RunProgram = async (file, args, { env, ...options } = {}) => {
  const { error, ...result } = await runProgramHere(file, args, {
    ...options,
    ...(env === undefined ? {} : { env: env as NodeJS.ProcessEnv }),
  });
  return { ...result, failedToStart: error === null ? undefined : (error.code ?? error.message) };
};
