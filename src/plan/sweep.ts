/** What a `kill -9` in the middle of one step leaves beside the thing: temporary files, copies that are not whole. */
import { basename, dirname, join } from 'node:path';
import { errnoCode } from '../system/errors.ts';
import type { Files } from '../system/ports.ts';
import { removeTree } from './journal.ts';

/** Takes away what `writeAtomically` and `move` made beside this path and did not come to use. */
export function sweepBeside(files: Files, path: string): void {
  const folder = dirname(path);
  const stem = `.${basename(path).slice(0, 200)}.homerun-`;
  let names: readonly string[];
  try {
    names = files.readdirSync(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoCode(error) ?? '')) return;
    throw error;
  }
  for (const name of names) {
    if (name.startsWith(stem) && /^(?:\d+|part|gone)$/.test(name.slice(stem.length))) {
      removeTree(files, join(folder, name));
    }
  }
}
