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
