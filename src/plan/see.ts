/** What is at a path right now, as plain data. */
import type { Stats } from 'node:fs';
import { errnoCode } from '../system/errors.ts';
import type { Files } from '../system/ports.ts';

export type Seen =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'directory'; readonly mode: number }
  | {
      readonly kind: 'file';
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      /** Milliseconds since the epoch. */
      readonly mtimeMs: number;
      readonly links: number;
      readonly contents: Uint8Array;
    }
  | { readonly kind: 'link'; readonly target: string }
  /** A FIFO, a socket, a device. */
  | { readonly kind: 'other' };

/** Permission bits of a mode, with setuid, setgid and sticky. */
export function permissions(mode: number): number {
  return mode & 0o7777;
}

/**
 * Looks without following a link at the end of the path. A directory of the path that is missing, or is no
 * directory, means `nothing`. Throws the system's error for anything else (EACCES).
 */
export function see(files: Files, path: string): Seen {
  let stat: Stats;
  try {
    stat = files.lstatSync(path);
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'nothing' };
    throw error;
  }
  if (stat.isSymbolicLink()) return { kind: 'link', target: files.readlinkSync(path) };
  const mode = permissions(Number(stat.mode));
  if (stat.isDirectory()) return { kind: 'directory', mode };
  if (!stat.isFile()) return { kind: 'other' };
  let contents: Uint8Array | undefined;
  return {
    kind: 'file',
    mode,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtimeMs: Number(stat.mtimeMs),
    links: Number(stat.nlink),
    // Read only when somebody asks: the mode of a file that may not be read can still be changed.
    get contents() {
      contents ??= files.readFileSync(path);
      return contents;
    },
  };
}

/** The same bytes. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

export function toBytes(contents: string | Uint8Array): Uint8Array {
  return typeof contents === 'string' ? new TextEncoder().encode(contents) : contents;
}
