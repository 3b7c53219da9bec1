/**
 * runsvdir --shared: all services of a directory in one process. What each service does is runsv's (service.ts), what
 * each log does is svlogd's (svlogd/host.ts, one thread for all); this is the life around them: looking at the
 * directory when the kernel says that it changed and, as a net, every five seconds; signals; limits.
 *
 * Nothing here waits. What could (a disk, a lock, a program) is in a process or thread of its own.
 */
import { type FSWatcher, readdirSync, realpathSync, statSync, watch } from 'node:fs';
import { Children } from '../children.ts';
import { errorCode } from '../core/messages.ts';
import { DOT_EVERY, decideScan, type Known, QUICK_LOOK, type ScanDecision, SLOW_LOOK } from '../core/scan.ts';
import { environmentVariable } from '../native/arguments.ts';
import { Garbage } from '../native/garbage.ts';
import { type Ground, noteForcedScan } from '../runsvdir.ts';
import { bytes, identityOf, type Listing, listServices } from '../service-listing.ts';
import { LoggerHost } from '../svlogd/host.ts';
import { spawnProcessor } from '../svlogd/processor.ts';
import { DESCRIPTORS_EACH, HostedService, type Pool } from './hosted-service.ts';
import { bootName } from './process-identity.ts';
import { type Entry, Roster } from './roster.ts';

/** Descriptors that the process itself has need of. */
const DESCRIPTORS_OWN = 64;

/** Milliseconds after the kernel's word until the directory is read: changes come in swarms. */
const SETTLE = 2;
/** Between two readings of the directory there are so many times as many milliseconds as the first one took. */
const REST = 3;
/** Milliseconds. Longer than that no reading is put off. */
const LONGEST_REST = 50;
/** Milliseconds for which services are begun before the others have their turn. */
const SLICE = 20;
/** So many are entered in the roster at once. */
const TOGETHER = 4;
/** A directory that was just made may get its run in a moment; so often and so many milliseconds it is waited for. */
const UNFINISHED_LOOKS = 10;
const UNFINISHED_PAUSE = 100;
/** Milliseconds for which TERM waits at most until the logs are closed. */
const LONGEST_CLOSING = 2000;

export interface SharedOptions {
  /** Path of dist/logger-worker.cjs. */
  readonly workerFile: string;
  /** Descriptors that this process may have open. */
  readonly descriptors: number;
  exit(code: number): void;
}

export class SharedSupervisor {
  readonly #ground: Ground;
  readonly #options: SharedOptions;
  readonly #pool: Pool;
  readonly #loggers: LoggerHost;
  readonly #services = new Map<string, HostedService>();
  /** Services that are on their way out: they are not in the directory any more. */
  readonly #leaving = new Set<HostedService>();
  readonly #unfinished = new Map<string, NodeJS.Timeout>();
  /** Services that were found and are yet to be begun, by id, in the order in which they were found. */
  readonly #waiting = new Map<string, { readonly name: string; readonly mayBeUnfinished: boolean }>();
  readonly #garbage = new Garbage();
  readonly #roster: Roster;
  #watcher: FSWatcher | undefined;
  #watched = '';
  #seen = '';
  #soon: NodeJS.Timeout | undefined;
  #slow: NodeJS.Timeout | undefined;
  #notBefore = 0;
  #forced = false;
  #ending = false;
  #lastDot = 0;
  #toldLimit = false;
  #again: NodeJS.Timeout | undefined;
  #againAt = 0;
  #closing: NodeJS.Timeout | undefined;
  #beginning: NodeJS.Immediate | undefined;

