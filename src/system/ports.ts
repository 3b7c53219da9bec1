/**
 * The doors to the world, as interfaces: scaffold, doctor and plan get these handed in, so that tests hand in
 * others (memfs for Files). Only src/system/node implements them for real.
 */
import type { BigIntStats, Stats } from 'node:fs';

/** The part of node's fs that homerun uses; fs-extra and memfs both have this shape. All paths are absolute. */
export interface Files {
  readFileSync(path: string): Buffer;
  readFileSync(path: string, encoding: 'utf8'): string;
  writeFileSync(path: string, data: string | Uint8Array, options?: { mode?: number; flag?: string }): void;
  existsSync(path: string): boolean;
  lstatSync(path: string): Stats;
  lstatSync(path: string, options: { bigint: true }): BigIntStats;
  statSync(path: string): Stats;
  readdirSync(path: string): string[];
  readlinkSync(path: string): string;
  realpathSync(path: string): string;
  mkdirSync(path: string, options?: { recursive?: boolean; mode?: number }): unknown;
  symlinkSync(target: string, path: string): void;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  rmdirSync(path: string): void;
  chmodSync(path: string, mode: number): void;
  lchownSync(path: string, uid: number, gid: number): void;
  utimesSync(path: string, atime: number, mtime: number): void;
  accessSync(path: string, mode?: number): void;
}

/** What another program said and how it ended. `code` is null when a signal ended it or it did not start. */
export interface ProgramResult {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The system call's error code when the program could not be started at all (ENOENT, EACCES). */
  readonly failedToStart: string | undefined;
}

/** Runs another program to its end. Never throws for a program that fails. */
export type RunProgram = (
  file: string,
  args: readonly string[],
  options?: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly input?: string;
    /** Milliseconds; the program gets TERM, then KILL. */
    readonly timeout?: number;
  },
) => Promise<ProgramResult>;

export interface Clock {
  /** Milliseconds since the epoch, wall clock. */
  now(): number;
  /** Milliseconds, monotonic. */
  monotonic(): number;
  /** Resolves after so many milliseconds. */
  wait(milliseconds: number): Promise<void>;
}

/** Who and where: nothing is taken from the password file but the user's name. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** $HOME; every default path hangs on it. */
  readonly home: string;
  readonly user: string;
}

/** A system call that failed: its word (`ENOENT`), or `TIMEOUT` where a file system did not answer. */
export interface Failed {
  readonly error: string;
}

export type FileKind = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'device';

/** What lstat or stat tells. */
export interface Inode {
  readonly kind: FileKind;
  /** Permission bits, 07777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly mtime: number;
  /** `MAJOR-AND-MINOR:INODE`, decimal: equal for two paths to one file. */
  readonly id: string;
}

/** Room on a file system, in bytes and inodes free for an ordinary user. */
export interface Room {
  readonly free: number;
  readonly total: number;
  readonly inodesFree: number;
  readonly inodes: number;
}

/**
 * A look at the machine that leaves no trace and never waits: nothing but regular files is opened for reading (and
 * without touching the access time where the kernel allows that), FIFOs only as sv does it.
 */
export interface Probe {
  lstat(path: string): Inode | Failed;
  stat(path: string): Inode | Failed;
  readlink(path: string): { readonly target: string } | Failed;
  /** The names in a directory, at most `limit` of them (`count` tells all), in the order of bytes. */
  list(path: string, limit: number): { readonly names: readonly string[]; readonly count: number } | Failed;
  /** The first `limit` bytes of a regular file (negative: the last); EINVAL for anything else. */
  read(path: string, limit: number): { readonly bytes: Buffer; readonly size: number } | Failed;
  /** A file of /proc, which has no size: whole, at most 1 MiB. */
  proc(path: string): string | undefined;
  /** access(2) with the real user; `mode` is made of 4, 2 and 1. `ok`, or the error's word. */
  access(path: string, mode: number): string;
  /** Does a process read this FIFO? `ok`, ENXIO when none does, or another error's word. */
  reader(path: string): string;
  room(path: string): Room | Failed;
  /** Does this mount point answer a stat within so many milliseconds? Asked from another process, which may hang. */
  answers(mountPoint: string, milliseconds: number): Promise<boolean>;
  /** connect(2) to a Unix socket: `ok`, or the error's word. */
  connect(socket: string, milliseconds: number): Promise<string>;
  /** The gids that the user database gives this user now; undefined where it does not know a user of that name and uid. */
  groupsOf(user: string, uid: number): readonly number[] | undefined;
}
