/** The world as src/plan wants it: the files, the time, this process, and the journal in this user's state folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from '../layout/layout.ts';
import type { PlanWorld } from '../plan/journal.ts';
import { filesForChanges } from '../system/node/files.ts';
import type { Context } from './context.ts';

/** `PID-TICKS`: the start time tells a process from a later one of the same number. */
function nameOf(pid: number | string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[19] === undefined ? undefined : `${pid}-${fields[19]}`;
  } catch {
    return undefined;
  }
}

export function planWorld(context: Context): PlanWorld {
  const self = nameOf(process.pid);
  return {
    files: filesForChanges(context.files),
    now: () => context.clock.now(),
    journal: join(stateFolder(context.places), 'journal'),
    ...(self === undefined ? {} : { self }),
    alive: (process_) => nameOf(process_.split('-', 1)[0] as string) === process_,
  };
}
