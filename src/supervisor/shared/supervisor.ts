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
import { DOT_EVERY, decideScan, QUICK_LOOK, SLOW_LOOK } from '../core/scan.ts';
import { environmentVariable } from '../native/arguments.ts';
import { type Ground, noteForcedScan } from '../runsvdir.ts';
import { bytes, listServices } from '../service-listing.ts';
import { LoggerHost } from '../svlogd/host.ts';
import { spawnProcessor } from '../svlogd/processor.ts';
import { HostedService, type Pool } from './hosted-service.ts';
import { bootName } from './process-identity.ts';
import { Roster } from './roster.ts';

/** Descriptors that a service with its log takes at most, and what the process itself has need of. */
const DESCRIPTORS_EACH = 8;
const DESCRIPTORS_OWN = 64;

/** Milliseconds after the kernel's word until the directory is read: changes come in swarms. */
const SETTLE = 2;
/** A scan that took long is not followed by the next before so many times its duration are over. */
const REST = 3;
/** A directory that was just made may get its run in a moment; so often and so many milliseconds it is waited for. */
const UNFINISHED_LOOKS = 10;
const UNFINISHED_PAUSE = 100;

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
  readonly #roster: Roster;
  readonly #most: number;
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

  constructor(ground: Ground, options: SharedOptions) {
    this.#ground = ground;
    this.#options = options;
    this.#most = Math.max(1, Math.floor((options.descriptors - DESCRIPTORS_OWN) / DESCRIPTORS_EACH));
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
      gone: (service, how) => this.#gone(service, how),
    };
  }

  /** By name, for tests. */
  get services(): ReadonlyMap<string, HostedService> {
    return this.#services;
  }

  start(): void {
    process.on('SIGTERM', () => this.#options.exit(0));
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
    const began = performance.now();
    this.#scan(isFirst);
    this.#notBefore = performance.now() + REST * (performance.now() - began);
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
    const listed = listServices(directory, this.#ground.warn);
    if (listed === undefined) return;
    const known = [...this.#services.values()].map(({ id, running }) => ({ id, running }));
    const decision = decideScan(known, listed.listing, listed.complete, this.#most);
    if (decision.refused.length > 0 && !this.#toldLimit) {
      this.#toldLimit = true;
      const all = known.length + decision.start.length + decision.refused.length;
      this.#ground.warn(
        `limit of open files (${this.#options.descriptors}) is enough for ${this.#most} of ${all} services.`,
      );
    }
    for (const name of decision.refused) {
      this.#ground.warn(`unable to start runsv ${name}: too many services.`);
    }
    this.#roster.add(
      decision.start.map(({ listed: { id, name } }) => ({ id, home: placeOf(`${directory}/${name}`) })),
    );
    for (const { listed: service, isNew } of decision.start) {
      if (isNew && this.#unfinished.has(service.id)) continue;
      // Taken out and put back: it begins when it has ended.
      if ([...this.#leaving].some(({ id }) => id === service.id)) continue;
      if (isNew && !isFirst && !hasRun(`${directory}/${service.name}`)) {
        this.#awaitRun(service.id, service.name, UNFINISHED_LOOKS);
      } else this.#begin(service.id, service.name);
    }
    for (const id of decision.stop) this.#stop(id);
  }

  /** A new directory without a run: its maker is probably not done yet. It is looked at again, and begun at last. */
  #awaitRun(id: string, name: string, looks: number): void {
    const path = `${this.#ground.options.directory}/${name}`;
    this.#unfinished.set(
      id,
      setTimeout(() => {
        this.#unfinished.delete(id);
        if (this.#ending || this.#services.has(id) || identityOf(path) !== id) return;
        if (looks > 1 && !hasRun(path)) this.#awaitRun(id, name, looks - 1);
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
    const service = this.#services.get(id);
    this.#services.delete(id);
    if (service === undefined || !service.running) {
      this.#roster.remove(id);
      return;
    }
    this.#leaving.add(service);
    service.term();
  }

  /** Services that went out of the directory while nobody was there to see it. */
  #takeLeave(before: readonly { readonly id: string; readonly home: string }[]): void {
    for (const { id, home } of before) {
      if (this.#services.has(id) || this.#unfinished.has(id)) continue;
      const service = new HostedService(this.#pool, id, home.slice(home.lastIndexOf('/') + 1), bytes(home));
      if (identityOf(home) !== id || !service.hasLeftProcess()) {
        this.#roster.remove(id);
        continue;
      }
      this.#leaving.add(service);
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
    // As runsvdir starts a runsv again that has exited.
    if (this.#services.get(service.id) === service)
      this.#lookAgain(how === 'broken' ? SLOW_LOOK : QUICK_LOOK);
  }

  #lookAgain(seconds: number): void {
    this.#again ??= setTimeout(() => {
      this.#again = undefined;
      this.#look(true);
    }, seconds * 1000);
  }

  /** HUP: everything is brought down; the process ends with the last service. */
  #end(): void {
    if (this.#ending) return;
    this.#ending = true;
    clearTimeout(this.#slow);
    clearTimeout(this.#soon);
    clearTimeout(this.#again);
    this.#watcher?.close();
    for (const service of this.#services.values()) {
      if (service.running) service.term();
      else this.#services.delete(service.id);
    }
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

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(bytes(path), { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** Where a service's directory really is, one character a byte; empty where it is not. */
function placeOf(path: string): string {
  try {
    return realpathSync(bytes(path), 'latin1' as 'utf8');
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
