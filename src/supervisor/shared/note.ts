/**
 * What the shared supervisor notes beside `status` for the one after it: which process it started, and the pipe that
 * it gave it. One line in `supervise/process` (and `log/supervise/process`):
 *
 *     1 BOOT PHASE PID START PIPE STAYS
 *
 * BOOT names this run of the machine. PHASE is `starting`, or `finishing` for ./finish, from just before a process is
 * made until its pid is known (PID is then 0 and START the moment before), and after that what it runs, `run` or
 * `finish`. START is its start time in clock ticks since the machine started; both are 0 for a hosted logger, which is
 * no process. PIPE is the inode of the pipe to the log service, 0 without one. STAYS is `stays`, or `leaves` once the
 * service has been told to end. The file is removed when the service is left.
 */
import { closeSync, constants, ftruncateSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';

export interface Note {
  readonly boot: string;
  readonly phase: 'starting' | 'finishing' | 'run' | 'finish';
  readonly pid: number;
  readonly startTime: string;
  readonly pipe: string;
  readonly leaves: boolean;
}

export function formatNote({ boot, phase, pid, startTime, pipe, leaves }: Note): string {
  return `1 ${boot} ${phase} ${pid} ${startTime} ${pipe} ${leaves ? 'leaves' : 'stays'}\n`;
}

/** Undefined when it is none, or not of this version. Only the first line counts. */
export function parseNote(text: string): Note | undefined {
  const match = /^1 (\S+) (starting|finishing|run|finish) (\d+) (\d+) (\d+) (leaves|stays)\n/.exec(text);
  if (match === null) return undefined;
  const [, boot = '', phase = '', pid = '', startTime = '', pipe = '', stays] = match;
  return {
    boot,
    phase: phase as Note['phase'],
    pid: Number(pid),
    startTime,
    pipe,
    leaves: stays === 'leaves',
  };
}

/** @param folder a supervise directory */
export function readNote(folder: string): Note | undefined {
  try {
    return parseNote(readFileSync(`${folder}/process`, 'latin1'));
  } catch {
    return undefined;
  }
}

/**
 * In one write, so that a reader sees the old or the new line; what is left of a longer old one comes after the
 * newline. A note that can't be written is none: then there is no adoption.
 */
export function writeNote(folder: string, note: Note): void {
  try {
    const fd = openSync(`${folder}/process`, constants.O_WRONLY | constants.O_CREAT, 0o600);
    try {
      writeSync(fd, formatNote(note), 0, 'latin1');
    } finally {
      closeSync(fd);
    }
  } catch {
    // Without room there is no note.
  }
}

/** Empties it first, so that it says nothing when it can't be removed. */
export function removeNote(folder: string): void {
  try {
    const fd = openSync(`${folder}/process`, constants.O_WRONLY);
    ftruncateSync(fd);
    closeSync(fd);
    unlinkSync(`${folder}/process`);
  } catch {
    // There is none.
  }
}
