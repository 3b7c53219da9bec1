/** Operations that take away what init made, and what has to stay because a person changed or filled it. */
import { dirname, join } from 'node:path';
import { hashOf } from '../plan/journal.ts';
import type { Operation } from '../plan/operation.ts';
import { see } from '../plan/see.ts';
import type { Files } from '../system/ports.ts';
import { findHook, removeHook } from './hook.ts';
import type { Made } from './manifest.ts';

export interface Kept {
  readonly path: string;
  readonly why: string;
}

export interface Removal {
  readonly operations: readonly Operation[];
  readonly kept: readonly Kept[];
}

/**
 * Plans the removal.
 *
 * @param made in the order in which it was made
 * @param goesToo paths that something else removes before the directories are looked at
 */
export function planRemoval(made: readonly Made[], files: Files, goesToo: readonly string[] = []): Removal {
  const operations: Operation[] = [];
  const kept: Kept[] = [];
  const gone = new Set<string>(goesToo);
  const remove = (path: string): void => {
    operations.push({ kind: 'remove', path });
    gone.add(path);
  };

  for (const each of made) {
    if (each.kind === 'hook') {
      const seen = see(files, resolved(files, each.path));
      if (seen.kind !== 'file') continue;
      const found = findHook(seen.contents);
      if (found.kind === 'broken') kept.push({ path: each.path, why: found.why });
      if (found.kind === 'block') {
        operations.push({ kind: 'write', path: each.path, contents: removeHook(seen.contents) });
      }
    }
    if (each.kind === 'file') {
      const seen = see(files, resolved(files, each.path));
      if (seen.kind === 'nothing') continue;
      if (seen.kind === 'file' && hashOf(seen.contents) === each.hash) {
        remove(each.path);
        const replaced = each.replaced === undefined ? undefined : see(files, each.replaced);
        if (each.replaced !== undefined && replaced?.kind === 'file') {
          operations.push({ kind: 'rename', from: each.replaced, to: each.path });
          gone.add(each.replaced);
          gone.delete(each.path);
        }
      } else if (seen.kind === 'file' && findHook(seen.contents).kind === 'block') {
        // A session file that we made and the user went on with: it keeps all but the hook.
        const contents = removeHook(seen.contents);
        operations.push({ kind: 'write', path: each.path, contents });
        kept.push({ path: each.path, why: 'you changed it; only the hook is taken out' });
      } else {
        kept.push({ path: each.path, why: 'you changed it' });
      }
    }
  }

  // Directories from the inside out.
  const directories = made.filter((each) => each.kind === 'directory').map((each) => each.path);
  for (const path of directories.sort((a, b) => b.length - a.length)) {
    if (see(files, path).kind !== 'directory') continue;
    const left = files.readdirSync(path).filter((name) => !gone.has(join(path, name)));
    if (left.length === 0) remove(path);
    else if (!kept.some((each) => dirname(each.path) === path || each.path.startsWith(`${path}/`))) {
      kept.push({ path, why: `it holds ${left.length === 1 ? left[0] : `${left.length} things of yours`}` });
    }
  }
  return { operations, kept };
}

/** The file that a link leads to; the path itself where there is none. */
function resolved(files: Files, path: string): string {
  try {
    return files.realpathSync(path);
  } catch {
    return path;
  }
}