  constructor(ground: Ground, options: SharedOptions) {
    this.#ground = ground;
    this.#options = options;
    this.#roster = new Roster(ground.options.directory);
    const children = new Children();
    this.#loggers = new LoggerHost({
      workerFile: options.workerFile,
      startProcessor: (job, stderr, ended) => {
        const pid = spawnProcessor(ground.common, ground.blocked, job, stderr);
        children.onEnd(pid, (waitStatus) => ended(waitStatus === 0));
      },
      hangs: (words) => this.#tellOfHang(words),
    });
    this.#pool = {
      common: ground.common,
      blocked: ground.blocked,
      sessions: ground.options.sessions,
      children,
      loggers: this.#loggers,
      boot: bootName(),
      path: environmentVariable('PATH'),
      say: (text) => ground.say(text.replace(/\n$/, '')),
      warn: (what) => ground.warn(what),
      isShort: false,
      gone: (service, how) => this.#gone(service, how),
    };
  }

  /** By name, for tests. */
  get services(): ReadonlyMap<string, HostedService> {
    return this.#services;
  }

  start(): void {
    process.on('SIGTERM', () => this.#leaveAsIs());
    process.on('SIGHUP', () => this.#end());
    process.on('SIGALRM', () => {
      this.#forced = true;
      this.#look();
    });
    this.#dot();
    const before = this.#roster.open();
    this.#look();
    this.#takeLeave(before);
    this.#tick();
  }

  /** Every five seconds, also when nothing happens. */
  #tick(): void {
    this.#slow = setTimeout(() => {
      const hangs = this.#loggers.look();
      if (hangs !== undefined) this.#tellOfHang(hangs);
      this.#dot();
      this.#look();
      this.#garbage.look();
      this.#tick();
    }, SLOW_LOOK * 1000);
  }

  #tellOfHang(words: string): void {
    this.#ground.warn(`svlogd ${words} hangs; the other logs go on without it`);
  }

  #dot(): void {
    const { log } = this.#ground;
    const now = Date.now() / 1000;
    if (log === undefined || (now < this.#lastDot + DOT_EVERY && now >= this.#lastDot)) return;
    log.dot();
    this.#lastDot = now;
  }

  /** A message came to stderr. */
  drainLog(): void {
    this.#ground.log?.drain();
  }

  /** Looks again soon: at once where nothing speaks against it. */
  #lookSoon(milliseconds = SETTLE): void {
    if (this.#ending || this.#soon !== undefined) return;
    const wait = Math.max(milliseconds, this.#notBefore - performance.now());
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      this.#look(true);
    }, wait);
  }

  /** Looks whether the directory changed, and scans it if so. */
  #look(changed = false): void {
    if (this.#ending) return;
    const { directory } = this.#ground.options;
    let key: string;
    let place: string;
    try {
      const stat = statSync(bytes(directory), { bigint: true });
      place = `${stat.dev}:${stat.ino}`;
      key = `${place}:${stat.mtimeNs}`;
    } catch (error) {
      this.#ground.warn(`unable to stat ${directory}`, errorCode(error));
      return;
    }
    this.#watch(place);
    if (!changed && !this.#forced && key === this.#seen) return;
    try {
      statSync(bytes(`${directory}/.`));
    } catch (error) {
      this.#ground.warn(`unable to change directory to ${directory}`, errorCode(error));
      return;
    }
    const isFirst = this.#seen === '';
    this.#seen = key;
    this.#scan(isFirst);
    if (this.#forced) {
      this.#forced = false;
      noteForcedScan(directory, this.#ground.warn);
    }
  }

  /** Has the kernel tell about changes. Where it can't, the slow look is all there is. */
  #watch(place: string): void {
    if (place === this.#watched && this.#watcher !== undefined) return;
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = place;
    try {
      const watcher = watch(bytes(this.#ground.options.directory), { encoding: 'buffer' }, (_, name) => {
        // What runsvdir itself writes there, and what nobody starts.
        if (name === null || name[0] !== 0x2e) this.#lookSoon();
      });
      watcher.on('error', () => {
        watcher.close();
        if (this.#watcher === watcher) this.#watcher = undefined;
      });
      this.#watcher = watcher;
    } catch {
      // No watches left, or a file system without them.
    }
  }

  #scan(isFirst: boolean): void {
    const { directory } = this.#ground.options;
    const began = performance.now();
    const listed = listAtRest(directory, this.#ground.warn, [
      ...this.#services.keys(),
      ...this.#waiting.keys(),
    ]);
    // Only reading is paced. To begin services may take long, and what is linked next must not wait for that.
    const read = performance.now();
    this.#notBefore = read + Math.min(REST * (read - began), LONGEST_REST);
    if (listed === undefined) return;
    const known = [...this.#services.values()].map(({ id, running }) => ({
      id,
      running: running || this.#waiting.has(id),
    }));
    for (const id of this.#waiting.keys()) if (!this.#services.has(id)) known.push({ id, running: true });
    const decision = this.#decide(known, listed);
    for (const { listed: service, isNew } of decision.start) {
      if (isNew && this.#unfinished.has(service.id)) continue;
      // Taken out and put back: it begins when it has ended.
      if ([...this.#leaving].some(({ id }) => id === service.id)) continue;
      this.#waiting.set(service.id, { name: service.name, mayBeUnfinished: isNew && !isFirst });
    }
    for (const id of decision.stop) this.#stop(id);
    this.#beginSome();
  }

  /** What to start and to stop, within the limit of open files; where it is tight, each service takes fewer. */
  #decide(known: readonly Known[], { listing, complete }: Listing): ScanDecision {
    const { descriptors } = this.#options;
    const room = descriptors - DESCRIPTORS_OWN;
    const most = Math.max(1, Math.floor(room / DESCRIPTORS_EACH.usual));
    let decision = decideScan(
      known,
      listing,
      complete,
      this.#pool.isShort ? this.#mostWhenShort(room) : most,
    );
    if (decision.refused.length > 0 && !this.#pool.isShort) {
      this.#pool.isShort = true;
      decision = decideScan(known, listing, complete, this.#mostWhenShort(room));
    }
    const { start, refused } = decision;
    if (refused.length > 0 && !this.#toldLimit) {
      this.#toldLimit = true;
      const fits = known.length + start.filter(({ isNew }) => isNew).length;
      this.#ground.warn(
        `limit of open files (${descriptors}) is enough for ${fits} of ${fits + refused.length} services.`,
      );
    }
    for (const name of refused) this.#ground.warn(`unable to start runsv ${name}: too many services.`);
    return decision;
  }

  #mostWhenShort(room: number): number {
    const { usual, short } = DESCRIPTORS_EACH;
    const before = [...this.#services.values()].filter(({ isSparing }) => !isSparing).length;
    return Math.max(1, before + Math.floor((room - before * usual) / short));
  }

  /** Begins services for a moment, and goes on when everything else that happened meanwhile was seen to. */
  #beginSome(): void {
    clearImmediate(this.#beginning);
    this.#beginning = undefined;
    const end = performance.now() + SLICE;
    while (this.#waiting.size > 0 && performance.now() < end) this.#beginNext();
    if (this.#waiting.size > 0) this.#beginning = setImmediate(() => this.#beginSome());
  }

  #beginNext(): void {
    const next = [...take(this.#waiting, TOGETHER)].map(([id, { name, mayBeUnfinished }]) => {
      const path = `${this.#ground.options.directory}/${name}`;
      return { id, name, mayBeUnfinished, path, home: identityOf(path) === id ? placeOf(path) : undefined };
    });
    this.#roster.add(next.flatMap(({ id, home }) => (home === undefined ? [] : [{ id, home }])));
    for (const { id, name, mayBeUnfinished, path, home } of next) {
      this.#waiting.delete(id);
      // Renamed or replaced since it was listed.
      if (home === undefined) this.#lookSoon();
      else if (mayBeUnfinished && !hasRun(path)) this.#awaitRun(id, name, UNFINISHED_LOOKS);
      else this.#begin(id, name);
    }
  }

  /** A new directory without a run: its maker is probably not done yet. It is looked at again, and begun at last. */
  #awaitRun(id: string, name: string, looks: number): void {
    const path = `${this.#ground.options.directory}/${name}`;
    this.#unfinished.set(
      id,
      setTimeout(() => {
        this.#unfinished.delete(id);
        if (this.#ending || this.#services.has(id)) return;
        if (identityOf(path) !== id) this.#lookSoon();
        else if (looks > 1 && !hasRun(path)) this.#awaitRun(id, name, looks - 1);
        else this.#begin(id, name);
      }, UNFINISHED_PAUSE),
    );
  }

  #begin(id: string, name: string): void {
    const path = bytes(`${this.#ground.options.directory}/${name}`);
    const service = new HostedService(this.#pool, id, name, path);
    this.#services.set(id, service);
    service.begin();
  }

  #stop(id: string): void {
    this.#waiting.delete(id);
    const service = this.#services.get(id);
    this.#services.delete(id);
    if (service?.running) {
      this.#leaving.add(service);
      service.term();
    } else this.#bringDown(this.#findLeft([id]));
  }

  /** Services that went out of the directory while nobody was there to see it. */
  #takeLeave(before: readonly Entry[]): void {
    const ids = before.map(({ id }) => id);
    this.#bringDown(
      this.#findLeft(
        ids.filter((id) => !this.#services.has(id) && !this.#waiting.has(id) && !this.#unfinished.has(id)),
      ),
    );
  }

  /**
   * Those of some services that nobody takes care of whose processes run all the same: the supervisor before this one
   * left them, or they were set aside. They are on their way out from now on; the others are forgotten.
   */
  #findLeft(ids: readonly string[]): HostedService[] {
    const found: HostedService[] = [];
    for (const id of ids) {
      const home = this.#roster.homeOf(id);
      if (home === undefined) continue;
      const service = new HostedService(this.#pool, id, home.slice(home.lastIndexOf('/') + 1), bytes(home));
      if (identityOf(home) === id && service.hasLeftProcess()) {
        this.#leaving.add(service);
        found.push(service);
      } else this.#roster.remove(id);
    }
    return found;
  }

  #bringDown(left: readonly HostedService[]): void {
    for (const service of left) {
      service.term();
      service.begin();
    }
  }

  #gone(service: HostedService, how: 'left' | 'refused' | 'broken'): void {
    const left = this.#leaving.delete(service);
    if (left) this.#roster.remove(service.id);
    if (this.#ending) {
      this.#services.delete(service.id);
      if (this.#services.size === 0 && this.#leaving.size === 0) this.#leave();
      return;
    }
    if (left) this.#lookSoon();
    // As runsvdir starts a runsv again that has exited; what can't be started is tried, and told of, less often.
    if (this.#services.get(service.id) === service) this.#lookAgain(how === 'left' ? QUICK_LOOK : SLOW_LOOK);
  }

  #lookAgain(seconds: number): void {
    const at = performance.now() + seconds * 1000;
    if (this.#again !== undefined && this.#againAt <= at) return;
    clearTimeout(this.#again);
    this.#againAt = at;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.#look(true);
    }, seconds * 1000);
  }

  /**
   * TERM: everything goes on without this process. The logs are closed first, so that the next one need not set them
   * aside as those of one that was killed; one that hangs is not waited for.
   */
  #leaveAsIs(): void {
    const exit = (): void => {
      clearTimeout(this.#closing);
      this.#options.exit(0);
    };
    if (this.#closing === undefined) {
      this.#closing = setTimeout(exit, LONGEST_CLOSING);
      void this.#loggers.close().then(exit);
    } else exit();
  }

  /** HUP: everything is brought down; the process ends with the last service. */
  #end(): void {
    if (this.#ending) return;
    this.#ending = true;
    clearTimeout(this.#slow);
    clearTimeout(this.#soon);
    clearTimeout(this.#again);
    clearImmediate(this.#beginning);
    this.#watcher?.close();
    const uncared = [...this.#services.values()].filter(({ running }) => !running).map(({ id }) => id);
    for (const id of uncared) this.#services.delete(id);
    const left = this.#findLeft([...uncared, ...this.#waiting.keys()]);
    this.#waiting.clear();
    for (const service of [...this.#services.values()]) service.term();
    this.#bringDown(left);
    const watchLogs = (): void => {
      this.#loggers.look();
      this.#slow = setTimeout(watchLogs, SLOW_LOOK * 1000);
    };
    this.#slow = setTimeout(watchLogs, SLOW_LOOK * 1000);
    if (this.#services.size === 0 && this.#leaving.size === 0) this.#leave();
  }

  #leave(): void {
    this.#roster.clear();
    this.#options.exit(111);
  }
}

/** So often a directory is read that changes all the time. */
const MOST_READINGS = 5;

/**
 * What the directory holds. What is renamed while it is being read may not be seen at all, and would count as gone: so
 * where a service that is known is missing, or an entry went away, it is read until two readings are alike. (runsvdir
 * itself reads a second after a change, this one at once.)
 */
function listAtRest(
  directory: string,
  warn: (what: string, error: string) => void,
  known: readonly string[],
): Listing | undefined {
  let last: string | undefined;
  for (let reading = 1; ; reading += 1) {
    const warnings: [string, string][] = [];
    const listed = listServices(directory, (...warning) => warnings.push(warning));
    const ids = new Set(listed?.listing.map(({ id }) => id));
    if (reading === 1 && warnings.length === 0 && known.every((id) => ids.has(id))) return listed;
    const now = JSON.stringify([listed, warnings]);
    if (now !== last && reading < MOST_READINGS) {
      last = now;
      continue;
    }
    for (const warning of warnings) warn(...warning);
    return listed && { ...listed, complete: listed.complete && now === last };
  }
}

/** Where a service's directory really is, one character a byte; empty where it is not. */
function placeOf(path: string): string {
  try {
    return realpathSync.native(bytes(path), 'latin1' as 'utf8');
  } catch {
    return '';
  }
}

function hasRun(path: string): boolean {
  try {
    return readdirSync(bytes(path)).includes('run');
  } catch {
    return true;
  }
}

function* take<T>(from: Iterable<T>, most: number): Generator<T> {
  let taken = 0;
  for (const each of from) {
    if (taken++ >= most) return;
    yield each;
  }
}
