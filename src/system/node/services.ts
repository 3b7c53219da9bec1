/**
 * Reads what status, logs, top and notify judge: a few small files for each service, without waiting for anything.
 *
 * All of it is synchronous on one buffer: for hundreds of services that is several times faster than promises.
 */
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Ending } from '../../everyday/crash-loop.ts';
import {
  differences,
  mergeVariables,
  parseEnvFile,
  parseEnviron,
  readsEnvFiles,
  type Variables,
} from '../../everyday/env-files.ts';
import { readLogFolders } from '../../everyday/log-folder.ts';
import type { LogFacts, ServiceFacts, SlotFacts } from '../../everyday/service-facts.ts';
import { parseStamp } from '../../everyday/stamps.ts';
import { type Layout, type LayoutPlaces, logFolder, sharedEnvFolder } from '../../layout/layout.ts';
import { parseHistory } from '../../supervisor/core/history.ts';
import { decodeStatus } from '../../supervisor/core/status.ts';
import { millisecondsOf } from '../../supervisor/core/tai.ts';

const buffer = Buffer.allocUnsafe(64 * 1024);

/** The first 64 KiB of a file as a view of the shared buffer (gone at the next read), with its mtime; null: unreadable. */
function readBytes(path: string, wantTime = false): { bytes: Buffer; changed: number } | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const changed = wantTime ? fstatSync(fd).mtimeMs : 0;
    let length = 0;
    for (;;) {
      const count = readSync(fd, buffer, length, buffer.length - length, null);
      length += count;
      // A short read is the end: these are regular files (and /proc, which gives a page at a time).
      if (count === 0 || length === buffer.length || (length < 4096 && !path.startsWith('/proc/'))) break;
    }
    return { bytes: buffer.subarray(0, length), changed };
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

/** A small file's text, or null. */
export function readText(path: string): string | null {
  const read = readBytes(path);
  return read === null ? null : read.bytes.toString('utf8');
}

