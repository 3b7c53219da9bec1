/** Moves a file or a whole tree, also from one file system to another. */
import { basename, dirname, join } from 'node:path';
import { errnoCode } from '../system/errors.ts';
import type { Files } from '../system/ports.ts';
import { removeTree } from './journal.ts';
import { see } from './see.ts';

/** Copies with modes, owners (as far as one may give them) and times. FIFOs and sockets are left out: runsv makes its own anew. */
function copyTree(files: Files, from: string, to: string): void {
  const stat = files.lstatSync(from);
  const keepOwner = (): void => {
    try {
      files.lchownSync(to, Number(stat.uid), Number(stat.gid));
    } catch (error) {
      if (errnoCode(error) !== 'EPERM') throw error;
    }
  };
  if (stat.isSymbolicLink()) {
    files.symlinkSync(files.readlinkSync(from), to);
    keepOwner();
    return;
  }
  if (stat.isDirectory()) {
    files.mkdirSync(to, { mode: 0o700 });
    for (const name of files.readdirSync(from)) copyTree(files, join(from, name), join(to, name));
  } else if (stat.isFile()) {
    files.writeFileSync(to, files.readFileSync(from), { flag: 'wx', mode: 0o600 });
  } else {
    return;
  }
  keepOwner();
  files.chmodSync(to, Number(stat.mode) & 0o7777);
  files.utimesSync(to, Number(stat.atimeMs) / 1000, Number(stat.mtimeMs) / 1000);
}

/** Names beside the thing for what is not whole: a copy until its end, and an original while it is taken away. */
function aside(path: string, what: 'part' | 'gone'): string {
  return join(dirname(path), `.${basename(path).slice(0, 200)}.homerun-${what}`);
}

function removeIfThere(files: Files, path: string): void {
  if (see(files, path).kind !== 'nothing') removeTree(files, path);
}

/**
 * A rename where that is possible (everything stays as it is), else a copy and then the removal of the original. At
 * every moment each of the two paths holds the whole thing or nothing.
 */
export function move(files: Files, from: string, to: string): void {
  try {
    files.renameSync(from, to);
  } catch (error) {
    if (errnoCode(error) !== 'EXDEV') throw error;
    const part = aside(to, 'part');
    removeIfThere(files, part);
    try {
      copyTree(files, from, part);
      files.renameSync(part, to);
    } catch (failure) {
      try {
        removeIfThere(files, part);
      } catch {
        // It cannot be removed; the original is untouched.
      }
      throw failure;
    }
    const gone = aside(from, 'gone');
    removeIfThere(files, gone);
    files.renameSync(from, gone);
    removeTree(files, gone);
  }
}
