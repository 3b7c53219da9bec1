/** Takes back the last change that homerun made to files. */
import { HomerunError } from '../system/errors.ts';
import { reasonOf, removeEmpty } from './apply.ts';
import {
  type Entry,
  entryFolder,
  forgetEntry,
  isAbandoned,
  type PlanWorld,
  type Reversal,
  readEntries,
  removeNameless,
  saveEntry,
} from './journal.ts';
import { conflictOf, isUndone, performReversal } from './reverse.ts';
import { sweepBeside } from './sweep.ts';

export interface Undoing {
  readonly entry: Entry;
  /** In the order in which they are taken. */
  readonly reversals: readonly Reversal[];
  /** Things that were changed since. */
  readonly conflicts: readonly { readonly path: string; readonly why: string }[];
}

type Renamed = Extract<Reversal, { kind: 'renamed' }>;

/** Where a path of a plan is now, when a later step of that plan renamed it or a directory above it. */
function presentPath(path: string, renames: readonly Renamed[]): string {
  let here = path;
  // The earliest rename comes last in the order of taking back.
  for (const { from, to } of [...renames].reverse()) {
    if (here === from || here.startsWith(`${from}/`)) here = to + here.slice(from.length);
  }
  return here;
}

/** The step back as it looks now: its paths behind the renames that come before it in the order of taking back. */
function seenNow(reversal: Reversal, renames: readonly Renamed[]): Reversal {
  if (reversal.kind === 'renamed') return reversal;
  return { ...reversal, path: presentPath(reversal.path, renames) };
}

/** The steps back with the paths that a person finds now; what a rename was for (a hidden first name) is left out. */
export function reversalsToShow({ reversals }: Pick<Undoing, 'reversals'>): readonly Reversal[] {
  const renames: Renamed[] = [];
  const made = new Set(reversals.flatMap((each) => (each.kind === 'directory-made' ? [each.path] : [])));
  return reversals.flatMap((reversal) => {
    const shown = seenNow(reversal, renames);
    if (reversal.kind !== 'renamed') return [shown];
    renames.push(reversal);
    return made.has(reversal.from) ? [] : [shown];
  });
}

/** What would stand in the way of taking this entry back. */
function conflictsOf(world: PlanWorld, entry: Entry): { path: string; why: string }[] {
  const { files } = world;
  const folder = entryFolder(world, entry.id);
  const conflicts: { path: string; why: string }[] = [];
  // A thing that one plan changed several times is judged by the last of its changes, which comes first here.
  const judged = new Set<string>();
  const renames: Renamed[] = [];
  for (const reversal of [...entry.reversals].reverse()) {
    // Of an interrupted plan the rename itself may not have happened.
    const undone = entry.state === 'applying' && isUndone(reversal, files, folder);
    const now = seenNow(reversal, renames);
    const path = now.kind === 'renamed' ? now.to : now.path;
    if (reversal.kind === 'renamed' && !undone) renames.push(reversal);
    if (judged.has(path)) continue;
    judged.add(path);
    if (undone || (entry.state === 'applying' && isUndone(now, files, folder))) continue;
    const why = conflictOf(now, files, judged);
    if (why !== undefined) conflicts.push({ path, why });
  }
  return conflicts;
}

/**
 * What undo would do now: the youngest entry that was not taken back. Undefined when there is none.
 *
 * @throws HomerunError `busy` while another homerun is at work on it
 */
export function surveyUndo(world: PlanWorld): Undoing | undefined {
  const entry = readEntries(world).findLast((each) => each.state === 'done' || each.state === 'applying');
  if (entry === undefined) return undefined;
  if (entry.state === 'applying' && entry.by !== undefined && !isAbandoned(world, entry)) {
    throw new HomerunError('busy', `${entry.title}: another homerun is doing it at this moment`, {
      hint: 'Nothing was touched. Try again when it has ended.',
    });
  }
  return { entry, reversals: [...entry.reversals].reverse(), conflicts: conflictsOf(world, entry) };
}

/**
 * Undoes what `surveyUndo` found.
 *
 * @returns what was made but holds something now, and therefore stays
 * @throws HomerunError `changed-since` when a person changed something since and `force` is not given (nothing is
 *   touched then), `failed` when a step back failed
 */
export function undo(
  world: PlanWorld,
  found: Undoing,
  force: boolean,
): readonly { readonly path: string; readonly why: string }[] {
  if (found.conflicts.length > 0 && !force) {
    const lines = found.conflicts.map(({ path, why }) => `  ${path}: ${why}`);
    throw new HomerunError('changed-since', `${found.entry.title}: not taken back:\n${lines.join('\n')}`, {
      hint: 'Nothing was touched. To put the old state back all the same: homerun undo --force',
    });
  }
  const { files } = world;
  const folder = entryFolder(world, found.entry.id);
  const kept: { path: string; why: string }[] = [];
  try {
    // Interrupted, it is half taken back: what is as it was before is no conflict then.
    saveEntry(world, {
      ...found.entry,
      state: 'applying',
      ...(world.self === undefined ? {} : { by: world.self }),
    });
  } catch {
    // A full disk. Going back needs no room.
  }
  for (const reversal of found.reversals) {
    const path = reversal.kind === 'renamed' ? reversal.to : reversal.path;
    try {
      sweepBeside(files, path);
      const why = performReversal(reversal, files, folder, force);
      if (why !== undefined) kept.push({ path, why });
    } catch (error) {
      throw new HomerunError('failed', `undo: ${path}: ${reasonOf(error)}`, {
        hint: `The old bytes are in ${folder}`,
        cause: error,
      });
    }
  }
  // A directory that stays, since a person put something into it, stays under the name by which it is known.
  const back = found.reversals.filter(
    (each): each is Renamed =>
      each.kind === 'renamed' && kept.some(({ path }) => path === each.from) && !files.existsSync(each.to),
  );
  for (const { from, to } of back) files.renameSync(from, to);
  // An entry that is taken back is of no more use, and the directories around the journal may be empty then.
  forgetEntry(world, found.entry.id);
  removeEmpty(
    world,
    (found.entry.folders ?? []).filter((path) => path !== world.journal),
  );
  return kept
    .filter(({ path }) => {
      if (!`${world.journal}/`.startsWith(`${path}/`)) return true;
      performReversal({ kind: 'directory-made', path }, files, folder);
      return false;
    })
    .map(({ path, why }) => ({ path: presentPath(path, back), why }));
}

/** An interrupted plan that was found, and why it could not be taken back (undefined: it was). */
export interface Interrupted {
  readonly entry: Entry;
  readonly problem: string | undefined;
}

/**
 * Takes back what a `kill -9` or a power cut stopped half-way: before anything new is planned, so that nothing
 * half-made is taken for what was there. What a person changed since stays.
 *
 * @returns the plans that were taken back, and the youngest also when it could not be
 */
export function recoverInterrupted(world: PlanWorld): readonly Interrupted[] {
  removeNameless(world);
  const entries = readEntries(world);
  const abandoned = entries.filter((entry) => isAbandoned(world, entry)).reverse();
  return abandoned.flatMap((entry): readonly Interrupted[] => {
    try {
      const found = {
        entry,
        reversals: [...entry.reversals].reverse(),
        conflicts: conflictsOf(world, entry),
      };
      undo(world, found, false);
      return [{ entry, problem: undefined }];
    } catch (error) {
      if (!(error instanceof HomerunError)) throw error;
      // What came after an older one rests on it: that is for `homerun undo`, one after the other.
      return entry === entries.at(-1) ? [{ entry, problem: error.message }] : [];
    }
  });
}
