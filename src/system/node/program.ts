/** Other programs through execa, which is loaded only when one is run. */
import type { RunProgram } from '../ports.ts';

export const runProgram: RunProgram = async (file, args, options = {}) => {
  const { execa } = await import('execa');
  const result = await execa(file, args, {
    reject: false,
    stripFinalNewline: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env as NodeJS.ProcessEnv, extendEnv: false }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout, forceKillAfterDelay: 1000 }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  const code = (result as { code?: string }).code;
  return {
    code: result.exitCode ?? null,
    signal: result.signal ?? null,
    stdout: typeof result.stdout === 'string' ? result.stdout : '',
    stderr: typeof result.stderr === 'string' ? result.stderr : '',
    failedToStart:
      result.exitCode === undefined && result.signal === undefined && code !== undefined ? code : undefined,
  };
};
