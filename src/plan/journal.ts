/**
 * The journal: before each step of a plan its way back is written down, so that a step that fails, a `kill -9` in
 * the middle and `homerun undo` can all put things back byte for byte.
 *
 * `$XDG_STATE_HOME/homerun/journal/ID/journal.json` beside the old bytes (`old-N`) and the things that were taken
 * away (`kept-N`). Only its owner may read it: dotfiles and environment variables may hold secrets.
 */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { errnoCode } from '../system/errors.ts';
import type { Files } from '../system/ports.ts';
import { writeAtomically } from './atomic-write.ts';
import { see } from './see.ts';

/** One step back. Hashes are SHA-256 in hex; they tell whether a person changed the thing since. */
export type Reversal =
  | { readonly kind: 'directory-made'; readonly path: string }
  | { readonly kind: 'file-made'; readonly path: string; readonly hash: string }
  | { readonly kind: 'link-made'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'file-changed';
      readonly path: string;
      readonly hash: string;
      /** Name of the file in the journal with the old bytes. */
      readonly old: string;
      readonly mode: number;
      /** The mode that the change gave, when it gave one. */
      readonly newMode?: number;
      readonly uid: number;
      readonly gid: number;
      readonly mtimeMs: number;
    }
  | { readonly kind: 'mode-changed'; readonly path: string; readonly mode: number; readonly newMode: number }
  | { readonly kind: 'renamed'; readonly from: string; readonly to: string }
  /** `kept` is the name in the journal. Of old journals: a link keeps its target instead, an empty directory its mode. */
  | { readonly kind: 'removed'; readonly path: string; readonly kept: string }
  | { readonly kind: 'link-removed'; readonly path: string; readonly target: string }
  | { readonly kind: 'directory-removed'; readonly path: string; readonly mode: number };

/** `applying` whose process is gone was interrupted. An entry that was rolled back or undone is forgotten. */
export type EntryState = 'applying' | 'done';

export interface Entry {
  readonly version: 1;
  readonly id: string;
  readonly title: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly state: EntryState;
  /** The process that applies it, as `PlanWorld.self` has it. */
  readonly by?: string;
  /** Directories that were made for the journal itself, the outermost first. */
  readonly folders?: readonly string[];
  readonly reversals: readonly Reversal[];
}

/** What plan needs of the world. */
export interface PlanWorld {
  readonly files: Files;
  /** Milliseconds since the epoch. */
  now(): number;
  /** The folder of the journal, `$XDG_STATE_HOME/homerun/journal`. */
  readonly journal: string;
  /** A name of this process that no other one has or gets. */
  readonly self?: string;
  /** Whether the process of such a name still runs. */
  alive?(process: string): boolean;
}

/** So many finished entries are kept; older ones go. */
export const ENTRIES_KEPT = 50;

export function hashOf(contents: Uint8Array): string {
  return createHash('sha256').update(contents).digest('hex');
}

export function entryFolder(world: PlanWorld, id: string): string {
  return join(world.journal, id);
}

/** The directories that the journal's own folder lacks, the outermost first. */
export function missingFolders(world: PlanWorld): string[] {
  const missing: string[] = [];
  for (let here = world.journal; see(world.files, here).kind === 'nothing'; here = dirname(here)) {
    missing.unshift(here);
    if (here === dirname(here)) break;
  }
  return missing;
}

/** An entry's folder until its text is in it, and while it goes; a `kill -9` leaves it, with the process in its name. */
const NAMELESS = '.of-';

function nameless(world: PlanWorld): string {
  return join(world.journal, `${NAMELESS}${world.self ?? 'process'}`);
}

/**
 * Makes a new entry and, where it is missing, the journal. The entry appears with its text in it or not at all.
 * Throws the system's error and leaves nothing of the entry behind then.
 */
