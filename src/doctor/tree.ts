/**
 * The supervision tree as it is, whatever the engine: which runsvdir looks at the service directory, and which
 * process keeps each service (a runsv of its own, or the runsvdir itself with `--shared`). Derived from descriptors,
 * locks and working directories, never from names alone. Pure; made once for a snapshot.
 */
import { isAbsolute, join, normalize } from 'node:path';
import { programOf, type RunsvdirArguments, runsvdirArguments } from './program.ts';
import type { PathFact, ProcessFact, ServiceFact, Snapshot, SuperviseFact } from './snapshot.ts';

export interface Runsvdir {
  readonly process: ProcessFact;
  readonly args: RunsvdirArguments;
  /** Absolute: relative ones count from the process's working directory. */
  readonly directory: string | null;
  /** It looks at the layout's service directory (same device and inode, or the same path when that is missing). */
  readonly ours: boolean;
  /** The readproctitle text is kept: LOG is long enough and stderr is a pipe. */
  readonly ring: boolean;
}

export interface Tree {
  readonly byPid: ReadonlyMap<number, ProcessFact>;
  readonly children: ReadonlyMap<number, readonly ProcessFact[]>;
  readonly runsvdirs: readonly Runsvdir[];
  /** Those that look at the service directory. */
  readonly ours: readonly Runsvdir[];
  /** The one that does the work; undefined when none runs. */
  readonly main: Runsvdir | undefined;
  /** Every living runsv. */
  readonly runsvs: readonly ProcessFact[];
  /** The process that keeps a service: it reads `control`, or is a runsv in its directory. */
  keeper(service: ServiceFact): ProcessFact | undefined;
  /** All processes that behave as keepers of this service. */
  keepers(service: ServiceFact): readonly ProcessFact[];
  /** Processes other than keepers that hold or wait for a lock file. */
  holders(
    path: string,
  ): readonly { readonly process: ProcessFact | null; readonly pid: number; readonly waiting: boolean }[];
  /** The supervised process of a service, when status and the process table agree. */
  daemon(supervise: SuperviseFact): ProcessFact | undefined;
  descendants(pid: number): readonly ProcessFact[];
  /** Its parent has ended: it was given to init, or to the user's own one. */
  isOrphan(process: ProcessFact): boolean;
  /** It is a runsvdir or runsv that lives, or below one. */
  isSupervised(process: ProcessFact): boolean;
  /** The living processes that have this path open, as /proc names it (`... (deleted)` for one that was removed). */
  openers(target: string): readonly ProcessFact[];
  /** All processes that stand in the directory with this inode. */
  standingIn(id: string): readonly ProcessFact[];
  /** Is one of the process's ancestors (or itself) this pid? */
  isBelow(process: ProcessFact, pid: number): boolean;
}

/** readproctitle needs so many characters, by runsvdir's manual. */
export const SHORTEST_LOG = 7;

const cache = new WeakMap<Snapshot, Tree>();

export function treeOf(snapshot: Snapshot): Tree {
  const known = cache.get(snapshot);
  if (known !== undefined) return known;
  const tree = build(snapshot);
  cache.set(snapshot, tree);
  return tree;
}

