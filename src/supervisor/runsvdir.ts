/**
 * runsvdir: one runsv for each service of a directory. This is the classic mode, turn by turn as C's: look for ended
 * children, look at the directory when a second has passed since the last look, show the log, wait for a message, a
 * signal or the next look. `shared/` is the other mode.
 *
 * Nothing in this process changes its working directory: children are started in the service directory.
 */
import { closeSync, constants, openSync, statSync, writeFileSync } from 'node:fs';
import { errorCode, fatalMessage, type SystemError, warningMessage } from './core/messages.ts';
import {
  DOT_EVERY,
  decideScan,
  parseRunsvdirOptions,
  QUICK_LOOK,
  type RunsvdirOptions,
  SLOW_LOOK,
  TIME_WARP,
} from './core/scan.ts';
import { formatTai64n, millisecondsOf } from './core/tai.ts';
import { argumentsAsBytes, environmentVariable } from './native/arguments.ts';
import { monotonicClock } from './native/clock.ts';
import { inheritance } from './native/inherit.ts';
import { writeAll } from './native/output.ts';
import { ignoreSignal, signalsOfMask } from './native/signals.ts';
import { type Common, spawnChild } from './native/spawn.ts';
import { setTitle } from './native/title.ts';
import { reapOne, sendSignal } from './native/wait.ts';
import { readWallClock } from './native/wallclock.ts';
import { openProctitleLog, type ProctitleLog } from './proctitle-log.ts';
import { bytes, listServices } from './service-listing.ts';

const O_PATH = 0o10000000;
const EAGAIN = 11;
const ENOMEM = 12;
const SIGHUP = 1;
const SIGALRM = 14;
const SIGTERM = 15;
/** Signals that runsvdir catches itself; its children start with their default. */
const CAUGHT = (1n << BigInt(SIGHUP - 1)) | (1n << BigInt(SIGALRM - 1)) | (1n << BigInt(SIGTERM - 1));
/** pathexec's path when there is none. */
const DEFAULT_PATH = '/bin:/usr/bin';

/** What both modes have: the words, the log, what children are given. */
export interface Ground {
  readonly options: RunsvdirOptions;
  readonly common: Common;
  /** Signals that were blocked when it was started. */
  readonly blocked: bigint;
  readonly log: ProctitleLog | undefined;
  say(message: string): void;
  warn(what: string, error?: SystemError): void;
}

/** Reads the command line; exits when the usage is wrong. */
export function readOptions(): RunsvdirOptions {
  inheritance();
  const options = parseRunsvdirOptions(argumentsAsBytes().slice(1));
  if (options !== undefined) return options;
  writeAll(2, 'usage: runsvdir [-P] dir\n\n');
  process.exit(1);
}

/**
 * Sets up stderr, title and signals. `wake` is called when there is something in the log, `write` with each message for
 * descriptor 2.
 */
export function prepare(
  options: RunsvdirOptions,
  wake: () => void,
  write: (descriptor: number, text: string) => void = writeAll,
): Ground {
  const inherited = inheritance();
  const { directory, sessions } = options;
  const who = `runsvdir ${directory}`;
  const args = ['runsvdir', ...(sessions ? ['-P'] : []), directory];
  if (options.log !== undefined) args.push(options.log);
  const title = setTitle('runsvdir', args);
  const say = (message: string) => write(2, `${message}\n`);
  const warn = (what: string, error?: SystemError) => say(warningMessage(who, what, error));
  let log: ProctitleLog | undefined;
  if (options.log !== undefined) {
    const opened = openProctitleLog(args, title, wake);
    if ('problem' in opened) {
      warn(opened.problem);
      warn('log service disabled.');
    } else log = opened;
  }
  try {
    closeSync(openSync('.', constants.O_RDONLY));
  } catch (error) {
    say(fatalMessage(who, 'unable to open current directory', errorCode(error)));
    process.exit(100);
  }
  const keepIgnored = inherited.ignored & ~CAUGHT;
  for (const signal of signalsOfMask(keepIgnored)) ignoreSignal(signal);
  const common: Common = {
    environment: inherited.environment,
    keepIgnored,
    descriptors: inherited.descriptors,
    openFiles: inherited.openFiles,
  };
  return { options, common, blocked: inherited.blocked, log, say, warn };
}