export function openEntry(world: PlanWorld, title: string): Entry {
  const { files } = world;
  const folders = missingFolders(world);
  for (const folder of folders) files.mkdirSync(folder, folder === world.journal ? { mode: 0o700 } : {});
  const unborn = nameless(world);
  try {
    files.mkdirSync(unborn, { mode: 0o700 });
    const time = new Date(world.now()).toISOString();
    const last = entryNames(world).at(-1);
    for (let count = last === undefined ? 1 : Number.parseInt(last, 10) + 1; ; count++) {
      // The number comes first, so that the order holds when the clock is set back.
      const id = `${String(count).padStart(6, '0')}-${time.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
      const entry: Entry = {
        version: 1,
        id,
        title,
        time,
        state: 'applying',
        ...(world.self === undefined ? {} : { by: world.self }),
        ...(folders.length === 0 ? {} : { folders }),
        reversals: [],
      };
      writeEntry(world, unborn, entry);
      if (see(files, entryFolder(world, id)).kind !== 'nothing') continue;
      try {
        files.renameSync(unborn, entryFolder(world, id));
        return entry;
      } catch (error) {
        if (!['EEXIST', 'ENOTEMPTY'].includes(errnoCode(error) ?? '')) throw error;
      }
    }
  } catch (error) {
    // Directories may have found room where the text did not.
    if (see(files, unborn).kind !== 'nothing') removeTree(files, unborn);
    throw error;
  }
}

/** Takes away what processes left that were killed while they made or removed an entry. */
export function removeNameless(world: PlanWorld): void {
  if (see(world.files, world.journal).kind !== 'directory') return;
  for (const name of world.files.readdirSync(world.journal)) {
    if (!name.startsWith(NAMELESS) || world.alive?.(name.slice(NAMELESS.length)) === true) continue;
    removeTree(world.files, join(world.journal, name));
  }
  if (world.files.readdirSync(world.journal).length === 0) world.files.rmdirSync(world.journal);
}

/** An entry that nobody works on any more, and that did not come to its end. */
export function isAbandoned(world: PlanWorld, entry: Entry): boolean {
  return entry.state === 'applying' && !(entry.by !== undefined && world.alive?.(entry.by) === true);
}

function writeEntry(world: PlanWorld, folder: string, entry: Entry): void {
  const path = join(folder, 'journal.json');
  const seen = see(world.files, path);
  writeAtomically(world.files, path, {
    contents: new TextEncoder().encode(`${JSON.stringify(entry, null, 2)}\n`),
    mode: 0o600,
    before: seen.kind === 'file' ? seen : undefined,
  });
}

export function saveEntry(world: PlanWorld, entry: Entry): void {
  writeEntry(world, entryFolder(world, entry.id), entry);
}

/** Names of all entries, the oldest first. */
export function entryNames(world: PlanWorld): string[] {
  try {
    return world.files
      .readdirSync(world.journal)
      .filter((name) => /^\d{6,}-/.test(name))
      .sort();
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Reads one entry; undefined when it is gone or cannot be understood. */
export function readEntry(world: PlanWorld, id: string): Entry | undefined {
  try {
    const entry = JSON.parse(
      world.files.readFileSync(join(entryFolder(world, id), 'journal.json'), 'utf8'),
    ) as Entry;
    return entry.version === 1 && Array.isArray(entry.reversals) ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** All entries that can be read, the oldest first. */
export function readEntries(world: PlanWorld): Entry[] {
  return entryNames(world)
    .map((id) => readEntry(world, id))
    .filter((entry) => entry !== undefined);
}

/** At once for whoever reads the journal, then piece by piece. */
function removeEntry(world: PlanWorld, id: string): void {
  const leaving = nameless(world);
  if (see(world.files, leaving).kind !== 'nothing') removeTree(world.files, leaving);
  world.files.renameSync(entryFolder(world, id), leaving);
  removeTree(world.files, leaving);
}

/** Lets the oldest entries go, all but the last ENTRIES_KEPT. */
export function pruneEntries(world: PlanWorld): void {
  for (const id of entryNames(world).slice(0, -ENTRIES_KEPT)) removeEntry(world, id);
}

/** Forgets an entry, and removes the journal's folder with it when it was the last. */
export function forgetEntry(world: PlanWorld, id: string): void {
  removeEntry(world, id);
  if (world.files.readdirSync(world.journal).length === 0) world.files.rmdirSync(world.journal);
}

/** Removes a whole tree without following links. */
export function removeTree(files: Files, path: string): void {
  if (files.lstatSync(path).isDirectory()) {
    for (const name of files.readdirSync(path)) removeTree(files, join(path, name));
    files.rmdirSync(path);
  } else {
    files.unlinkSync(path);
  }
}