function build(snapshot: Snapshot): Tree {
  const alive = snapshot.processes.filter((process) => process.state !== 'Z' && process.state !== 'X');
  const byPid = new Map(snapshot.processes.map((process) => [process.pid, process]));
  const children = new Map<number, ProcessFact[]>();
  for (const process of snapshot.processes) {
    const siblings = children.get(process.ppid);
    if (siblings === undefined) children.set(process.ppid, [process]);
    else siblings.push(process);
  }
  const named = (name: string): ProcessFact[] =>
    alive.filter((process) => programOf(process).name === name && !isLauncher(process, byPid, snapshot.at));
  const runsvs = named('runsv');
  const runsvdirs = named('runsvdir').map((process) => describe(snapshot, process));
  const ours = runsvdirs.filter((each) => each.ours);
  const supervisors = new Set([...runsvs, ...runsvdirs.map(({ process }) => process)]);

  const readers = new Map<string, ProcessFact[]>();
  const openers = new Map<string, ProcessFact[]>();
  for (const process of alive) {
    for (const { target } of process.fds) {
      if (!target.startsWith('/')) continue;
      push(openers, target, process);
      if (target.endsWith('/supervise/control')) push(readers, target, process);
    }
  }
  const runsvByCwd = new Map<string, ProcessFact[]>();
  for (const process of runsvs) {
    // A removed directory's inode number may be that of a new one already.
    if (process.cwdId !== null && process.cwd?.endsWith(' (deleted)') !== true)
      push(runsvByCwd, process.cwdId, process);
  }
  const byCwd = new Map<string, ProcessFact[]>();
  for (const process of snapshot.processes) if (process.cwdId !== null) push(byCwd, process.cwdId, process);
  const supervised = new Set<ProcessFact>();
  const supervise = (process: ProcessFact): void => {
    if (supervised.has(process)) return;
    supervised.add(process);
    for (const child of children.get(process.pid) ?? []) supervise(child);
  };
  for (const { process } of runsvdirs) supervise(process);
  for (const process of runsvs) supervise(process);
  const locks = new Map<string, { pid: number; waiting: boolean }[]>();
  for (const { inode, pid, waiting } of snapshot.locks) push(locks, inode, { pid, waiting });

  const isOthers = (pid: number): boolean => {
    const owner = snapshot.paths[`/proc/${pid}`]?.to?.uid;
    return owner !== undefined && owner !== snapshot.who.uid;
  };
  const keepers = (service: ServiceFact): ProcessFact[] => {
    const control = snapshot.paths[join(service.main.path, 'control')]?.real;
    const byFifo = (control == null ? [] : (readers.get(control) ?? [])).filter((process) =>
      supervisors.has(process),
    );
    return [...new Set([...byFifo, ...(runsvByCwd.get(service.id) ?? [])])];
  };
  const main = (): Runsvdir | undefined => {
    if (ours.length < 2) return ours[0];
    // Of two, the one that has the services.
    const owned = (each: Runsvdir): number =>
      snapshot.services.filter((service) =>
        keepers(service).some(
          (keeper) => keeper.pid === each.process.pid || keeper.ppid === each.process.pid,
        ),
      ).length;
    return [...ours].sort((a, b) => owned(b) - owned(a) || a.process.started - b.process.started)[0];
  };
  const chosen = main();
  const belongs = (process: ProcessFact): boolean =>
    chosen !== undefined && (process.pid === chosen.process.pid || process.ppid === chosen.process.pid);

  return {
    byPid,
    children,
    runsvdirs,
    ours,
    main: chosen,
    runsvs,
    keepers,
    keeper: (service) => {
      const all = keepers(service);
      return all.find(belongs) ?? all[0];
    },
    holders: (path) => {
      const fact = snapshot.paths[path];
      if (fact?.to == null) return [];
      const inode = fact.to.id.slice(fact.to.id.indexOf(':') + 1);
      const open = new Set(
        (fact.real === null ? [] : (openers.get(fact.real) ?? [])).map((process) => process.pid),
      );
      const byLock = locks.get(inode) ?? [];
      // Inode numbers repeat between file systems: a process that is known must have the file open.
      return (
        byLock
          .filter(({ pid }) => open.has(pid) || (byPid.get(pid)?.fds.length ?? 0) === 0)
          // One that is not in the list is another user's; one's own was started a moment ago, or has ended.
          .filter(({ pid }) => byPid.has(pid) || isOthers(pid))
          .map(({ pid, waiting }) => ({ process: byPid.get(pid) ?? null, pid, waiting }))
      );
    },
    daemon: (supervise) => {
      const pid = supervise.status?.pid ?? 0;
      const process = pid === 0 ? undefined : byPid.get(pid);
      return process?.state === 'Z' ? undefined : process;
    },
    descendants: (pid) => {
      const found = new Set<ProcessFact>();
      const walk = (at: number): void => {
        for (const child of children.get(at) ?? []) {
          if (found.has(child)) continue;
          found.add(child);
          walk(child.pid);
        }
      };
      walk(pid);
      return [...found];
    },
    isOrphan: ({ ppid }) => {
      if (ppid <= 1) return true;
      const parent = byPid.get(ppid);
      return parent?.comm === 'systemd' && parent.argv.includes('--user');
    },
    isSupervised: (process) => supervised.has(process),
    openers: (target) => openers.get(target) ?? [],
    standingIn: (id) => byCwd.get(id) ?? [],
    isBelow: (process, pid) => {
      const seen = new Set<number>();
      for (let at: ProcessFact | undefined = process; at !== undefined; at = byPid.get(at.ppid)) {
        if (at.pid === pid) return true;
        if (seen.has(at.pid)) return false;
        seen.add(at.pid);
      }
      return false;
    },
  };
}

/** Adds a value that comes once, or several times in a row (one process, several descriptors). */
function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else if (list[list.length - 1] !== value) list.push(value);
}

/** Between fork and exec is no time at all, even on a busy machine, milliseconds. */
const JUST_FORKED = 5000;

/** A young child of a supervisor that has not yet become something else (between fork and exec) has its title. */
function isLauncher(process: ProcessFact, byPid: ReadonlyMap<number, ProcessFact>, now: number): boolean {
  const parent = byPid.get(process.ppid);
  if (parent === undefined || programOf(parent).name !== programOf(process).name) return false;
  if (process.started < now - JUST_FORKED) return false;
  return parent.argv.join('\0').slice(0, 100) === process.argv.join('\0').slice(0, 100);
}

function describe(snapshot: Snapshot, process: ProcessFact): Runsvdir {
  const args = runsvdirArguments(programOf(process).args);
  const directory =
    args.directory === null
      ? null
      : isAbsolute(args.directory)
        ? args.directory
        : process.cwd === null
          ? null
          : join(process.cwd, args.directory);
  const { serviceDir } = snapshot;
  const id = directory === null ? undefined : snapshot.paths[directory]?.to?.id;
  const ours =
    serviceDir.to === null
      ? directory !== null && normalize(directory) === normalize(snapshot.layout.serviceDir)
      : id === serviceDir.to.id;
  const stderr = process.fds.find((each) => each.fd === 2)?.target;
  return {
    process,
    args,
    directory,
    ours,
    ring:
      (args.log?.length ?? 0) >= SHORTEST_LOG &&
      (args.shared || stderr === undefined || stderr.startsWith('pipe:')),
  };
}

/** The fact about a path; a check asks only for paths that collect looks at, so a missing one counts as not there. */
export function pathOf(snapshot: Snapshot, ...parts: readonly string[]): PathFact {
  // Nearly every path comes as collect wrote it.
  const plain = snapshot.paths[parts.length === 1 ? (parts[0] as string) : parts.join('/')];
  if (plain !== undefined) return plain;
  const path = join(...parts);
  const known = snapshot.paths[path];
  if (known !== undefined) return known;
  const error = 'ENOENT';
  return {
    path,
    self: null,
    error,
    target: null,
    real: null,
    to: null,
    toError: error,
    can: { read: error, write: error, execute: error },
  };
}

/** Services that runsvdir is to run: linked, and asked for. */
export function linked(snapshot: Snapshot): readonly ServiceFact[] {
  return snapshot.services.filter((service) => service.links.length > 0);
}
