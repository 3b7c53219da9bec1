/** Reading the service directory for a scan, in the order of the directory, with runsvdir's own warnings. */
import { opendirSync, statSync } from 'node:fs';
import { errorCode } from './core/messages.ts';
import type { Listed } from './core/scan.ts';

export function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** What a directory holds; `complete` is false when reading it broke off. */
export interface Listing {
  readonly listing: readonly Listed[];
  readonly complete: boolean;
}

/**
 * The directories in `directory` (one character a byte) whose names do not start with a dot. Undefined when
 * the directory could not be opened.
 * @param warn gets what could not be done, and the error
 * @param path another path to the directory than the one in the words
 */
export function listServices(
  directory: string,
  warn: (what: string, error: string) => void,
  path = directory,
): Listing | undefined {
  const listing: Listed[] = [];
  let folder: ReturnType<typeof opendirSync>;
  try {
    folder = opendirSync(bytes(path) as unknown as string, { encoding: 'latin1' as 'utf8' });
  } catch (error) {
    warn(`unable to open directory ${directory}`, errorCode(error));
    return undefined;
  }
  try {
    for (;;) {
      const entry = folder.readSync();
      if (entry === null) return { listing, complete: true };
      const { name } = entry;
      if (name.startsWith('.')) continue;
      try {
        const stat = statSync(bytes(`${path}/${name}`), { bigint: true });
        if (stat.isDirectory()) listing.push({ name, id: `${stat.dev}:${stat.ino}` });
      } catch (error) {
        warn(`unable to stat ${name}`, errorCode(error));
      }
    }
  } catch (error) {
    warn(`unable to read directory ${directory}`, errorCode(error));
    return { listing, complete: false };
  } finally {
    folder.closeSync();
  }
}

/** Device and inode of what a path (one character a byte) leads to; undefined where that is nothing. */
export function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(bytes(path), { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
