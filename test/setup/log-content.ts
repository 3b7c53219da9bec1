/** What a log directory of svlogd holds, read while somebody may write to it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The rotated files of a log, oldest first, then `current`. */
export function logFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => /^@.*\.[su]$|^current$/.test(name))
    .sort();
}

/** All text of a log in one piece, as of one moment: it is read anew when a rotation came between. */
export function logText(directory: string): string {
  for (;;) {
    const files = logFiles(directory);
    try {
      const whole = files.map((name) => readFileSync(join(directory, name), 'latin1')).join('');
      if (logFiles(directory).join() === files.join()) return whole;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}
