/** The supervisor of a service directory, found by what its process says about itself. */
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  realpathSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { readText } from './services.ts';

function realpath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * The directory in a runsvdir's command line. Its title may have blanks where the arguments had NULs, and a path may
 * hold blanks itself: the longest that is a directory is meant.
 */
function directoryOf(pid: string, cmdline: string): string | null {
  const absolute = (path: string): string =>
    isAbsolute(path) ? path : join(realpath(`/proc/${pid}/cwd`), path);
  const isProgram = (word: string): boolean => basename(word) === 'runsvdir';
  const args = cmdline.split('\0').filter((arg) => arg !== '');
  // Interpreted programs have their interpreter in front; anything further back is an argument of something else.
  const program = args.slice(0, 2).findIndex(isProgram);
  if (program !== -1) {
    const directory = args.slice(program + 1).find((arg) => !arg.startsWith('-'));
    return directory === undefined ? null : absolute(directory);
  }
  const words = cmdline.split(/[\0 ]/).filter((word) => word !== '');
  if (!isProgram(words[0] ?? '')) return null;
  const begin = words.findIndex((word, index) => index > 0 && !word.startsWith('-'));
  if (begin === -1) return null;
  for (let end = words.length; end > begin + 1; end--) {
    const path = absolute(words.slice(begin, end).join(' '));
    if (isDirectory(path)) return path;
  }
  return absolute(words[begin] as string);
}

function ownerOf(path: string): number | null {
  try {
    return statSync(path).uid;
  } catch {
    return null;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** The runsvdir processes of a user (of all users without a uid), and what each looks at. */
export function listSupervisors(uid?: number): { pid: number; directory: string }[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    const cmdline = readText(`/proc/${pid}/cmdline`);
    if (cmdline === null || !cmdline.includes('runsvdir')) return [];
    if (uid !== undefined && ownerOf(`/proc/${pid}`) !== uid) return [];
    const directory = directoryOf(pid, cmdline);
    return directory === null ? [] : [{ pid: Number(pid), directory }];
  });
}

/** The pid of a runsvdir that looks at this service directory; null when there is none. */
export function findSupervisor(serviceDir: string): number | null {
  const wanted = realpath(serviceDir);
  return listSupervisors().find(({ directory }) => realpath(directory) === wanted)?.pid ?? null;
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
