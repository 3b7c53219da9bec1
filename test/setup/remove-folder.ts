/** Removes a folder and all in it, also when a process that was just killed is in its last call in there. */
import { rmSync } from 'node:fs';

export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
}
