/** The real world, as the commands get it. */
import fs, { realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import picocolors from 'picocolors';
import type { Context } from '../../cli/context.ts';
import type { Files } from '../ports.ts';
import { clock } from './clock.ts';
import { runProgram } from './program.ts';

/** The folder that holds package.json: dist/homerun is two below it. */
function installationFolder(): string {
  return join(dirname(realpathSync(fileURLToPath(import.meta.url))), '../..');
}

/** $USER, or the password file's name for this uid. */
function userName(env: NodeJS.ProcessEnv): string {
  if (env.USER !== undefined && env.USER !== '') return env.USER;
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 0);
  }
}

/** The working directory; the root where it has been removed meanwhile. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}

export function createContext(): Context {
  const env = process.env;
  const home = env.HOME ?? '/';
  const user = userName(env);
  const terminal = process.stdout.isTTY === true;
  const coloured = terminal && env.NO_COLOR === undefined && env.TERM !== 'dumb';
  return {
    files: fs as unknown as Files,
    run: runProgram,
    clock,
    identity: {
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      groups: process.getgroups?.() ?? [],
      home,
      user,
    },
    env,
    places: { home, user, env },
    cwd: workingDirectory(),
    installation: installationFolder(),
    interactive: terminal && process.stdin.isTTY === true && env.CI === undefined,
    columns: process.stdout.columns ?? (Number(env.COLUMNS) || 80),
    terminal,
    colours: picocolors.createColors(coloured),
    out: (text) => {
      process.stdout.write(text);
    },
    err: (text) => {
      process.stderr.write(text);
    },
  };
}
