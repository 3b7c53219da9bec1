/** Telling processes apart although pids are used again: by the moment in which they were started. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { errorCode } from '../core/messages.ts';
import { processFields } from '../native/process-fields.ts';

export interface ProcessFacts {
  readonly pid: number;
  /** Clock ticks since the machine started, as /proc/PID/stat gives them. */
  readonly startTime: string;
  readonly parent: number;
}

/** Undefined when there is no such process, or only what a parent has not yet waited for. */
export function processFacts(pid: number): ProcessFacts | undefined {
  try {
    const fields = processFields(pid);
    const state = fields[0];
    if (state === 'Z' || state === 'X') return undefined;
    return { pid, startTime: fields[19] as string, parent: Number(fields[1]) };
  } catch {
    return undefined;
  }
}

/** A short name of this run of the machine: pids and start times of another run mean nothing. */
export function bootName(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 13);
  } catch {
    return '-';
  }
}

/** Ticks of /proc/PID/stat a second; the kernel's interface has had 100 on every common machine for decades. */
export const TICKS = 100;

/** When a process was started, in milliseconds since the machine started (as `os.uptime()` counts). */
export function startedAt(facts: ProcessFacts): number {
  return (Number(facts.startTime) * 1000) / TICKS;
}

/** The inode of the pipe behind a descriptor, as `pipe:[N]`; undefined when it is none or can't be seen. */
export function pipeOf(pid: number | 'self', fd: number): string | undefined {
  try {
    const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
    return target.startsWith('pipe:[') ? target.slice(6, -1) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A process that can't be dumped (it keeps secrets, or its program may only be executed) shows its descriptors to root
 * alone, also where it belongs to the user who looks.
 */
export function hidesDescriptors(pid: number): boolean {
  try {
    readdirSync(`/proc/${pid}/fd`);
    return false;
  } catch (error) {
    return errorCode(error) === 'EACCES';
  }
}

/** A path by which a pipe that a process holds can be opened again; undefined when it does not hold it. */
export function pathToPipe(pid: number, pipe: string): string | undefined {
  const wanted = `pipe:[${pipe}]`;
  try {
    // Where it was put first.
    for (const fd of ['1', '2', '0', ...readdirSync(`/proc/${pid}/fd`)]) {
      const path = `/proc/${pid}/fd/${fd}`;
      try {
        if (readlinkSync(path) === wanted) return path;
      } catch {
        // closed meanwhile
      }
    }
  } catch {
    // It is gone, or not ours to look at.
  }
  return undefined;
}
