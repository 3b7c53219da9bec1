/** Processes from /proc: who is whose child, and what each costs. */
import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessDocument } from '../../everyday/status-document.ts';
import { readCommand } from './services.ts';

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  readonly comm: string;
  /** CPU time so far, own and of children waited for excluded, in clock ticks (hundredths of a second). */
  readonly ticks: number;
  /** Resident pages. */
  readonly pages: number;
}

/** Clock ticks in a second (USER_HZ), as /proc counts on every Linux. */
export const TICKS_PER_SECOND = 100;

/** One /proc/PID/stat; null when the process is gone. */
export function readProcess(pid: number): ProcessFacts | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The name in parentheses may hold anything, also blanks and parentheses.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  return {
    pid,
    parent: Number(fields[1]),
    state: fields[0] as string,
    comm: text.slice(open + 1, close),
    ticks: Number(fields[11]) + Number(fields[12]),
    pages: Number(fields[21]),
  };
}

/** All processes, and the children of each. */
export function readProcesses(): {
  readonly all: ReadonlyMap<number, ProcessFacts>;
  readonly children: ReadonlyMap<number, readonly number[]>;
} {
  const all = new Map<number, ProcessFacts>();
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const facts = readProcess(pid);
    if (facts === null) continue;
    all.set(pid, facts);
    const siblings = children.get(facts.parent);
    if (siblings === undefined) children.set(facts.parent, [pid]);
    else siblings.push(pid);
  }
  return { all, children };
}

/** A process and everything below it. */
export function processTree(
  pid: number,
  processes: ReturnType<typeof readProcesses>,
): ProcessDocument | null {
  const facts = processes.all.get(pid);
  if (facts === undefined) return null;
  return {
    pid,
    command: (readCommand(pid) ?? [`[${facts.comm}]`]).join(' '),
    children: (processes.children.get(pid) ?? []).flatMap((child) => processTree(child, processes) ?? []),
  };
}

/** The pids of a process and everything below it. */
export function descendants(pid: number, processes: ReturnType<typeof readProcesses>): number[] {
  const found: number[] = [];
  const walk = (each: number): void => {
    if (!processes.all.has(each)) return;
    found.push(each);
    for (const child of processes.children.get(each) ?? []) walk(child);
  };
  walk(pid);
  return found;
}