/** Waits that signals end early. */
class Waits {
  #end: (() => void) | undefined;
  #pending = false;

  /** Ends the wait that is going on, or the next one at once. */
  wake = (): void => {
    if (this.#end === undefined) this.#pending = true;
    else this.#end();
  };

  for(milliseconds: number): Promise<void> {
    if (this.#pending) {
      this.#pending = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end?.(), milliseconds);
      this.#end = () => {
        clearTimeout(timer);
        this.#end = undefined;
        resolve();
      };
    });
  }
}

/** The classic mode; never returns but by ending the process. */
export async function runClassic(ground: Ground, waits: Waits): Promise<never> {
  const { options, log, warn } = ground;
  const { directory } = options;
  /** Services in the order in which they came, with the pid of their runsv, 0 without one. */
  const services = new Map<string, number>();
  let exitSoon: 'term' | 'hup' | undefined;
  let forced = false;
  const on = (signal: NodeJS.Signals, then: () => void) =>
    process.on(signal, () => {
      then();
      waits.wake();
    });
  on('SIGTERM', () => {
    exitSoon = 'term';
  });
  on('SIGHUP', () => {
    exitSoon = 'hup';
  });
  on('SIGALRM', () => {
    forced = true;
  });

  let check = true;
  let seen = '';
  let nextLook = wallSeconds();
  let lastDot = nextLook - DOT_EVERY;
  for (;;) {
    for (let ended = reapOne(); ended !== undefined; ended = reapOne()) {
      for (const [id, pid] of services) {
        if (pid !== ended.pid) continue;
        services.set(id, 0);
        check = true;
      }
    }
    let now = wallSeconds();
    if (Math.floor(now) < Math.floor(nextLook) - TIME_WARP) {
      warn('time warp: resetting time stamp.');
      now = wallSeconds();
      nextLook = now;
      lastDot = now - DOT_EVERY;
    }
    if (now >= nextLook && exitSoon === undefined) {
      nextLook = now + 1;
      await look(now);
    }
    if (log !== undefined && now >= lastDot + DOT_EVERY) {
      log.dot();
      lastDot = now;
    }
    if (exitSoon === undefined) await waits.for((check ? QUICK_LOOK : SLOW_LOOK) * 1000 + 20);
    log?.drain();
    if (exitSoon === 'term') process.exit(0);
    if (exitSoon === 'hup') {
      for (const pid of services.values()) if (pid !== 0) sendSignal(pid, SIGTERM);
      process.exit(111);
    }
  }

  /** Looks whether the directory changed, and scans it if so. */
  async function look(now: number): Promise<void> {
    let stat: ReturnType<typeof statDirectory>;
    try {
      stat = statDirectory(directory);
    } catch (error) {
      warn(`unable to stat ${directory}`, errorCode(error));
      return;
    }
    if (!check && !forced && stat.key === seen) return;
    // C goes into it here: what follows is about this directory, wherever its path leads by then.
    let folder: number;
    try {
      folder = enter(directory);
    } catch (error) {
      warn(`unable to change directory to ${directory}`, errorCode(error));
      return;
    }
    seen = stat.key;
    check = false;
    try {
      // An entry that comes later in the second that is now over could not be told by the time of modification.
      if (!forced && Math.floor(now) <= stat.modified) await sleep(1000);
      if (exitSoon !== undefined) return;
      const path = `/proc/self/fd/${folder}`;
      scan(folder, path);
      if (forced) {
        forced = false;
        noteForcedScan(path, warn);
      }
    } finally {
      closeSync(folder);
    }
  }

  /** As C's sleep(3): a signal that means something to runsvdir ends it, a message in the log does not. */
  async function sleep(milliseconds: number): Promise<void> {
    const end = monotonicClock() + milliseconds;
    while (exitSoon === undefined && !forced && monotonicClock() < end) {
      await waits.for(Math.ceil(end - monotonicClock()));
      log?.drain();
    }
  }

  function scan(folder: number, path: string): void {
    const listed = listServices(directory, warn, path);
    if (listed === undefined) return;
    const known = [...services].map(([id, pid]) => ({ id, running: pid !== 0 }));
    const decision = decideScan(known, listed.listing, listed.complete);
    for (const name of decision.refused) warn(`unable to start runsv ${name}: too many services.`);
    for (const { listed: service } of decision.start)
      services.set(service.id, startRunsv(service.name, folder));
    for (const id of decision.stop) {
      const pid = services.get(id);
      if (pid !== undefined && pid !== 0) sendSignal(pid, SIGTERM);
      services.delete(id);
    }
    if (decision.lookAgain) check = true;
  }

  /** The pid of a new runsv, or 0. */
  function startRunsv(name: string, folder: number): number {
    const started = startOnPath(ground, ['runsv', name], folder);
    if ('pid' in started) return started.pid;
    if (started.errno === EAGAIN || started.errno === ENOMEM) {
      warn(`unable to fork for ${name}`, started.errno);
    } else {
      // In C it is the child that says so and dies, which runsvdir notices at its next turn.
      ground.say(fatalMessage(`runsvdir ${directory}`, `unable to start runsv ${name}`, started.errno));
      check = true;
    }
    return 0;
  }
}

