/** /proc/PID/stat. */
import { readFileSync } from 'node:fs';

/** Its fields from the state (proc(5) counts it as the third) on. Throws where there is no such process. */
export function processFields(pid: number | 'self'): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name before it may hold anything.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
