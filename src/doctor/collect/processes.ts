/** The processes: everybody's supervisors and this user's own processes, from /proc. Those that vanish are left out. */

import { programOf } from '../program.ts';
import type { FdFact, LockFact, ProcessDetail, ProcessFact } from '../snapshot.ts';
import { keptEnvironment, parseEnviron } from './environ.ts';
import type { World } from './world.ts';

/** Clock ticks a second in /proc: 100 on every Linux that Node runs on. */
const TICKS = 100;
const SUPERVISION = /^(runsvdir|runsv|svlogd)$/;

/** The fields of /proc/PID/stat; the name in parentheses may hold anything. */
export function parseStat(text: string): {
  comm: string;
  state: string;
  ppid: number;
  pgrp: number;
  session: number;
  tty: number;
  ticks: string;
} | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const fields = text.slice(close + 2).split(' ');
  return {
    comm: text.slice(open + 1, close),
    state: fields[0] ?? '?',
    ppid: Number(fields[1]),
    pgrp: Number(fields[2]),
    session: Number(fields[3]),
    tty: Number(fields[4]),
    ticks: fields[19] ?? '0',
  };
}

function bootTime(world: World): number {
  const match = /^btime (\d+)$/m.exec(world.probe.proc('/proc/stat') ?? '');
  return Number(match?.[1] ?? 0) * 1000;
}

/** Everything but descriptors and details. */
export function collectProcesses(world: World): ProcessFact[] {
  const { probe, identity } = world;
  const boot = bootTime(world);
  const pids = probe.list('/proc', Number.MAX_SAFE_INTEGER);
  if ('error' in pids) return [];
  const found: ProcessFact[] = [];
  for (const name of pids.names) {
    if (!/^[1-9]\d*$/.test(name)) continue;
    const folder = `/proc/${name}`;
    const owner = probe.lstat(folder);
    if ('error' in owner) continue;
    const stat = parseStat(probe.proc(`${folder}/stat`) ?? '');
    if (stat === null) continue;
    const argv = splitArguments(probe.proc(`${folder}/cmdline`) ?? '');
    const supervises = SUPERVISION.test(programOf({ argv, comm: stat.comm }).name);
    if (owner.uid !== identity.uid && !supervises) continue;
    const link = (entry: string): string | null => {
      const read = probe.readlink(`${folder}/${entry}`);
      return 'target' in read ? read.target : null;
    };
    const cwd = link('cwd');
    // stat of /proc/PID/cwd would enter the directory's file system, but not wait for it: the inode is in memory.
    const cwdInode = cwd === null ? null : probe.stat(`${folder}/cwd`);
    found.push({
      pid: Number(name),
      ppid: stat.ppid,
      pgrp: stat.pgrp,
      session: stat.session,
      tty: stat.tty,
      state: stat.state,
      uid: owner.uid,
      comm: stat.comm,
      argv,
      exe: link('exe'),
      cwd,
      cwdId: cwdInode === null || 'error' in cwdInode ? null : cwdInode.id,
      started: Math.round(boot + (Number(stat.ticks) / TICKS) * 1000),
      ticks: stat.ticks,
      fds: [],
      detail: null,
    });
  }
  return found;
}

function splitArguments(text: string): string[] {
  const argv = text.split('\0');
  if (argv[argv.length - 1] === '') argv.pop();
  // A title that was written over the arguments leaves zeros behind it.
  while (argv.length > 1 && argv[argv.length - 1] === '') argv.pop();
  return argv;
}

/** Descriptors 0 to 2, and those that lead to places that `matters` names. */
export function collectFds(
  world: World,
  process: ProcessFact,
  matters: (target: string) => boolean,
): readonly FdFact[] {
  const { probe } = world;
  const folder = `/proc/${process.pid}/fd`;
  const numbers = probe.list(folder, Number.MAX_SAFE_INTEGER);
  if ('error' in numbers) return [];
  const found: FdFact[] = [];
  for (const number of numbers.names) {
    const fd = Number(number);
    const read = probe.readlink(`${folder}/${number}`);
    if (!('target' in read)) continue;
    const matter = matters(read.target);
    if (fd > 2 && !matter) continue;
    let flags: number | null = null;
    if (matter && /\/(control|ok)$/.test(read.target)) {
      const text = probe.proc(`/proc/${process.pid}/fdinfo/${number}`);
      const match = /^flags:\s*([0-7]+)$/m.exec(text ?? '');
      flags = match === null ? null : Number.parseInt(match[1] as string, 8);
    }
    found.push({ fd, target: read.target, flags });
  }
  return found.sort((a, b) => a.fd - b.fd);
}

