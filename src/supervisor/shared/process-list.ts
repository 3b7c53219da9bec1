import { readdirSync } from 'node:fs';

/** The pids of all processes. */
export function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
