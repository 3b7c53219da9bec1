/** Other programs on this terminal, or with their output kept, without loading more than node itself. */
import { spawn } from 'node:child_process';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Set when the program could not be started at all. */
  readonly error: NodeJS.ErrnoException | null;
}

/** Runs a program to its end; its output is kept, or goes to this terminal with `attach`. */
export function runProgramHere(
  file: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly attach?: boolean; readonly cwd?: string } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(file, [...args], {
      stdio: options.attach === true ? 'inherit' : ['ignore', 'pipe', 'pipe'],
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
    child.on('error', (error) => resolve({ code: null, stdout, stderr, error }));
    child.on('close', (code) => resolve({ code, stdout, stderr, error: null }));
  });
}
