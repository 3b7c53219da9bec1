/** Looks whether a log service's run can be stood for by a hosted logger, and where that logger is to work. */
import { accessSync, closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSvlogdOptions } from '../core/log-options.ts';
import { bytes } from '../service-listing.ts';
import type { Preparation } from '../svlogd/host.ts';
import { readPlainLogRun } from './log-run.ts';

/** A log/run of more bytes is not looked at. */
const MOST_BYTES = 8192;

export interface LoggerPlan {
  /** svlogd's arguments; one character a byte. */
  readonly args: readonly string[];
  /** Where it is started: a path. */
  readonly cwd: string;
  /** What is done before it starts. */
  readonly before: readonly Preparation[];
  readonly stderr: 1 | 2;
}

/**
 * Undefined when only a process will do: also where it would say what is wrong with it.
 * @param folder path of the log service's directory
 * @param path the PATH of its environment
 */
export function planLogger(folder: string, path: string | undefined): LoggerPlan | undefined {
  const plain = readPlainLogRun(readExecutable(`${folder}/run`) ?? '');
  if (plain === undefined || !isExecutable(plain.interpreter)) return undefined;
  if (!isSvlogd(plain.program, path)) return undefined;
  const options = parseSvlogdOptions(plain.args);
  if ('usage' in options) return undefined;
  let cwd = folder;
  const before: Preparation[] = [];
  for (const step of plain.steps) {
    if (step.step === 'cd') cwd = below(cwd, step.to);
    const names = step.step === 'cd' ? [step.to] : step.folders;
    for (const name of names)
      before.push({ step: step.step, folder: step.step === 'cd' ? cwd : below(cwd, name), name });
  }
  return { args: plain.args, cwd, before, stderr: plain.stderr };
}

function below(folder: string, path: string): string {
  return path.startsWith('/') ? path : `${folder}/${path}`;
}

function readExecutable(file: string): string | undefined {
  let fd: number | undefined;
  try {
    accessSync(file, constants.X_OK);
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > MOST_BYTES) return undefined;
    const buffer = Buffer.alloc(MOST_BYTES);
    return buffer.toString('latin1', 0, readSync(fd, buffer));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(bytes(file), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Folders whose svlogd is runit's. */
const SYSTEM = new Set([
  '/usr/bin',
  '/bin',
  '/usr/sbin',
  '/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/command',
]);

/**
 * Only runit's svlogd, or homerun's, is stood for: not a script of the user's that bears the name. One that is
 * nowhere on PATH is the bundled one, which needs no PATH.
 */
function isSvlogd(program: string, path: string | undefined): boolean {
  const own = ownPrograms();
  if (program.includes('/')) {
    const folder = program.slice(0, program.lastIndexOf('/'));
    return (SYSTEM.has(folder) || folder === own) && isExecutable(program);
  }
  for (const folder of (path ?? '/bin:/usr/bin').split(':')) {
    if (isExecutable(`${folder || '.'}/svlogd`)) return SYSTEM.has(folder) || isSame(folder, own);
  }
  return true;
}

function ownPrograms(): string {
  return join(dirname(process.argv[1] ?? '/'), '..', 'runit');
}

function isSame(folder: string, other: string): boolean {
  try {
    return realpathSync(bytes(folder)) === realpathSync(other);
  } catch {
    return false;
  }
}
