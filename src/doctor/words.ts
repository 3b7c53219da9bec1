/** Small wordings that many checks share. Pure. */
import { shellWord, shellWords } from '../shell/words.ts';
import type { Inode } from '../system/ports.ts';
import type { PathFact, Snapshot } from './snapshot.ts';

/** `0644 (rw-r--r--)`. */
export function formatMode(mode: number): string {
  const bits = 'rwxrwxrwx';
  const letters = [...bits].map((letter, index) => ((mode >> (8 - index)) & 1 ? letter : '-')).join('');
  return `0${mode.toString(8).padStart(3, '0')} (${letters})`;
}

/** The path as the user types it: `~/service_all/newtest`. */
export function tilde(snapshot: Snapshot, path: string): string {
  const { home } = snapshot.who;
  return path === home
    ? '~'
    : path.startsWith(`${home}/`) && home !== '/'
      ? `~${path.slice(home.length)}`
      : path;
}

/** A word for a shell's command line; `~/` in front stays unquoted. */
export function quote(word: string): string {
  const [lead, rest] = word.startsWith('~/') ? ['~/', word.slice(2)] : ['', word];
  return lead + shellWord(rest);
}

/** Path for a command to paste. */
export function shellPath(snapshot: Snapshot, path: string): string {
  return quote(tilde(snapshot, path));
}

/** `slitt`, for the user himself, else `user 0`. */
export function userName(snapshot: Snapshot, uid: number): string {
  if (uid === snapshot.who.uid) return snapshot.who.user;
  return uid === 0 ? 'root' : `user ${uid}`;
}

const KINDS: Readonly<Record<Inode['kind'], string>> = {
  file: 'a regular file',
  directory: 'a directory',
  symlink: 'a symbolic link',
  fifo: 'a FIFO',
  socket: 'a socket',
  device: 'a device',
};

export function kindWord(kind: Inode['kind']): string {
  return KINDS[kind];
}

/** runit's own texts for errors, which are not libc's. */
const TEXTS: Readonly<Record<string, string>> = {
  ENOENT: 'file does not exist',
  EACCES: 'access denied',
  EPERM: 'permission denied',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  ELOOP: 'symbolic link loop',
  ENOEXEC: 'exec format error',
  EROFS: 'read-only file system',
  ENXIO: 'device not configured',
  ENOSPC: 'out of disk space',
  EIO: 'input/output error',
  ENAMETOOLONG: 'file name too long',
  ECONNREFUSED: 'nobody listens there',
  TIMEOUT: 'no answer from its file system',
};

export function errorText(error: string): string {
  return TEXTS[error] ?? error;
}

/** Does the mode give this user the right (4, 2, 1), by the class that applies to him? */
export function modeAllows(snapshot: Snapshot, inode: Inode, right: number): boolean {
  const { uid, groups, gid } = snapshot.who;
  if (uid === 0) return right !== 1 || (inode.mode & 0o111) !== 0;
  if (inode.uid === uid) return ((inode.mode >> 6) & right) !== 0;
  if (inode.gid === gid || groups.includes(inode.gid)) return ((inode.mode >> 3) & right) !== 0;
  return (inode.mode & right) !== 0;
}

/** `mode 0644 (rw-r--r--), owner slitt`. */
export function modeAndOwner(snapshot: Snapshot, fact: PathFact): string {
  const inode = fact.to ?? fact.self;
  if (inode === null) return errorText(fact.error ?? 'ENOENT');
  return `mode ${formatMode(inode.mode)}, owner ${userName(snapshot, inode.uid)}`;
}

/** `3 s`, `2 min`, `4 h`, `5 d`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** `svl up newtest`: the control script as it is called on this machine; `NAME/log` for a log service. */
export function svl(snapshot: Snapshot, verb: string, service: string): string {
  return shellWords([snapshot.layout.svl.split('/').pop() as string, verb, service]);
}