/** What there is to know of a process beside its line in the table, and who asks for it. */
export type Role =
  /** Its environment, limits, groups and signals are those of the services. */
  | 'supervisor'
  /** Which signals it knows, and what it waits for. */
  | 'daemon'
  /** What it waits for. */
  | 'logger';

/** Nothing is read that no check of this role asks for: there may be thousands of processes. */
export function collectDetail(
  world: World,
  pid: number,
  role: Role,
  environment: boolean,
): ProcessDetail | null {
  const { probe } = world;
  const status = role === 'logger' ? '' : probe.proc(`/proc/${pid}/status`);
  if (status === undefined) return null;
  const field = (name: string): string => {
    const start = status.indexOf(`\n${name}:`);
    if (start === -1) return '';
    const end = status.indexOf('\n', start + 1);
    return status.slice(start + name.length + 2, end === -1 ? undefined : end).trimStart();
  };
  const limits: Record<string, number | null> = {};
  if (role === 'supervisor') {
    for (const line of (probe.proc(`/proc/${pid}/limits`) ?? '').split('\n').slice(1)) {
      const match = /^(Max [a-z ]+?)\s{2,}(\S+)\s/.exec(line);
      if (match !== null) limits[match[1] as string] = match[2] === 'unlimited' ? null : Number(match[2]);
    }
  }
  const umask = role === 'supervisor' ? field('Umask') : '';
  const environ = environment ? probe.proc(`/proc/${pid}/environ`) : undefined;
  return {
    groups: field('Groups')
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
    ignored: field('SigIgn'),
    caught: field('SigCgt'),
    blocked: field('SigBlk'),
    environ: environ === undefined ? null : keptEnvironment(parseEnviron(environ)),
    limits,
    umask: umask === '' ? null : Number.parseInt(umask, 8),
    wchan: role === 'supervisor' ? null : (probe.proc(`/proc/${pid}/wchan`) ?? null),
  };
}

/**
 * Reading the process table takes a while, and meanwhile processes come, end, and change their parents. Those that are
 * below no supervisor are looked at again, so that nothing is called left over that was about to end, or whose parent
 * was not seen: what is gone goes, and who has another parent now has it.
 */
export function confirmOutside(world: World, processes: readonly ProcessFact[]): ProcessFact[] {
  const { probe, identity } = world;
  const byPid = new Map(processes.map((each) => [each.pid, each]));
  const supervised = new Map<number, boolean>();
  const isSupervised = (process: ProcessFact): boolean => {
    const known = supervised.get(process.pid);
    if (known !== undefined) return known;
    supervised.set(process.pid, false);
    const parent = byPid.get(process.ppid);
    const is = SUPERVISION.test(programOf(process).name) || (parent !== undefined && isSupervised(parent));
    supervised.set(process.pid, is);
    return is;
  };
  return processes.flatMap((process) => {
    // A second runsvdir --shared ends at once.
    const name = programOf(process).name;
    if (process.uid !== identity.uid || (isSupervised(process) && name !== 'runsvdir')) return [process];
    const stat = parseStat(probe.proc(`/proc/${process.pid}/stat`) ?? '');
    if (stat === null || stat.ticks !== process.ticks) return [];
    if (stat.ppid > 1 && !byPid.has(stat.ppid)) {
      // A parent of one's own that is in no list has come too late for it: what it is below is not known.
      const parent = probe.lstat(`/proc/${stat.ppid}`);
      if ('error' in parent || parent.uid === identity.uid) return [];
    }
    return [stat.ppid === process.ppid ? process : { ...process, ppid: stat.ppid, state: stat.state }];
  });
}

/** /proc/locks: `1: FLOCK  ADVISORY  WRITE 26 fe:00:2392233 0 EOF`, waiting ones with `->`. */
export function parseLocks(text: string): LockFact[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\d+: (-> )?(?:FLOCK|POSIX|OFDLCK)\s+\S+\s+\S+\s+(-?\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(
      line,
    );
    if (match === null) return [];
    return [{ pid: Number(match[2]), inode: match[3] as string, waiting: match[1] !== undefined }];
  });
}
