/** Programs from Debian that a test wants: without them it is skipped and says so; under CI that is a failure. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

function onPath(program: string): boolean {
  return [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * True when every program is there. Use: `describe.skipIf(!needs('runsv', 'tmux'))(...)`.
 * Throws under CI=true when one is missing.
 */
export function needs(...programs: string[]): boolean {
  const missing = programs.filter((program) => !onPath(program));
  if (missing.length === 0) return true;
  const message = `missing for this test: ${missing.join(', ')}`;
  if (process.env.CI === 'true') throw new Error(message);
  console.warn(`skipped: ${message}`);
  return false;
}