/** True when somebody (runsv) reads the FIFO `ok` of that supervise directory. */
export function isSupervised(supervise: string): boolean {
  let fd: number;
  try {
    fd = openSync(`${supervise}/ok`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // ENXIO: a FIFO that nobody reads. ENOENT: never started. EACCES: not ours to ask.
    return false;
  }
  try {
    return fstatSync(fd).isFIFO();
  } finally {
    closeSync(fd);
  }
}

/** supervise/status, or null when there is none of 20 bytes. */
export function readSlot(supervise: string): SlotFacts | null {
  const read = readBytes(`${supervise}/status`, true);
  const status = read === null ? undefined : decodeStatus(read.bytes);
  if (read === null || status === undefined) return null;
  return {
    state: status.state === 'unknown' ? 'down' : status.state,
    since: millisecondsOf(status.since),
    changed: read.changed,
    pid: status.pid === 0 ? null : status.pid,
    paused: status.paused,
    want: status.want,
    gotTerm: status.gotTerm,
  };
}

/** The endings of `run` in a supervise directory's history, the oldest first. */
export function readEndings(supervise: string): Ending[] {
  const text = readText(`${supervise}/history`);
  if (text === null) return [];
  return parseHistory(text)
    .filter((ending) => ending.program === 'run')
    .map((ending) => ({
      at: millisecondsOf(ending.at),
      startedAt: millisecondsOf(ending.at) - ending.lifetime * 1000,
      code: ending.by === 'exit' ? ending.code : null,
      signal: ending.by === 'signal' ? ending.code : null,
      asked: ending.asked,
    }));
}

const TAIL = 1024;

/** The last line of a log file without its stamp; `at` from the stamp, else from the file's mtime. */
export function readLastLine(file: string): LogFacts['last'] {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const { size, mtimeMs } = fstatSync(fd);
    if (size === 0) return null;
    const start = Math.max(0, size - TAIL);
    const length = readSync(fd, buffer, 0, TAIL, start);
    let end = length;
    while (end > 0 && buffer[end - 1] === 10) end -= 1;
    const newline = end === 0 ? -1 : buffer.lastIndexOf(10, end - 1);
    const line = buffer.toString('utf8', newline + 1, end);
    const stamp = newline === -1 && start > 0 ? null : parseStamp(line);
    return stamp === null
      ? { text: line, at: mtimeMs }
      : { text: line.slice(stamp.length), at: stamp.time / 1000 };
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

/** What a running process was started with; null when it is gone, is not ours to see, or has no arguments (a zombie). */
export function readCommand(pid: number): string[] | null {
  const text = readText(`/proc/${pid}/cmdline`);
  if (text === null || text === '') return null;
  return text.replace(/\0+$/, '').split('\0');
}

/** An envdir: every file whose name can be a variable's. A folder that is not there is empty. */
export function readEnvFolder(folder: string): Variables {
  const found = new Map<string, string | null>();
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return found;
  }
  for (const name of names.sort()) {
    if (name.startsWith('.') || name.includes('=')) continue;
    const text = readText(join(folder, name));
    if (text !== null) found.set(name, parseEnvFile(text));
  }
  return found;
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Where a service's svlogd writes, absolute: as its log/run says, else as the layout has it; the first that is there. */
export function findLogFolder(
  layout: Layout,
  name: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const text = readText(`${folder}/log/run`);
  const named = text === null ? [] : readLogFolders(text, `${folder}/log`, env);
  return named[0] ?? logFolder(layout, name);
}

/** One entry: a link (or directory) in the service directory, or a directory among all services that has none. */
export interface ServiceEntry {
  readonly name: string;
  readonly enabled: boolean;
  readonly installed: boolean;
  /** As it is reached: in the service directory when it is enabled, else among all services. */
  readonly path: string;
  /** Name of its directory among all services, when it is one of them: a link may have another name. */
  readonly home: string | null;
}

/** Every service there is, by name. Names with a leading dot are none, as for runsvdir. */
export function listServices(layout: Layout): ServiceEntry[] {
  const all = new Set(
    readNames(layout.serviceAll).filter(
      (name) => !name.startsWith('.') && statOf(join(layout.serviceAll, name))?.isDirectory() === true,
    ),
  );
  const linked = new Set<string>();
  const entries: ServiceEntry[] = [];
  for (const name of readNames(layout.serviceDir)) {
    if (name.startsWith('.')) continue;
    const path = join(layout.serviceDir, name);
    let target: string | null = null;
    try {
      target = resolve(layout.serviceDir, readlinkSync(path));
    } catch {
      // No link: a directory of its own (counted) or a plain file (which runsvdir passes over).
      if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
    }
    const home = target !== null && dirname(target) === layout.serviceAll ? basename(target) : null;
    if (home !== null) linked.add(home);
    entries.push({ name, enabled: true, installed: home !== null && all.has(home), path, home });
  }
  const taken = new Set(entries.map((entry) => entry.name));
  for (const name of all) {
    if (linked.has(name) || taken.has(name)) continue;
    entries.push({
      name,
      enabled: false,
      installed: true,
      path: join(layout.serviceAll, name),
      home: name,
    });
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

export interface Look {
  readonly layout: Layout;
  readonly places: LayoutPlaces;
  /** What all services share; read once (`readEnvFolder(sharedEnvFolder(places))`). */
  readonly sharedEnv: Variables;
}

export function startLook(layout: Layout, places: LayoutPlaces): Look {
  return { layout, places, sharedEnv: readEnvFolder(sharedEnvFolder(places)) };
}

function runState(path: string): { run: ServiceFacts['run']; changed: number } {
  const stats = statOf(path);
  if (stats === undefined) return { run: 'missing', changed: 0 };
  if (stats.isDirectory()) return { run: 'directory', changed: 0 };
  try {
    accessSync(path, constants.X_OK);
    return { run: 'executable', changed: stats.mtimeMs };
  } catch {
    return { run: 'not executable', changed: stats.mtimeMs };
  }
}

/** A start is stamped by the kernel's fine clock, a file by its coarse one, which lags by up to 10 ms. */
const CLOCK_GRAIN = 20;

/** Reads one service. Nothing is cached between calls. */
export function readService(look: Look, entry: ServiceEntry): ServiceFacts {
  const { layout, places } = look;
  const { name, path, enabled, installed } = entry;
  const names = new Set(readNames(path));
  const missing = names.size === 0 && statOf(path)?.isDirectory() !== true;
  if (missing) {
    let target: string = path;
    try {
      target = resolve(dirname(path), readlinkSync(path));
    } catch {
      // Not a link: it went between the listing and now.
    }
    return {
      name,
      enabled,
      installed,
      folder: null,
      dangling: target,
      supervised: false,
      slot: null,
      normallyDown: false,
      log: null,
      command: null,
      endings: [],
      sampled: null,
      run: 'missing',
      editedSinceStart: false,
      env: [],
    };
  }
  const supervise = `${path}/supervise`;
  const supervised = names.has('supervise') && isSupervised(supervise);
  const slot = supervised ? readSlot(supervise) : null;
  const running = slot !== null && slot.state === 'run' ? slot.pid : null;
  const { run, changed } = names.has('run')
    ? runState(`${path}/run`)
    : { run: 'missing' as const, changed: 0 };

  let log: LogFacts | null = null;
  if (names.has('log') && statOf(`${path}/log`)?.isDirectory() === true) {
    const logSupervised = supervised && isSupervised(`${path}/log/supervise`);
    const folder = findLogFolder(layout, entry.home ?? name, path, places.env);
    log = {
      supervised: logSupervised,
      slot: logSupervised ? readSlot(`${path}/log/supervise`) : null,
      folder,
      last: readLastLine(`${folder}/current`),
    };
  }
  const command = running === null ? null : readCommand(running);
  return {
    name,
    enabled,
    installed,
    folder: path,
    dangling: null,
    supervised,
    slot,
    normallyDown: names.has('down'),
    log,
    command,
    endings: supervised ? readEndings(supervise) : [],
    sampled: null,
    run,
    editedSinceStart:
      running !== null && run !== 'missing' && slot !== null && changed > slot.since + CLOCK_GRAIN,
    env: running === null ? [] : readDifferences(look, path, names.has('env'), running, command ?? []),
  };
}

/** Where the running process has other values than the files that its run script reads. */
function readDifferences(
  look: Look,
  path: string,
  hasOwn: boolean,
  pid: number,
  command: readonly string[],
): ServiceFacts['env'] {
  if (look.sharedEnv.size === 0 && !hasOwn) return [];
  // A shell that is still in its script exports to what it starts; /proc shows what it was started with itself.
  if (command.slice(0, 2).includes('./run')) return [];
  const own = hasOwn ? readEnvFolder(`${path}/env`) : new Map<string, string | null>();
  const environ = readText(`/proc/${pid}/environ`);
  // A process that wrote over its environment (or is just being started) shows none: then nothing is known.
  if (environ === null || environ === '') return [];
  const found = differences(mergeVariables(look.sharedEnv, own), parseEnviron(environ));
  if (found.length === 0 || readsEnvFiles(readText(`${path}/run`) ?? '')) return found;
  return found.filter(({ name }) => own.has(name));
}
