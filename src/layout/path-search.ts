/** Programs on a PATH. Pure but for looking. */
import { isAbsolute, join } from 'node:path';
import type { Files } from '../system/ports.ts';

const X_OK = 1;

export function isProgram(files: Files, path: string): boolean {
  try {
    files.accessSync(path, X_OK);
    return files.statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The absolute folders of a PATH, in order. Empty and relative parts are left out: they depend on where one stands. */
export function pathFolders(path: string | undefined): string[] {
  return (path ?? '').split(':').filter((folder) => isAbsolute(folder));
}

/** The first program of this name, or undefined. */
export function searchPath(files: Files, path: string | undefined, name: string): string | undefined {
  return pathFolders(path)
    .map((folder) => join(folder, name))
    .find((candidate) => isProgram(files, candidate));
}
