/**
 * Reads what status, logs, top and notify judge: a few small files for each service, without waiting for anything.
 *
 * All of it is synchronous on one buffer: for hundreds of services that is several times faster than promises.
 */
import {
  accessSync,
  closeSync,
  constants,
  type Dirent,
  existsSync,
  fstatSync,
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
import { type Layout, type LayoutPlaces, logFolder, sharedEnvFolder } from '../../layout/layout.ts';
import { parseHistory } from '../../supervisor/core/history.ts';
import { parseStamp } from '../../supervisor/core/read-stamp.ts';
import { decodeStatus, STATUS_BYTES } from '../../supervisor/core/status.ts';
import { millisecondsOf } from '../../supervisor/core/tai.ts';

const buffer = Buffer.allocUnsafe(64 * 1024);
/** The part of the buffer that a status file fills; made once, since a view costs more than the read. */
const statusBytes = buffer.subarray(0, STATUS_BYTES);

/** Opens for reading and never waits (for the writer of a FIFO); -1: it cannot be opened. */
function openToRead(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return -1;
  }
}

/** A small file's first 64 KiB as text, or null. */
export function readText(path: string): string | null {
  const fd = openToRead(path);
  if (fd === -1) return null;
  try {
    let length = 0;
    for (;;) {
      const count = readSync(fd, buffer, length, buffer.length - length, null);
      length += count;
      // A short read is the end: of regular files, and of a process's cmdline and environ.
      if (count < 4096 || length === buffer.length) break;
    }
    return buffer.toString('utf8', 0, length);
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
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
  const fd = openToRead(`${supervise}/status`);
  if (fd === -1) return null;
  try {
    if (readSync(fd, buffer, 0, STATUS_BYTES, 0) < STATUS_BYTES) return null;
    const status = decodeStatus(statusBytes);
    if (status === undefined) return null;
    const since = millisecondsOf(status.since);
    return {
      state: status.state === 'unknown' ? 'down' : status.state,
      since,
      // Only a pause or a TERM is noted without a new `since`.
      changed: status.paused || status.gotTerm ? fstatSync(fd).mtimeMs : since,
      pid: status.pid === 0 ? null : status.pid,
      // The byte outlives the process that was paused; sv, too, speaks of it only while there is one.
      paused: status.paused && status.pid !== 0,
      want: status.want,
      gotTerm: status.gotTerm,
    };
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

/**
 * Whether somebody reads `ok`, and what status says then. A plain file could be opened, too: what it is is asked only
 * where nothing else speaks for the status, which names a process that lives. Asking costs as much as all the rest.
 */
function readSupervised(
  supervise: string,
  lives: (pid: number) => boolean,
): { supervised: boolean; slot: SlotFacts | null } {
  let fd: number;
  try {
    fd = openSync(`${supervise}/ok`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return { supervised: false, slot: null };
  }
  try {
    const slot = readSlot(supervise);
    const proved = slot !== null && slot.state === 'run' && slot.pid !== null && lives(slot.pid);
    return proved || fstatSync(fd).isFIFO() ? { supervised: true, slot } : { supervised: false, slot: null };
  } finally {
    closeSync(fd);
  }
}

/** The endings of `run` in a supervise directory's history, the oldest first. */
export function readEndings(supervise: string): Ending[] {
  const path = `${supervise}/history`;
  // Most services never end: asking is cheaper than failing to open.
  const text = existsSync(path) ? readText(path) : null;
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
/** A log that is shorter is read whole, without asking for its size first. */
const SHORT_LOG = 4096;

/** The last line of a log file without its stamp; `at` from the stamp, else from the file's mtime. */
export function readLastLine(file: string): LogFacts['last'] {
  const fd = openToRead(file);
  if (fd === -1) return null;
  try {
    let start = 0;
    let length = readSync(fd, buffer, 0, SHORT_LOG, 0);
    if (length === SHORT_LOG) {
      start = Math.max(0, fstatSync(fd).size - TAIL);
      length = readSync(fd, buffer, 0, TAIL, start);
    }
    if (length === 0) return null;
    let end = length;
    while (end > 0 && buffer[end - 1] === 10) end -= 1;
    const newline = end === 0 ? -1 : buffer.lastIndexOf(10, end - 1);
    const line = buffer.toString('utf8', newline + 1, end);
    const stamp = newline === -1 && start > 0 ? null : parseStamp(line);
    return stamp === null
      ? { text: line, at: fstatSync(fd).mtimeMs }
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

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Where the logger whose log/run has this text (in the directory `log`) writes, absolute; else as the layout has it. */
function logFolderOf(
  layout: Layout,
  name: string,
  log: string,
  text: string | null,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const named = text === null ? [] : readLogFolders(text, log, env);
  return named[0] ?? logFolder(layout, name);
}

/** Where a service's svlogd writes, absolute: as its log/run says, else as the layout has it; the first that is there. */
export function findLogFolder(
  layout: Layout,
  name: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  return logFolderOf(layout, name, `${folder}/log`, readText(`${folder}/log/run`), env);
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

function readEntries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

/** The name of the directory among all services (`all` ends with a slash) that a link in the service directory means. */
function homeOf(target: string, all: string, layout: Layout): string | null {
  const rest = target.startsWith(all) ? target.slice(all.length) : '';
  if (rest !== '' && rest !== '.' && rest !== '..' && !rest.includes('/')) return rest;
  const path = resolve(layout.serviceDir, target);
  return dirname(path) === layout.serviceAll ? basename(path) : null;
}

/** Every service there is, by name. Names with a leading dot are none, as for runsvdir. */
export function listServices(layout: Layout): ServiceEntry[] {
  const allFolder = join(layout.serviceAll, '/');
  const linkFolder = join(layout.serviceDir, '/');
  const all = new Set<string>();
  for (const entry of readEntries(layout.serviceAll)) {
    const { name } = entry;
    if (entry.isDirectory() || (entry.isSymbolicLink() && statOf(allFolder + name)?.isDirectory() === true)) {
      all.add(name);
    }
  }
  const linked = new Set<string>();
  const taken = new Set<string>();
  const entries: ServiceEntry[] = [];
  for (const entry of readEntries(layout.serviceDir)) {
    const { name } = entry;
    const path = linkFolder + name;
    let home: string | null = null;
    if (entry.isSymbolicLink()) {
      try {
        home = homeOf(readlinkSync(path), allFolder, layout);
      } catch {
        // It went a moment ago.
        continue;
      }
    } else if (!entry.isDirectory()) {
      // runsvdir passes over plain files; a directory of its own counts.
      continue;
    }
    if (home !== null) linked.add(home);
    taken.add(name);
    entries.push({ name, enabled: true, installed: home !== null && all.has(home), path, home });
  }
  for (const name of all) {
    if (linked.has(name) || taken.has(name)) continue;
    entries.push({ name, enabled: false, installed: true, path: allFolder + name, home: name });
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

export interface Look {
  readonly layout: Layout;
  readonly places: LayoutPlaces;
  /** What all services share; read once (`readEnvFolder(sharedEnvFolder(places))`). */
  readonly sharedEnv: Variables;
  /** Whether a process lives, asked once in a look: many logs may have one logger. */
  readonly lives: (pid: number) => boolean;
}

function createLives(): Look['lives'] {
  const known = new Map<number, boolean>();
  return (pid) => {
    let lives = known.get(pid);
    if (lives === undefined) {
      try {
        lives = process.kill(pid, 0);
      } catch (error) {
        lives = (error as NodeJS.ErrnoException).code === 'EPERM';
      }
      known.set(pid, lives);
    }
    return lives;
  };
}

export function startLook(layout: Layout, places: LayoutPlaces): Look {
  return { layout, places, sharedEnv: readEnvFolder(sharedEnvFolder(places)), lives: createLives() };
}

/** `run` and when it was changed. What runs already was executable then: its bits say whether it still is. */
function runState(path: string, running: boolean): { run: ServiceFacts['run']; changed: number } {
  const stats = statOf(path);
  if (stats === undefined) return { run: 'missing', changed: 0 };
  if (stats.isDirectory()) return { run: 'directory', changed: 0 };
  if (running && (stats.mode & 0o111) === 0o111) return { run: 'executable', changed: stats.mtimeMs };
  try {
    accessSync(path, constants.X_OK);
    return { run: 'executable', changed: stats.mtimeMs };
  } catch {
    return { run: 'not executable', changed: stats.mtimeMs };
  }
}

/** A start is stamped by the kernel's fine clock, a file by its coarse one, which lags by up to 10 ms. */
const CLOCK_GRAIN = 20;

/** What is known of a link that leads nowhere, or of a directory that went between the listing and now. */
function danglingService({ name, enabled, installed, path }: ServiceEntry): ServiceFacts {
  let target: string = path;
  try {
    target = resolve(dirname(path), readlinkSync(path));
  } catch {
    // Not a link.
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

const NOT_SUPERVISED = { supervised: false, slot: null };

function readLog(look: Look, entry: ServiceEntry, supervised: boolean): LogFacts | null {
  const folder = `${entry.path}/log`;
  const script = existsSync(`${folder}/run`) ? readText(`${folder}/run`) : null;
  if (script === null && statOf(folder)?.isDirectory() !== true) return null;
  const log = supervised ? readSupervised(`${folder}/supervise`, look.lives) : NOT_SUPERVISED;
  const written = logFolderOf(look.layout, entry.home ?? entry.name, folder, script, look.places.env);
  return {
    ...log,
    folder: written,
    last: readLastLine(`${written}/current`),
  };
}

/** Reads one service. Nothing is cached between calls. */
export function readService(look: Look, entry: ServiceEntry): ServiceFacts {
  const { name, path, enabled, installed } = entry;
  const supervise = `${path}/supervise`;
  let command: string[] | null = null;
  const { supervised, slot } = readSupervised(supervise, (pid) => {
    command = readCommand(pid);
    return command !== null;
  });
  const running = slot !== null && slot.state === 'run' ? slot.pid : null;
  const { run, changed } = runState(`${path}/run`, running !== null);
  if (run === 'missing' && !supervised && statOf(path)?.isDirectory() !== true) return danglingService(entry);
  return {
    name,
    enabled,
    installed,
    folder: path,
    dangling: null,
    supervised,
    slot,
    normallyDown: existsSync(`${path}/down`),
    log: readLog(look, entry, supervised),
    command,
    endings: supervised ? readEndings(supervise) : [],
    sampled: null,
    run,
    editedSinceStart:
      running !== null && run !== 'missing' && slot !== null && changed > slot.since + CLOCK_GRAIN,
    env: running === null ? [] : readDifferences(look, path, running, command ?? []),
  };
}

/** Where the running process has other values than the files that its run script reads. */
function readDifferences(
  look: Look,
  path: string,
  pid: number,
  command: readonly string[],
): ServiceFacts['env'] {
  const hasOwn = existsSync(`${path}/env`);
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
