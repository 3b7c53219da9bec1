/**
 * A file's new bytes appear at once or not at all: they go to a temporary file beside it, which is renamed over it.
 * The owner and the mode stay. A file with several hard links, or one whose owner cannot be kept through a rename,
 * is written in place: the journal holds its old bytes.
 */
import { basename, dirname, join } from 'node:path';
import { errnoCode } from '../system/errors.ts';
import type { Files } from '../system/ports.ts';

export interface WriteWish {
  readonly contents: Uint8Array;
  /** Undefined: the old mode, or 0666 less umask for a new file. */
  readonly mode: number | undefined;
  readonly before:
    | { readonly mode: number; readonly uid: number; readonly gid: number; readonly links: number }
    | undefined;
}

/** A name beside the file that no editor, shell or runsvdir takes for its own: they all skip a leading dot. */
function temporaryName(files: Files, path: string): string {
  for (let count = 0; ; count++) {
    const name = join(dirname(path), `.${basename(path).slice(0, 200)}.homerun-${count}`);
    try {
      files.lstatSync(name);
    } catch (error) {
      if (errnoCode(error) === 'ENOENT') return name;
      throw error;
    }
  }
}

/** Writes the file. Throws the system's error and leaves no temporary file behind. */
export function writeAtomically(files: Files, path: string, wish: WriteWish): void {
  const { before } = wish;
  const mode = wish.mode ?? before?.mode;
  const inPlace = (): void => {
    files.writeFileSync(path, wish.contents);
    if (mode !== undefined && mode !== before?.mode) files.chmodSync(path, mode);
  };
  if (before !== undefined && before.links > 1) {
    inPlace();
    return;
  }
  const temporary = temporaryName(files, path);
  try {
    // wx: a link that someone puts there in the meantime is not followed.
    files.writeFileSync(temporary, wish.contents, {
      flag: 'wx',
      mode: mode === undefined ? 0o666 : mode & 0o700,
    });
    if (before !== undefined) {
      const made = files.lstatSync(temporary);
      if (Number(made.uid) !== before.uid || Number(made.gid) !== before.gid) {
        try {
          files.lchownSync(temporary, before.uid, before.gid);
        } catch (error) {
          if (errnoCode(error) !== 'EPERM') throw error;
          files.unlinkSync(temporary);
          inPlace();
          return;
        }
      }
    }
    if (mode !== undefined) files.chmodSync(temporary, mode);
    files.renameSync(temporary, path);
  } catch (error) {
    try {
      files.unlinkSync(temporary);
    } catch {
      // It was not made, or it is renamed already: nothing is left of it.
    }
    throw error;
  }
}
