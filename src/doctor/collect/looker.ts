/**
 * Looks at paths, each one once. Links are followed here and not by the kernel, so that a file system that hangs is
 * never entered, wherever a link leads.
 */
import { dirname, isAbsolute, join } from 'node:path';
import type { Failed, Inode, Probe } from '../../system/ports.ts';
import type { MountFact, PathFact, ScriptFact } from '../snapshot.ts';
import { mountOf } from './mounts.ts';
import { SCRIPT_LIMIT } from './world.ts';

/** The kernel's own limit of links in one lookup. */
const MOST_LINKS = 40;

/** PATH_MAX: the kernel takes no longer path, bytes. */
const LONGEST_PATH = 4096;

const HEAD_BYTES = 64;

type Resolved = { readonly real: string; readonly inode: Inode } | Failed;

/** A name in a directory whose path is resolved: nothing there for `join` to do, which costs much for its nothing. */
function within(real: string, name: string): string {
  if (name === '' || name === '.') return real;
  return name === '..' || real === '/' ? join(real, name) : `${real}/${name}`;
}

export class Looker {
  readonly paths: Record<string, PathFact> = {};
  readonly scripts: Record<string, ScriptFact> = {};
  readonly texts: Record<string, string> = {};
  /** Files with something odd in them, in words. */
  readonly oddities: Record<string, readonly string[]> = {};
  /** Lock files that scripts name, links followed: who has them open is asked of every process. */
  readonly locks = new Set<string>();
  readonly unread: { path: string; why: string }[] = [];
  readonly #listings = new Map<string, readonly string[]>();
  readonly #directories = new Map<string, Resolved>();
  readonly #hanging: readonly MountFact[];
  readonly #probe: Probe;
  readonly #mounts: readonly MountFact[];

  constructor(probe: Probe, mounts: readonly MountFact[]) {
    this.#probe = probe;
    this.#mounts = mounts;
    this.#hanging = mounts.filter((mount) => !mount.answers);
  }

