/** One step back, and whether it may be taken: what a person changed since is not overwritten without being asked. */
import { join } from 'node:path';
import { errnoCode } from '../system/errors.ts';
import type { Files } from '../system/ports.ts';
import { writeAtomically } from './atomic-write.ts';
import { hashOf, type Reversal, removeTree } from './journal.ts';
import { move } from './move.ts';
import { see } from './see.ts';

/**
 * Why this step back would destroy something that came later; undefined when it may be taken.
 *
 * @param freed paths that steps back before this one will have freed
 */
export function conflictOf(
  reversal: Reversal,
  files: Files,
  freed: ReadonlySet<string> = new Set(),
): string | undefined {
  const path = reversal.kind === 'renamed' ? reversal.to : reversal.path;
  const seen = see(files, path);
  switch (reversal.kind) {
    case 'directory-made':
    case 'file-made':
      if (seen.kind === 'nothing') return undefined;
      if (reversal.kind === 'directory-made') {
        return seen.kind === 'directory' ? undefined : 'it is no directory any more';
      }
      return seen.kind === 'file' && hashOf(seen.contents) === reversal.hash
        ? undefined
        : 'it was changed since';
    case 'link-made':
      if (seen.kind === 'nothing') return undefined;
      return seen.kind === 'link' && seen.target === reversal.target ? undefined : 'it was changed since';
    case 'file-changed': {
      if (seen.kind !== 'file')
        return seen.kind === 'nothing' ? 'it was removed since' : 'it is no file any more';
      if (hashOf(seen.contents) !== reversal.hash) return 'it was changed since';
      return seen.mode === (reversal.newMode ?? reversal.mode) ? undefined : 'its mode was changed since';
    }
    case 'mode-changed':
      if (seen.kind !== 'file' && seen.kind !== 'directory') return 'it was removed since';
      return seen.mode === reversal.newMode ? undefined : 'its mode was changed since';
    case 'renamed':
      if (seen.kind === 'nothing') return 'it was removed since';
      if (freed.has(reversal.from)) return undefined;
      return see(files, reversal.from).kind === 'nothing' ? undefined : `${reversal.from} exists again`;
    case 'removed':
    case 'link-removed':
    case 'directory-removed':
      return seen.kind === 'nothing' ? undefined : 'something else is there now';
  }
}

/**
 * Whether things are already as they were before that step: an interrupted plan did not come to it, or its way back
 * was interrupted behind it.
 */
export function isUndone(reversal: Reversal, files: Files, folder: string): boolean {
  const seen = see(files, reversal.kind === 'renamed' ? reversal.to : reversal.path);
  switch (reversal.kind) {
    case 'directory-made':
    case 'file-made':
    case 'link-made':
    // Neither name may be there: what was made under the first one is taken back, too.
    case 'renamed':
      return seen.kind === 'nothing';
    case 'file-changed': {
      const kept = see(files, join(folder, reversal.old));
      return (
        seen.kind === 'file' &&
        // Kept no longer: it was put back by a rename.
        (kept.kind !== 'file' || hashOf(seen.contents) === hashOf(kept.contents))
      );
    }
    case 'mode-changed':
      return (seen.kind === 'file' || seen.kind === 'directory') && seen.mode === reversal.mode;
    case 'removed':
      return seen.kind !== 'nothing';
    case 'link-removed':
      return seen.kind === 'link' && seen.target === reversal.target;
    case 'directory-removed':
      return seen.kind === 'directory';
  }
}

function ignoringAbsence(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
}

/**
 * Takes one step back. A step that never happened (the plan failed at it) does nothing. A directory that was made
 * goes only when it is empty again. Throws the system's error.
 *
 * @param folder the journal entry's folder, with the old bytes
 * @param force puts back over what is there now
 * @returns why something was left where it is, undefined when all is as it was
 */
export function performReversal(
  reversal: Reversal,
  files: Files,
  folder: string,
  force = false,
): string | undefined {
  switch (reversal.kind) {
    case 'directory-made':
      try {
        if (files.readdirSync(reversal.path).length > 0) return 'it is not empty';
        files.rmdirSync(reversal.path);
      } catch (error) {
        if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EBUSY'].includes(errnoCode(error) ?? ''))
          throw error;
      }
      return;
    case 'file-made':
    case 'link-made':
      ignoringAbsence(() => files.unlinkSync(reversal.path));
      return;
    case 'file-changed': {
      const seen = see(files, reversal.path);
      const kept = join(folder, reversal.old);
      const contents = files.readFileSync(kept);
      if (seen.kind === 'file' && seen.mode === reversal.mode && hashOf(seen.contents) === hashOf(contents))
        return undefined;
      if (seen.kind !== 'file' && seen.kind !== 'nothing') removeTree(files, reversal.path);
      const links = seen.kind === 'file' ? seen.links : 1;
      try {
        writeAtomically(files, reversal.path, {
          contents,
          mode: reversal.mode,
          before: { mode: -1, uid: reversal.uid, gid: reversal.gid, links },
        });
      } catch (error) {
        // A full disk has no room for a second copy, and needs none: the journal's own becomes the file.
        if (!['ENOSPC', 'EDQUOT'].includes(errnoCode(error) ?? '') || links > 1) throw error;
        const copy = files.lstatSync(kept);
        if (Number(copy.uid) !== reversal.uid || Number(copy.gid) !== reversal.gid) throw error;
        files.chmodSync(kept, reversal.mode);
        files.renameSync(kept, reversal.path);
      }
      files.utimesSync(reversal.path, reversal.mtimeMs / 1000, reversal.mtimeMs / 1000);
      return undefined;
    }
    case 'mode-changed':
      files.chmodSync(reversal.path, reversal.mode);
      return undefined;
    case 'renamed':
      ignoringAbsence(() => {
        files.lstatSync(reversal.to);
        // A directory with something in it does not give way to a rename.
        if (force && see(files, reversal.from).kind !== 'nothing') removeTree(files, reversal.from);
        files.renameSync(reversal.to, reversal.from);
      });
      return undefined;
    case 'removed':
      ignoringAbsence(() => {
        const kept = join(folder, reversal.kept);
        files.lstatSync(kept);
        if (see(files, reversal.path).kind !== 'nothing') {
          // Interrupted between the copy to another file system and the removal: it is there, whole.
          if (!force) return;
          removeTree(files, reversal.path);
        }
        move(files, kept, reversal.path);
      });
      return undefined;
    case 'link-removed': {
      const seen = see(files, reversal.path);
      if (seen.kind === 'link' && seen.target === reversal.target) return undefined;
      if (force && seen.kind !== 'nothing') removeTree(files, reversal.path);
      files.symlinkSync(reversal.target, reversal.path);
      return undefined;
    }
    case 'directory-removed':
      files.mkdirSync(reversal.path);
      files.chmodSync(reversal.path, reversal.mode);
      return undefined;
  }
}
