/** The supervisor of a service directory, found by what its process says about itself. */
import { closeSync, constants, openSync, readdirSync, realpathSync, utimesSync, writeSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { readText } from './services.ts';

function realpath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The directory in a runsvdir's command line; its title may have blanks where the arguments had NULs. */
function directoryOf(pid: string, cmdline: string): string | null {
  const words = cmdline.split(/[\0 ]/);
  const at = words.findIndex((word) => basename(word) === 'runsvdir');
  // Interpreted programs have their interpreter in front; anything further back is an argument of something else.
  if (at !== 0 && at !== 1) return null;
  const directory = words.slice(at + 1).find((word) => word !== '' && !word.startsWith('-'));
  if (directory === undefined) return null;
  return isAbsolute(directory) ? directory : join(realpath(`/proc/${pid}/cwd`), directory);
}

/** The pid of a runsvdir that looks at this service directory; null when there is none. */
export function findSupervisor(serviceDir: string): number | null {
  const wanted = realpath(serviceDir);
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const cmdline = readText(`/proc/${pid}/cmdline`);
    if (cmdline === null || !cmdline.includes('runsvdir')) continue;
    const directory = directoryOf(pid, cmdline);
    if (directory !== null && realpath(directory) === wanted) return Number(pid);
  }
  return null;
}

/** Makes runsvdir look again: it does when the directory's times change. */
export function kickScan(serviceDir: string): void {
  const now = new Date();
  utimesSync(serviceDir, now, now);
}

/** Writes letters to a supervise directory's control FIFO; false when no runsv reads it. */
export function sendControl(supervise: string, letters: string): boolean {
  let fd: number;
  try {
    fd = openSync(join(supervise, 'control'), constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return false;
  }
  try {
    writeSync(fd, letters);
    return true;
  } finally {
    closeSync(fd);
  }
}
