/**
 * The preflight: a plan held against the disk, before anything is written. Out come the changes that are left to
 * make (what is already as wanted drops out, so a plan that is done already writes nothing, not even an mtime) and
 * the problems that stand in the way. Earlier operations of the plan count as done for later ones.
 */
import { dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import { errnoCode } from '../system/errors.ts';
import type { Files } from '../system/ports.ts';
import type { Operation, Plan } from './operation.ts';
import { type Seen, sameBytes, see, toBytes } from './see.ts';

/** One operation that is left to do: exactly one thing on disk changes. */
export type Change =
  | { readonly kind: 'make-directory'; readonly path: string; readonly mode: number | undefined }
  | {
      readonly kind: 'write';
      /** Where the bytes go: the target when `named` is a symbolic link. */
      readonly path: string;
      /** The path that the plan named. */
      readonly named: string;
      readonly before: Extract<Seen, { kind: 'file' }> | undefined;
      readonly contents: Uint8Array;
      /** The mode wanted afterwards; undefined keeps the old one (0666 less umask for a new file). */
      readonly mode: number | undefined;
    }
  | { readonly kind: 'make-link'; readonly path: string; readonly target: string }
  | { readonly kind: 'chmod'; readonly path: string; readonly before: number; readonly mode: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string; readonly before: Seen };

export interface Problem {
  readonly path: string;
  /** What is wrong: `a file is in the way, expected a directory`. */
  readonly why: string;
  /** What a person can do about it. */
  readonly hint: string | undefined;
}

export interface Survey {
  readonly title: string;
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
}

const W_OK = 2;
const X_OK = 1;
/** The kernel's own limit of links followed in a path (path_resolution(7)). */
const LINKS_MAX = 40;

function noun(seen: Seen): string {
  switch (seen.kind) {
    case 'directory':
      return 'a directory';
    case 'link':
      return `a symbolic link to ${seen.target}`;
    case 'file':
      return 'a file';
    default:
      return 'something that is neither file, link nor directory';
  }
}

/** The disk as it will be after the changes found so far. */
class Overlay {
  readonly #files: Files;
  readonly #made = new Map<string, Seen>();
  readonly #renamed: { readonly from: string; readonly to: string }[] = [];

  constructor(files: Files) {
    this.#files = files;
  }

  see(path: string): Seen {
    const made = this.#made.get(path);
    if (made !== undefined) return made;
    for (let parent = dirname(path); ; parent = dirname(parent)) {
      const above = this.#made.get(parent);
      if (above !== undefined && above.kind !== 'directory') return { kind: 'nothing' };
      if (parent === dirname(parent)) break;
    }
    return see(this.#files, this.#present(path));
  }

  /** Where what will be at that path is now: below what is renamed, under the old name. */
  #present(path: string): string {
    return this.#renamed.reduceRight(
      (here, { from, to }) =>
        here === to || here.startsWith(`${to}/`) ? `${from}${here.slice(to.length)}` : here,
      path,
    );
  }

  /** A thing, with all that is below it, gets another name. */
  rename(from: string, to: string, seen: Seen): void {
    this.remove(from);
    this.#renamed.push({ from, to });
    this.#made.set(to, seen);
  }

  set(path: string, seen: Seen): void {
    this.#made.set(path, seen);
  }

  /** A whole tree goes: what was made below it as well. */
  remove(path: string): void {
    for (const key of [...this.#made.keys()]) if (key.startsWith(`${path}/`)) this.#made.delete(key);
    this.#made.set(path, { kind: 'nothing' });
  }

  /** Follows links at the end of a path. Undefined: they lead in a circle. */
  follow(path: string): string | undefined {
    let here = path;
    for (let count = 0; count < LINKS_MAX; count++) {
      const seen = this.see(here);
      if (seen.kind !== 'link') return here;
      here = resolve(dirname(here), seen.target);
    }
    return undefined;
  }

  isDirectory(path: string): boolean {
    const end = this.follow(path);
    return end !== undefined && this.see(end).kind === 'directory';
  }

  isEmptyDirectory(path: string): boolean {
    const present = this.#present(path);
    const left = new Set(
      see(this.#files, present).kind === 'directory' ? this.#files.readdirSync(present) : [],
    );
    for (const [key, seen] of this.#made) {
      if (dirname(key) !== path) continue;
      const name = key.slice(path.length + 1);
      if (seen.kind === 'nothing') left.delete(name);
      else left.add(name);
    }
    return left.size === 0;
  }

  /** Whether entries of this directory may be made and removed; one that the plan makes itself may. */
  isWritable(path: string): boolean {
    const end = this.follow(path);
    if (end === undefined) return false;
    const renamed = this.#present(end) !== end;
    if (!renamed && this.#made.get(end)?.kind === 'directory') return true;
    try {
      this.#files.accessSync(this.#present(end), W_OK | X_OK);
      return true;
    } catch {
      return false;
    }
  }
}

/**
 * Holds a plan against the disk. Pure but for reading.
 *
 * @returns the changes left to make, in order, and what stands in their way; with problems nothing must be applied
 */
export function survey(plan: Plan, files: Files): Survey {
  const disk = new Overlay(files);
  const changes: Change[] = [];
  const problems: Problem[] = [];

  /** Directories that cannot be made: what was to be in them fails as well, which nobody needs to be told. */
  const unmade = new Set<string>();

  const blocked = (path: string, why: string, hint: string | undefined): undefined => {
    const follows = [...unmade].some((folder) => path === folder || path.startsWith(`${folder}/`));
    const told = problems.some((problem) => problem.path === path && problem.why === why);
    if (!follows && !told) problems.push({ path, why, hint });
    return undefined;
  };

  const parentIsFine = (path: string): boolean => {
    const parent = dirname(path);
    if (!disk.isDirectory(parent)) {
      const seen = disk.see(parent);
      if (seen.kind === 'nothing') blocked(parent, 'the directory does not exist', `mkdir -p '${parent}'`);
      else blocked(parent, `${noun(seen)} is in the way, expected a directory`, `Move it away first.`);
      return false;
    }
    if (!disk.isWritable(parent)) {
      blocked(parent, 'you may not write in this directory', `Look at it: ls -ld '${parent}'`);
      return false;
    }
    return true;
  };

  const makeDirectory = (path: string, mode: number | undefined): void => {
    if (disk.isDirectory(path)) return;
    const seen = disk.see(path);
    if (seen.kind !== 'nothing') {
      blocked(
        path,
        `${noun(seen)} is in the way, expected a directory`,
        'Move it away, or choose another place.',
      );
      unmade.add(path);
      return;
    }
    if (dirname(path) !== path && disk.see(dirname(path)).kind === 'nothing') {
      makeDirectory(dirname(path), undefined);
    }
    if (unmade.has(dirname(path)) || !parentIsFine(path)) {
      unmade.add(path);
      return;
    }
    changes.push({ kind: 'make-directory', path, mode });
    disk.set(path, { kind: 'directory', mode: mode ?? 0o777 });
  };

  const write = (operation: Extract<Operation, { kind: 'write' }>): void => {
    const path = disk.follow(operation.path);
    if (path === undefined) {
      blocked(operation.path, 'the symbolic link leads in a circle', 'Remove the link.');
      return;
    }
    const seen = disk.see(path);
    if (seen.kind !== 'file' && seen.kind !== 'nothing') {
      blocked(path, `${noun(seen)} is in the way, expected a file`, 'Move it away, or choose another place.');
      return;
    }
    const contents = toBytes(operation.contents);
    const before = seen.kind === 'file' ? seen : undefined;
    const sameMode = operation.mode === undefined || operation.mode === before?.mode;
    if (before !== undefined && sameBytes(before.contents, contents)) {
      if (sameMode || operation.mode === undefined) return;
      changes.push({ kind: 'chmod', path, before: before.mode, mode: operation.mode });
      disk.set(path, { ...before, mode: operation.mode });
      return;
    }
    if (!parentIsFine(path)) return;
    changes.push({ kind: 'write', path, named: operation.path, before, contents, mode: operation.mode });
    disk.set(path, {
      kind: 'file',
      mode: operation.mode ?? before?.mode ?? 0o666,
      uid: before?.uid ?? 0,
      gid: before?.gid ?? 0,
      mtimeMs: 0,
      links: 1,
      contents,
    });
  };

  const link = (operation: Extract<Operation, { kind: 'symlink' }>): void => {
    const seen = disk.see(operation.path);
    if (seen.kind === 'link' && seen.target === operation.target) return;
    if (seen.kind !== 'nothing') {
      blocked(operation.path, `${noun(seen)} is in the way`, 'Move it away, or choose another name.');
      return;
    }
    if (!parentIsFine(operation.path)) return;
    changes.push({ kind: 'make-link', path: operation.path, target: operation.target });
    disk.set(operation.path, { kind: 'link', target: operation.target });
  };

  const chmod = (operation: Extract<Operation, { kind: 'chmod' }>): void => {
    const path = disk.follow(operation.path);
    const seen: Seen = path === undefined ? { kind: 'nothing' } : disk.see(path);
    if (path === undefined || seen.kind === 'nothing') {
      blocked(operation.path, 'it does not exist', undefined);
      return;
    }
    if (seen.kind !== 'file' && seen.kind !== 'directory') {
      blocked(path, `it is ${noun(seen)}`, undefined);
      return;
    }
    if (seen.mode === operation.mode) return;
    changes.push({ kind: 'chmod', path, before: seen.mode, mode: operation.mode });
    // Through the prototype: a spread would read the contents, which may not be readable.
    disk.set(path, Object.create(seen, { mode: { value: operation.mode, enumerable: true } }) as Seen);
  };

  const rename = (operation: Extract<Operation, { kind: 'rename' }>): void => {
    const seen = disk.see(operation.from);
    if (seen.kind === 'nothing') {
      blocked(operation.from, 'it does not exist', undefined);
      return;
    }
    const there = disk.see(operation.to);
    if (there.kind !== 'nothing') {
      blocked(operation.to, `${noun(there)} is in the way`, 'Move it away, or choose another name.');
      return;
    }
    if (!parentIsFine(operation.from) || !parentIsFine(operation.to)) return;
    changes.push({ kind: 'rename', from: operation.from, to: operation.to });
    disk.rename(operation.from, operation.to, seen);
  };

  const remove = (operation: Extract<Operation, { kind: 'remove' }>): void => {
    const seen = disk.see(operation.path);
    if (seen.kind === 'nothing') return;
    if (seen.kind === 'directory' && operation.recursive !== true && !disk.isEmptyDirectory(operation.path)) {
      blocked(operation.path, 'the directory is not empty', `Look at it: ls -A '${operation.path}'`);
      return;
    }
    if (!parentIsFine(operation.path)) return;
    changes.push({ kind: 'remove', path: operation.path, before: seen });
    disk.remove(operation.path);
  };

  for (const raw of plan.operations) {
    const operation = clean(raw);
    try {
      switch (operation.kind) {
        case 'mkdir':
          makeDirectory(operation.path, operation.mode);
          break;
        case 'write':
          write(operation);
          break;
        case 'symlink':
          link(operation);
          break;
        case 'chmod':
          chmod(operation);
          break;
        case 'rename':
          rename(operation);
          break;
        case 'remove':
          remove(operation);
          break;
      }
    } catch (error) {
      const path = operation.kind === 'rename' ? operation.from : operation.path;
      if (errnoCode(error) === undefined) throw error;
      blocked(path, `it cannot be looked at (${errnoCode(error)})`, `Look at it: ls -ld '${path}'`);
    }
  }
  return { title: plan.title, changes, problems };
}

/** Paths without `//`, `.` and a slash at the end, so that each thing has one name. Throws on a relative path. */
function clean(operation: Operation): Operation {
  const path = (given: string): string => {
    if (!isAbsolute(given)) throw new TypeError(`a plan needs absolute paths, found ${given}`);
    return join('/', normalize(given).replace(/(?<=.)\/+$/, ''));
  };
  if (operation.kind === 'rename') {
    return { ...operation, from: path(operation.from), to: path(operation.to) };
  }
  return { ...operation, path: path(operation.path) };
}
