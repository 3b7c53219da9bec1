/**
 * Which services a shared supervisor has in its care, for the one after it: of a service that was taken out of the
 * directory while no supervisor was there, nothing else tells that its daemon still runs.
 *
 * The file `.homerun-services` in the service directory (whose dot keeps it out of scans), lines of
 * `+ DEV:INO PATH` and `- DEV:INO`; written anew at each start. A service is in it before its daemon is started.
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
  readonly #entries = new Map<string, string>();
  /** An addition failed, and may have left the beginning of a line: what is written next is all of it. */
  #isTorn = false;

  constructor(directory: string) {
    this.#file = bytes(`${directory}/${FILE}`);
  }

  /** What the supervisor before this one had; it stays in the roster until it is removed. */
  open(): Entry[] {
    try {
      for (const line of readFileSync(this.#file, 'latin1').split('\n')) {
        const match = /^([+-]) (\d+:\d+)(?: (.+))?$/.exec(line);
        if (match?.[1] === '+' && match[3] !== undefined) this.#entries.set(match[2] as string, match[3]);
        else if (match !== null) this.#entries.delete(match[2] as string);
      }
    } catch {
      // The first one here.
    }
    this.#write();
    return [...this.#entries].map(([id, home]) => ({ id, home }));
  }

  /** Enters services, all in one write. It must be done before they start: a supervisor may die at any moment. */
  add(entries: readonly Entry[]): void {
    let text = '';
    for (const { id, home } of entries) {
      if (home === '' || this.#entries.get(id) === home) continue;
      this.#entries.set(id, home);
      text += addition(id, home);
    }
    this.#append(text);
  }

  /** Where a service is that is in it. */
  homeOf(id: string): string | undefined {
    return this.#entries.get(id);
  }

  remove(id: string): void {
    if (this.#entries.delete(id)) this.#append(`- ${id}\n`);
  }

  /** Nothing runs any more. */
  clear(): void {
    this.#entries.clear();
    this.#write();
  }

  #write(): void {
    try {
      const fresh = Buffer.concat([this.#file, bytes('.new')]);
      const text = [...this.#entries].map(([id, home]) => addition(id, home)).join('');
      writeFileSync(fresh, text, { encoding: 'latin1', mode: 0o600 });
      renameSync(fresh, this.#file);
      this.#isTorn = false;
    } catch {
      // A directory that can't be written has no roster.
    }
  }

  #append(text: string): void {
    if (text === '') return;
    if (this.#isTorn) {
      this.#write();
      return;
    }
    try {
      appendFileSync(this.#file, text, { encoding: 'latin1', mode: 0o600 });
    } catch {
      this.#isTorn = true;
    }
  }
}

/** A path with a newline in it can't be kept in a line. */
function addition(id: string, home: string): string {
  return home.includes('\n') ? '' : `+ ${id} ${home}\n`;
}
