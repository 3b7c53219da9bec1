/** Takes back the last change that homerun made to files. */
import { HomerunError } from '../system/errors.ts';
import { reasonOf } from './apply.ts';
import {
  type Entry,
  entryFolder,
  forgetEntry,
  type PlanWorld,
  type Reversal,
  readEntries,
} from './journal.ts';
import { conflictOf, performReversal } from './reverse.ts';

export interface Undoing {
  readonly entry: Entry;
  /** In the order in which they are taken. */
  readonly reversals: readonly Reversal[];
  /** Things that were changed since. */
  readonly conflicts: readonly { readonly path: string; readonly why: string }[];
}

function pathOf(reversal: Reversal): string {
  return reversal.kind === 'renamed' ? reversal.to : reversal.path;
}

/** What undo would do now: the youngest entry that was not taken back. Undefined when there is none. */
export function surveyUndo(world: PlanWorld): Undoing | undefined {
  const entry = readEntries(world).findLast((each) => each.state === 'done' || each.state === 'applying');
  if (entry === undefined) return undefined;
  const reversals = [...entry.reversals].reverse();
  const conflicts: { path: string; why: string }[] = [];
  // A thing that one plan changed several times is judged by the last of its changes, which comes first here.
  const judged = new Set<string>();
  for (const reversal of reversals) {
    const path = pathOf(reversal);
    if (judged.has(path)) continue;
    judged.add(path);
    // A step of an interrupted plan may not have happened at all.
    const why = entry.state === 'applying' ? undefined : conflictOf(reversal, world.files, judged);
    if (why !== undefined) conflicts.push({ path, why });
  }
  return { entry, reversals, conflicts };
}

/**
 * Undoes what `surveyUndo` found.
 *
 * @returns directories that were made but hold something now, and therefore stay
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
  const folder = entryFolder(world, found.entry.id);
  const kept: { path: string; why: string }[] = [];
  for (const reversal of found.reversals) {
    try {
      const why = performReversal(reversal, world.files, folder, force);
      if (why !== undefined) kept.push({ path: pathOf(reversal), why });
    } catch (error) {
      throw new HomerunError('failed', `undo: ${pathOf(reversal)}: ${reasonOf(error)}`, {
        hint: `The old bytes are in ${folder}`,
        cause: error,
      });
    }
  }
  // An entry that is taken back is of no more use, and the directories around the journal may be empty then.
  forgetEntry(world, found.entry.id);
  return kept.filter(({ path }) => {
    if (!`${world.journal}/`.startsWith(`${path}/`)) return true;
    performReversal({ kind: 'directory-made', path }, world.files, folder);
    return false;
  });
}
