/** Applies a plan: everything or nothing. */
import { join } from 'node:path';
import { errnoCode, HomerunError } from '../system/errors.ts';
import { writeAtomically } from './atomic-write.ts';
import {
  type Entry,
  entryFolder,
  forgetEntry,
  hashOf,
  missingFolders,
  openEntry,
  type PlanWorld,
  pruneEntries,
  type Reversal,
  readEntry,
  saveEntry,
} from './journal.ts';
import { move } from './move.ts';
import type { Plan } from './operation.ts';
import { performReversal } from './reverse.ts';
import { type Change, type Problem, type Survey, survey } from './survey.ts';

export interface Applied {
  readonly changes: readonly Change[];
  /** The journal's entry; undefined when there was nothing to do. */
  readonly id: string | undefined;
}

/** What a failed system call means, in words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the file system',
  EDQUOT: 'your disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EEXIST: 'something is there already',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is no directory',
  EISDIR: 'it is a directory',
  ENOTEMPTY: 'the directory is not empty',
  ELOOP: 'symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EIO: 'input/output error',
  EBUSY: 'it is in use',
};

export function reasonOf(error: unknown): string {
  const code = errnoCode(error);
  if (code === undefined) return error instanceof Error ? error.message : String(error);
  return REASONS[code] === undefined ? code : `${REASONS[code]} (${code})`;
}

function pathOf(change: Change): string {
  return change.kind === 'rename' ? change.to : change.path;
}

/** The way back of one change, written down before it is made. `number` names what the journal keeps. */
function reversalOf(change: Change, number: number): Reversal {
  switch (change.kind) {
    case 'make-directory':
      return { kind: 'directory-made', path: change.path };
    case 'make-link':
      return { kind: 'link-made', path: change.path, target: change.target };
    case 'chmod':
      return { kind: 'mode-changed', path: change.path, mode: change.before, newMode: change.mode };
    case 'rename':
      return { kind: 'renamed', from: change.from, to: change.to };
    case 'write': {
      const hash = hashOf(change.contents);
      const { before } = change;
      if (before === undefined) return { kind: 'file-made', path: change.path, hash };
      return {
        kind: 'file-changed',
        path: change.path,
        hash,
        old: `old-${number}`,
        mode: before.mode,
        ...(change.mode === undefined ? {} : { newMode: change.mode }),
        uid: before.uid,
        gid: before.gid,
        mtimeMs: before.mtimeMs,
      };
    }
    case 'remove':
      return { kind: 'removed', path: change.path, kept: `kept-${number}` };
  }
}

function make(change: Change, world: PlanWorld, folder: string, number: number): void {
  const { files } = world;
  switch (change.kind) {
    case 'make-directory':
      // The journal lies in it and has made it a moment ago.
      if (!`${world.journal}/`.startsWith(`${change.path}/`)) files.mkdirSync(change.path);
      if (change.mode !== undefined) files.chmodSync(change.path, change.mode);
      return;
    case 'make-link':
      files.symlinkSync(change.target, change.path);
      return;
    case 'chmod':
      files.chmodSync(change.path, change.mode);
      return;
    case 'rename':
      files.renameSync(change.from, change.to);
      return;
    case 'write':
      writeAtomically(files, change.path, change);
      return;
    case 'remove':
      // Also a link: a rename needs no room, now or on the way back.
      move(files, change.path, join(folder, `kept-${number}`));
      return;
  }
}

const NOTHING_CHANGED = 'Nothing was changed.';

/** The problems as one error. */
export function blockedError(title: string, problems: readonly Problem[]): HomerunError {
  const [first] = problems;
  const rest = problems.slice(1).map((problem) => `\n  ${problem.path}: ${problem.why}`);
  return new HomerunError(
    'blocked',
    `${title}: ${first?.path}: ${first?.why}${rest.length > 0 ? `; and:${rest.join('')}` : ''}`,
    { hint: first?.hint === undefined ? NOTHING_CHANGED : `${first.hint}\n${NOTHING_CHANGED}` },
  );
}

/**
 * Applies a plan. What is as wanted already is left alone; a plan with nothing to do writes nothing at all.
 *
 * @param continues id of the last entry, when this plan and that one are one change to a person, which one undo takes
 *   back: work that has to wait for something between its steps
 * @throws HomerunError `blocked` when something stands in the way (nothing was changed), `failed` when a step failed
 *   (everything before it was put back)
 */
