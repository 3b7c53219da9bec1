/**
 * What doctor saw in one look: plain data, so that it can be saved, sent to somebody and judged elsewhere. Checks get
 * nothing else. Paths are absolute; times are milliseconds since the epoch; errors are the words of the system call
 * (`ENOENT`), or `TIMEOUT` where a file system did not answer.
 */
import type { Layout } from '../layout/layout.ts';
import type { Inode, Room } from '../system/ports.ts';
import type { InUse } from './collect/in-use.ts';

/** Raised when a snapshot's form changes; `--from` refuses others. */
export const SNAPSHOT_VERSION = 1;

/** One path, looked at with the rights of the user who ran doctor. */
export interface PathFact {
  readonly path: string;
  /** The entry itself (lstat). Null: see `error`. */
  readonly self: Inode | null;
  readonly error: string | null;
  /** A link's text. */
  readonly target: string | null;
  /** The path with every link followed; null when that fails. */
  readonly real: string | null;
  /** What is at the end of the links (stat); equal to `self` without links. */
  readonly to: Inode | null;
  readonly toError: string | null;
  /** access(2): `ok` or an error's word. */
  readonly can: { readonly read: string; readonly write: string; readonly execute: string };
}

/** A script, or what stands where one should be. */
export interface ScriptFact {
  readonly path: string;
  readonly size: number;
  /** The first 64 bytes as hexadecimal digits. */
  readonly head: string;
  /** The text (the first 64 KiB of it), bytes that are no UTF-8 replaced; empty for a binary. */
  readonly text: string;
  readonly binary: boolean;
  /** What `SHELL -n` said, when the script had a shell that can be asked; null when it was not asked. */
  readonly syntax: { readonly shell: string; readonly ok: boolean; readonly message: string } | null;
}

/** The 20 bytes of supervise/status. */
export interface StatusFact {
  /** Of the last start or stop. */
  readonly changed: number;
  readonly pid: number;
  readonly paused: boolean;
  /** Byte 17: `u` or `d` (`d` for exit, too). */
  readonly want: string;
  readonly gotTerm: boolean;
  readonly state: 'down' | 'run' | 'finish';
}

/** A `supervise` directory: of a service, or of its log service. The files themselves are in `Snapshot.paths`. */
export interface SuperviseFact {
  /** `DIR/supervise`. */
  readonly path: string;
  /** Asked through the FIFO `ok`: `ok` when a runsv holds it, ENXIO when none does, or another error's word. */
  readonly answers: string;
  readonly status: StatusFact | null;
  /** Why there is no status: an error's word, or `SIZE bytes`. */
  readonly statusError: string | null;
  readonly pidText: string | null;
  /** How run ended last, from the supervisor's own history (C runit keeps none); absent when it was not looked for. */
  readonly lastEnd?: string;
  readonly statText: string | null;
}

export interface ServiceFact {
  /** The link's name; the directory's own name when nothing links to it. */
  readonly name: string;
  /** The service directory itself, links followed. */
  readonly dir: string;
  /** `DEVICE:INODE` of it. */
  readonly id: string;
  /** Entries of the directory that runsvdir looks at which lead here. */
  readonly links: readonly string[];
  /** It lies in (or is reached from) the all-daemons directory under this path. */
  readonly home: string | null;
  /** Names in the directory (at most 200), and how many there are. */
  readonly names: readonly string[];
  readonly count: number;
  readonly unreadable: string | null;
  readonly main: SuperviseFact;
  /** Null when there is no `log` directory. */
  readonly log: SuperviseFact | null;
}

/** An entry of the directory that runsvdir looks at, service or not. */
export interface EntryFact {
  readonly name: string;
  readonly path: string;
  /** `ServiceFact.dir`, when it leads to a directory. */
  readonly service: string | null;
}

export interface FdFact {
  readonly fd: number;
  /** As /proc shows it: `/path`, `/path (deleted)`, `pipe:[N]`, `socket:[N]`. */
  readonly target: string;
  /** Open flags, octal text of fdinfo; read for FIFOs of a supervise directory only. */
  readonly flags: number | null;
}

/** More about processes of the supervision tree: of each what checks ask for, empty the rest. */
export interface ProcessDetail {
  readonly groups: readonly number[];
  /** Signal sets as bits, signal 1 is bit 0. Text of the kernel's hexadecimal number. */
  readonly ignored: string;
  readonly caught: string;
  readonly blocked: string;
  /** Values only of names that matter here and hold no secret; null for the rest. */
  readonly environ: Readonly<Record<string, string | null>> | null;
  /** Soft limits by the kernel's words (`Max open files`); null is unlimited. */
  readonly limits: Readonly<Record<string, number | null>>;
  readonly wchan: string | null;
  /** Of the supervisor; absent in what older versions saved. */
  readonly umask?: number | null;
}