  #hangs(path: string): boolean {
    return this.#hanging.length > 0 && mountOf(this.#mounts, path)?.answers === false;
  }

  #lstat(path: string): Inode | Failed {
    return this.#hangs(path) ? { error: 'TIMEOUT' } : this.#probe.lstat(path);
  }

  /** Follows every link of a path. */
  #resolve(path: string, links: number): Resolved {
    if (links > MOST_LINKS) return { error: 'ELOOP' };
    if (path.length >= LONGEST_PATH) return { error: 'ENAMETOOLONG' };
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    let found: Resolved;
    if (path === '/') {
      const inode = this.#lstat('/');
      found = 'error' in inode ? inode : { real: '/', inode };
    } else {
      found = this.#resolveIn(path, links);
    }
    if ('real' in found && found.inode.kind === 'directory') this.#directories.set(path, found);
    return found;
  }

  #resolveIn(path: string, links: number): Resolved {
    const parent = this.#resolve(dirname(path), links);
    if ('error' in parent) return parent;
    if (parent.inode.kind !== 'directory') return { error: 'ENOTDIR' };
    const name = path.slice(path.lastIndexOf('/') + 1);
    const here = name === '..' ? dirname(parent.real) : within(parent.real, name);
    const inode = this.#lstat(here);
    if ('error' in inode) return inode;
    if (inode.kind !== 'symlink') return { real: here, inode };
    const link = this.#probe.readlink(here);
    if ('error' in link) return link;
    const target = isAbsolute(link.target)
      ? link.target
      : `${parent.real === '/' ? '' : parent.real}/${link.target}`;
    return this.#resolve(
      target
        .replace(/\/+/g, '/')
        .replace(/(.)\/$/, '$1')
        .replace(/\/\.(?=\/|$)/g, '') || '/',
      links + 1,
    );
  }

  look(path: string): PathFact {
    const known = this.paths[path];
    if (known !== undefined) return known;
    const fact = this.#fact(path);
    this.paths[path] = fact;
    if (fact.error === 'TIMEOUT' || fact.toError === 'TIMEOUT') {
      this.unread.push({ path, why: 'its file system does not answer' });
    }
    return fact;
  }

  #fact(path: string): PathFact {
    const nothing = { path, target: null, real: null, to: null };
    const parent = path === '/' ? null : this.#resolve(dirname(path), 0);
    if (parent !== null && 'error' in parent) {
      const { error } = parent;
      const can = { read: error, write: error, execute: error };
      return { ...nothing, self: null, error, toError: error, can };
    }
    const here = parent === null ? '/' : within(parent.real, path.slice(path.lastIndexOf('/') + 1));
    const self = this.#lstat(here);
    if ('error' in self) {
      const can = { read: self.error, write: self.error, execute: self.error };
      return { ...nothing, self: null, error: self.error, toError: self.error, can };
    }
    let resolved: Resolved = { real: here, inode: self };
    let target: string | null = null;
    if (self.kind === 'symlink') {
      const link = this.#probe.readlink(here);
      target = 'target' in link ? link.target : null;
      resolved = this.#resolve(here, 0);
    }
    if ('error' in resolved) {
      const { error } = resolved;
      return {
        ...nothing,
        self,
        error: null,
        target,
        toError: error,
        can: { read: error, write: error, execute: error },
      };
    }
    const { real, inode } = resolved;
    if (inode.kind === 'directory') this.#directories.set(path, resolved);
    return {
      path,
      self,
      error: null,
      target,
      real,
      to: inode,
      toError: null,
      can: this.#rights(real, inode),
    };
  }

  /** All rights are asked for in one call; one by one only where not all are there. */
  #rights(real: string, inode: Inode): PathFact['can'] {
    // Without any x bit nobody may execute it, not even root: access(2).
    const execute = inode.kind === 'directory' || (inode.mode & 0o111) !== 0;
    if (this.#probe.access(real, execute ? 7 : 6) === 'ok') {
      return { read: 'ok', write: 'ok', execute: execute ? 'ok' : 'EACCES' };
    }
    return {
      read: this.#probe.access(real, 4),
      write: this.#probe.access(real, 2),
      execute: execute ? this.#probe.access(real, 1) : 'EACCES',
    };
  }

  lock(path: string): void {
    const { real } = this.look(path);
    if (real !== null) this.locks.add(real);
  }

  /** Notes what is there and can't be looked at. */
  skip(path: string, why: string): void {
    this.unread.push({ path, why });
  }

  /** The names in a directory, or why they can't be had. */
  list(path: string, limit: number): ReturnType<Probe['list']> {
    const fact = this.look(path);
    if (fact.real === null) return { error: fact.toError ?? 'ENOENT' };
    const names = this.#probe.list(fact.real, limit);
    if ('error' in names) this.unread.push({ path, why: names.error });
    else this.#listings.set(path, names.names);
    return names;
  }

  /** The names that `list` gave for a directory; none where it was not asked. */
  listed(path: string): readonly string[] {
    return this.#listings.get(path) ?? [];
  }

  /** A small text file, kept in the snapshot; a negative limit reads its end. */
  text(path: string, limit: number): string | null {
    const known = this.texts[path];
    if (known !== undefined) return known;
    const read = this.bytes(path, limit);
    if (read === null) return null;
    const text = read.bytes.toString('utf8');
    this.texts[path] = text;
    return text;
  }

  bytes(path: string, limit: number): { bytes: Buffer; size: number } | null {
    const fact = this.look(path);
    if (fact.real === null || fact.to?.kind !== 'file') return null;
    const read = this.#probe.read(fact.real, limit);
    if ('error' in read) {
      this.unread.push({ path, why: read.error });
      return null;
    }
    return read;
  }

  /** Reads a script; null when it is no regular file or can't be read. */
  script(path: string): ScriptFact | null {
    const known = this.scripts[path];
    if (known !== undefined) return known;
    const read = this.bytes(path, SCRIPT_LIMIT);
    if (read === null) return null;
    const head = read.bytes.subarray(0, HEAD_BYTES);
    const binary = head.subarray(0, 4).toString('latin1') === '\x7fELF' || head.includes(0);
    const script: ScriptFact = {
      path,
      size: read.size,
      head: head.toString('hex'),
      text: binary ? '' : read.bytes.toString('utf8'),
      binary,
      syntax: null,
    };
    this.scripts[path] = script;
    return script;
  }

  setSyntax(path: string, syntax: ScriptFact['syntax']): void {
    const script = this.scripts[path];
    if (script !== undefined) this.scripts[path] = { ...script, syntax };
  }
}