export function apply(plan: Plan, world: PlanWorld, continues?: string): Applied {
  return applySurvey(survey(plan, world.files), world, continues);
}

/** The same for a survey that was made (and shown) just before. */
export function applySurvey(found: Survey, world: PlanWorld, continues?: string): Applied {
  if (found.problems.length > 0) throw blockedError(found.title, found.problems);
  if (found.changes.length === 0) return { changes: [], id: continues };

  let entry: Entry;
  const before = continues === undefined ? undefined : readEntry(world, continues);
  const foldersMade = missingFolders(world);
  try {
    entry =
      before === undefined
        ? openEntry(world, found.title)
        : { ...before, title: found.title, state: 'applying' };
  } catch (error) {
    removeEmpty(world, foldersMade);
    throw new HomerunError('failed', `${found.title}: ${world.journal}: ${reasonOf(error)}`, {
      hint: 'The journal for undo cannot be written. Nothing was changed.',
      cause: error,
    });
  }
  const folder = entryFolder(world, entry.id);
  const earlier = before?.reversals ?? [];
  const reversals: Reversal[] = [];
  /** The journal as it was before this plan. */
  const forgetThis = (): void => {
    if (before === undefined) forget(world, entry.id, foldersMade);
    else saveEntry(world, before);
  };
  for (const [index, change] of found.changes.entries()) {
    const number = earlier.length + index;
    try {
      if (change.kind === 'write' && change.before !== undefined) {
        world.files.writeFileSync(join(folder, `old-${number}`), change.before.contents, { mode: 0o600 });
      }
      reversals.push(reversalOf(change, number));
      entry = { ...entry, reversals: [...earlier, ...reversals] };
      saveEntry(world, entry);
      make(change, world, folder, number);
    } catch (error) {
      // Someone else made the directory at this very moment: it is not ours to remove.
      if (change.kind === 'make-directory' && errnoCode(error) === 'EEXIST') reversals.pop();
      throw failedError(found.title, pathOf(change), error, rollBack(reversals, world, folder), () =>
        forgetThis(),
      );
    }
  }
  try {
    saveEntry(world, { ...entry, state: 'done' });
  } catch (error) {
    // Without its last word the journal would tell of an interrupted plan.
    throw failedError(found.title, world.journal, error, rollBack(reversals, world, folder), () =>
      forgetThis(),
    );
  }
  try {
    pruneEntries(world);
  } catch {
    // Old entries stay a while longer.
  }
  return { changes: found.changes, id: entry.id };
}

/** What is told of a step that failed; `forgetIt` is called when everything before it could be put back. */
function failedError(
  title: string,
  path: string,
  error: unknown,
  left: readonly string[],
  forgetIt: () => void,
): HomerunError {
  if (left.length === 0) forgetIt();
  return new HomerunError('failed', `${title}: ${path}: ${reasonOf(error)}`, {
    hint:
      left.length === 0
        ? 'Everything before this step was put back: nothing is changed.'
        : `These could not be put back:\n  ${left.join('\n  ')}\nWhen that is mended, this puts them back: homerun undo`,
    cause: error,
  });
}

/** A plan that came to nothing leaves no trace, the journal's own folders neither. */
function forget(world: PlanWorld, id: string, foldersMade: readonly string[]): void {
  try {
    forgetEntry(world, id);
    removeEmpty(
      world,
      foldersMade.filter((made) => made !== world.journal),
    );
  } catch {
    // It stays as `applying`: the way back in it does no harm twice.
  }
}

/** Takes away the folders, given from the outermost on, that were made for the journal; what is used stays. */
export function removeEmpty(world: PlanWorld, folders: readonly string[]): void {
  for (const folder of [...folders].reverse()) {
    try {
      world.files.rmdirSync(folder);
    } catch {
      // Not made, or something else is in it by now.
    }
  }
}

/** Goes back step by step, the last first; gives what could not be put back. */
function rollBack(reversals: readonly Reversal[], world: PlanWorld, folder: string): string[] {
  const left: string[] = [];
  for (const reversal of [...reversals].reverse()) {
    try {
      performReversal(reversal, world.files, folder);
    } catch (error) {
      left.push(`${reversal.kind === 'renamed' ? reversal.from : reversal.path}: ${reasonOf(error)}`);
    }
  }
  return left;
}