export interface ProcessFact {
  readonly pid: number;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  /** Device number of the controlling terminal; 0 without one. */
  readonly tty: number;
  /** R S D T t Z ... */
  readonly state: string;
  readonly uid: number;
  readonly comm: string;
  readonly argv: readonly string[];
  readonly exe: string | null;
  readonly cwd: string | null;
  readonly cwdId: string | null;
  readonly started: number;
  /** Start time in clock ticks since boot: with the pid it names a process for good. */
  readonly ticks: string;
  /** 0, 1, 2, and those that lead into the tree. */
  readonly fds: readonly FdFact[];
  readonly detail: ProcessDetail | null;
}

/** An flock (or POSIX lock) from /proc/locks. */
export interface LockFact {
  readonly pid: number;
  readonly inode: string;
  readonly waiting: boolean;
}

export interface MountFact {
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
  /** False: it did not answer in time and nothing below it was looked at. */
  readonly answers: boolean;
}

/** One more look while time passes. */
export interface Sample {
  readonly at: number;
  /** Status by `SuperviseFact.path`. */
  readonly status: Readonly<Record<string, StatusFact | null>>;
  /** Last argument of runsvdir by pid: the readproctitle text. */
  readonly rings: Readonly<Record<string, string>>;
}

/** A log directory that a log/run names; of a service that was not asked for only where it is. */
export interface LogFact {
  /** The service's directory whose log/run names it. */
  readonly service: string;
  readonly path: string;
  readonly names: readonly string[];
  readonly count: number;
  readonly config: string | null;
  /** The last 4 KiB of `current`. */
  readonly tail: string;
}

export interface Snapshot {
  readonly version: typeof SNAPSHOT_VERSION;
  readonly at: number;
  readonly who: {
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly number[];
    readonly user: string;
    readonly home: string;
    /** What the user database says now. */
    readonly groupsNow: readonly number[] | null;
  };
  /** The environment of whoever ran doctor; values as in ProcessDetail. */
  readonly env: Readonly<Record<string, string | null>>;
  readonly layout: Layout;
  /** There is a config.json; false: the layout is the default one, and svl and the runner may be elsewhere. */
  readonly configured: boolean;
  /** Services asked for by name; empty: all. */
  readonly asked: readonly string[];
  /** Paths of the bundled programs' folder. */
  readonly bundled: string;
  readonly serviceDir: PathFact;
  readonly serviceAll: PathFact;
  readonly entries: readonly EntryFact[];
  readonly entryCount: number;
  readonly services: readonly ServiceFact[];
  readonly paths: Readonly<Record<string, PathFact>>;
  readonly scripts: Readonly<Record<string, ScriptFact>>;
  /** Small text files that checks want (.xsession-errors' end, chpst's env files ...), by path. */
  readonly texts: Readonly<Record<string, string>>;
  readonly processes: readonly ProcessFact[];
  /** Directories that other runsvdirs of this user look at, and the service directories there; absent in old ones. */
  readonly elsewhere?: readonly {
    readonly pid: number;
    readonly directory: string;
    readonly services: readonly string[];
  }[];
  readonly locks: readonly LockFact[];
  readonly mounts: readonly MountFact[];
  /** By mount point. */
  readonly rooms: Readonly<Record<string, Room>>;
  readonly logs: readonly LogFact[];
  /** Sockets that were knocked at: `ok` or an error's word. */
  readonly sockets: Readonly<Record<string, string>>;
  /** What last words call "in use"; absent in what older versions saved. */
  readonly inUse?: InUse;
  /** Sockets of own processes, as descriptors show them, that accept connections and whose file is gone, with its path. */
  readonly lostSockets?: Readonly<Record<string, string>>;
  /**
   * What is wrong in files of chpst's -e directories and in those that a script reads with `.`, never their contents.
   */
  readonly oddities?: Readonly<Record<string, readonly string[]>>;
  /** Programs by name: every hit on the caller's PATH in order. */
  readonly tools: Readonly<Record<string, readonly string[]>>;
  readonly samples: readonly Sample[];
  /** What could not be looked at, and why. */
  readonly unread: readonly { readonly path: string; readonly why: string }[];
}
