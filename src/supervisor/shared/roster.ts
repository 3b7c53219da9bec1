/**
 * Which services a shared supervisor has in its care, for the one after it: of a service that was taken out of the
 * directory while no supervisor was there, nothing else tells that its daemon still runs.
 *
 * The file `.homerun-services` in the service directory (whose dot keeps it out of scans), lines of
 * `+ DEV:INO PATH` and `- DEV:INO`; written anew at each start.
 */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { bytes } from '../service-listing.ts';

const FILE = '.homerun-services';

export interface Entry {
  readonly id: string;
  /** The real path of the service's directory; one character a byte. */
  readonly home: string;
}

export class Roster {
  readonly #file: Buffer;
  /** Bytes that were not written yet: a whole start is one write. */
  #pending = '';

  constructor(directory: string) {
    this.#file = bytes(`${directory}/${FILE}`);
  }

  /** What the supervisor before this one had. */
  read(): Entry[] {
    const entries = new Map<string, string>();
    try {
      for (const line of readFileSync(this.#file, 'latin1').split('\n')) {
        const match = /^([+-]) (\d+:\d+)(?: (.+))?$/.exec(line);
        if (match?.[1] === '+' && match[3] !== undefined) entries.set(match[2] as string, match[3]);
        else if (match !== null) entries.delete(match[2] as string);
      }
    } catch {
      // The first one here.
    }
    return [...entries].map(([id, home]) => ({ id, home }));
  }

  begin(entries: readonly Entry[]): void {
    const text = entries.map(({ id, home }) => addition(id, home)).join('');
    try {
      const fresh = Buffer.concat([this.#file, bytes('.new')]);
      writeFileSync(fresh, text, { encoding: 'latin1', mode: 0o600 });
      renameSync(fresh, this.#file);
    } catch {
      // A directory that can't be written has no roster.
    }
  }

  add(id: string, home: string): void {
    this.#append(addition(id, home));
  }

  remove(id: string): void {
    this.#append(`- ${id}\n`);
  }

  #append(line: string): void {
    if (this.#pending === '') setImmediate(() => this.flush());
    this.#pending += line;
  }

  flush(): void {
    const text = this.#pending;
    this.#pending = '';
    try {
      if (text !== '') appendFileSync(this.#file, text, { encoding: 'latin1', mode: 0o600 });
    } catch {
      // as above
    }
  }
}

/** A path with a newline in it can't be kept in a line. */
function addition(id: string, home: string): string {
  return home.includes('\n') ? '' : `+ ${id} ${home}\n`;
}