/** The directory held open as if this process had gone into it; throws as chdir(2) fails. */
function enter(directory: string): number {
  const folder = openSync(bytes(directory), O_PATH | constants.O_DIRECTORY);
  try {
    statSync(`/proc/self/fd/${folder}/.`);
    return folder;
  } catch (error) {
    closeSync(folder);
    throw error;
  }
}

/** Starts a program as djb's pathexec_run finds it. */
function startOnPath(
  ground: Ground,
  argv: readonly [string, ...string[]],
  folder: number,
): { readonly pid: number } | { readonly errno: number } {
  let failure = 2; // ENOENT
  for (const place of (environmentVariable('PATH') ?? DEFAULT_PATH).split(':')) {
    const started = spawnChild(ground.common, {
      file: `${place || '.'}/${argv[0]}`,
      argv,
      directory: folder,
      blocked: ground.blocked,
      session: ground.options.sessions,
    });
    if ('pid' in started) return started;
    const { errno } = started;
    if (errno === 2) continue;
    failure = errno;
    // EACCES, EPERM, EISDIR: there may be another one further on.
    if (errno !== 13 && errno !== 1 && errno !== 21) break;
  }
  return { errno: failure };
}

/** Seconds since the epoch, with fractions. */
function wallSeconds(): number {
  return millisecondsOf(readWallClock()) / 1000;
}

export function statDirectory(directory: string): { readonly key: string; readonly modified: number } {
  const stat = statSync(bytes(directory), { bigint: true });
  const modified = Number(stat.mtimeNs / 1_000_000_000n);
  return { key: `${stat.dev}:${stat.ino}:${modified}`, modified };
}

/** Debian's runsvdir leaves a note of the last scan that SIGALRM asked for. */
export function noteForcedScan(directory: string, warn: Ground['warn']): void {
  const label = formatTai64n(readWallClock());
  try {
    writeFileSync(bytes(`${directory}/.forced-rescan`), label, { mode: 0o644 });
  } catch (error) {
    const what = (error as NodeJS.ErrnoException).syscall === 'open' ? 'open' : 'write';
    warn(`failed to ${what}./.forced-rescan${label}`);
  }
}

export { Waits };
