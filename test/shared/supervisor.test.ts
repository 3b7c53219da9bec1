/** The life around the services, with services that only tell what is done to them, and a clock that the test moves. */
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Ground } from '../../src/supervisor/runsvdir.ts';
import type { HostedService } from '../../src/supervisor/shared/hosted-service.ts';
import { SharedSupervisor } from '../../src/supervisor/shared/supervisor.ts';
import { LoggerHost } from '../../src/supervisor/svlogd/host.ts';
import { until } from '../setup/until.ts';

/** What was done to services. */
const told: string[] = [];
/** Milliseconds that it takes to begin one. */
let beginning = 0;
let clock = 0;
/** Names of services whose processes the supervisor before this one has left. */
let left: readonly string[] = [];

vi.mock('../../src/supervisor/shared/hosted-service.ts', () => ({
  DESCRIPTORS_EACH: { usual: 8, short: 6 },
  HostedService: class {
    running = false;
    isSparing = false;
    constructor(
      readonly pool: { isShort: boolean; gone(service: unknown, how: string): void },
      readonly id: string,
      readonly name: string,
    ) {}
    hasLeftProcess() {
      return left.includes(this.name);
    }
    begin() {
      told.push(`begin ${this.name}`);
      this.isSparing = this.pool.isShort;
      clock += beginning;
      this.running = true;
      if (this.#leaves) this.end();
    }
    #leaves = false;
    term() {
      told.push(`term ${this.name}`);
      this.#leaves = true;
      if (this.running) this.end();
    }
    end(how = 'left') {
      this.running = false;
      this.pool.gone(this, how);
    }
  },
}));

/** Names that the next reading of the directory passes over, as readdir(3) may what is renamed meanwhile. */
let unseen: readonly string[] = [];

vi.mock('../../src/supervisor/service-listing.ts', async (load) => {
  const real = await load<typeof import('../../src/supervisor/service-listing.ts')>();
  return {
    ...real,
    listServices: (...args: Parameters<typeof real.listServices>) => {
      const listed = real.listServices(...args);
      const listing = listed?.listing.filter(({ name }) => !unseen.includes(name)) ?? [];
      unseen = [];
      return listed && { ...listed, listing };
    },
  };
});

const root = realpathSync(mkdtempSync(join(tmpdir(), 'homerun-supervisor-')));
const services = join(root, 'service');
const listeners = new Map(
  (['SIGTERM', 'SIGHUP', 'SIGALRM', 'SIGCHLD'] as const).map((signal) => [signal, process.listeners(signal)]),
);
const warnings: string[] = [];
const exits: number[] = [];

beforeEach(() => {
  mkdirSync(services);
  clock = 1000;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
});

afterEach(() => {
  vi.restoreAllMocks();
  for (const [signal, before] of listeners)
    for (const listener of process.listeners(signal))
      if (!before.includes(listener)) process.removeListener(signal, listener);
  rmSync(root, { recursive: true });
  for (const list of [told, warnings, exits]) list.length = 0;
  left = [];
  beginning = 0;
  mkdirSync(root);
});

function make(name: string): void {
  mkdirSync(join(root, 'all', name), { recursive: true });
  writeFileSync(join(root, 'all', name, 'run'), '');
}

function link(name: string): void {
  make(name);
  symlinkSync(`../all/${name}`, join(services, name));
}

function start(descriptors = 20_000): SharedSupervisor {
  const ground = {
    options: { directory: services, sessions: false, shared: true, log: undefined },
    say: (text: string) => warnings.push(text),
    warn: (text: string) => warnings.push(text),
  } as unknown as Ground;
  const supervisor = new SharedSupervisor(ground, {
    workerFile: '',
    descriptors,
    exit: (code) => exits.push(code),
  });
  supervisor.start();
  return supervisor;
}

/** The delays of all timers that are set from now on. */
function watchTimers(): (number | undefined)[] {
  const delays: (number | undefined)[] = [];
  const real = globalThis.setTimeout;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((then: () => void, delay?: number) => {
    delays.push(delay);
    return real(then, delay);
  }) as typeof setTimeout);
  return delays;
}

/** A turn of the event loop. */
const turn = () => new Promise((done) => setImmediate(done));

const begun = () => told.filter((what) => what.startsWith('begin ')).length;

describe('runsvdir --shared', () => {
  it('puts the next look at the directory off for no longer than 50 ms, however long services took to begin', async () => {
    for (let number = 0; number < 4; number++) link(`s${number}`);
    beginning = 1000;
    start();
    await until('all begun', () => begun() === 4);
    const delays = watchTimers();
    link('late');
    const deadline = Date.now() + 60_000;
    while (!told.includes('begin late') && Date.now() < deadline) await turn();
    expect(told.at(-1)).toBe('begin late');
    expect(delays.filter((delay) => (delay ?? 0) > 50)).toEqual([]);
    expect(delays.length).toBeGreaterThan(0);
    process.emit('SIGHUP');
  });

  it('sees to everything else between two services that take long to begin', async () => {
    for (let number = 0; number < 40; number++) link(`s${number}`);
    beginning = 30;
    start();
    const steps = [begun()];
    while (begun() < 40) {
      await turn();
      steps.push(begun());
    }
    expect(steps.slice(1).map((count, index) => count - (steps[index] as number))).toEqual(Array(9).fill(4));
    expect(steps[0]).toBe(4);
    expect([...new Set(told)].length).toBe(40);
    process.emit('SIGHUP');
  });

  it('does not begin what is taken out of the directory or renamed before its turn came under its old name', async () => {
    for (let number = 0; number < 12; number++) link(`s${number}`);
    beginning = 30;
    start();
    const waiting = Array.from({ length: 12 }, (_, number) => `s${number}`).filter(
      (name) => !told.includes(`begin ${name}`),
    );
    const [gone = '', renamed = '', ...others] = waiting;
    expect(others.length).toBeGreaterThan(0);
    rmSync(join(services, gone));
    renameSync(join(services, renamed), join(services, 'other'));
    await until('all begun', () => begun() === 11 && told.includes('begin other'));
    expect(told).not.toContain(`begin ${gone}`);
    expect(told).not.toContain(`begin ${renamed}`);
    process.emit('SIGHUP');
  });

  it('takes no service for gone that one reading of the directory has passed over', async () => {
    for (const name of ['a', 'b']) link(name);
    start();
    await until('both begun', () => begun() === 2);
    unseen = ['a'];
    link('c');
    await until('the third begun', () => told.includes('begin c'));
    rmSync(join(services, 'b'));
    await until('one is told to end', () => told.some((what) => what.startsWith('term ')));
    expect(told.filter((what) => what.startsWith('term '))).toEqual(['term b']);
    process.emit('SIGHUP');
  });

  it('brings down at HUP also what an earlier one has left and whose turn has not come', async () => {
    const names = Array.from({ length: 12 }, (_, number) => `s${number}`);
    for (const name of names) link(name);
    const roster = names.map((name) => {
      const { dev, ino } = statSync(join(root, 'all', name), { bigint: true });
      return `+ ${dev}:${ino} ${join(root, 'all', name)}\n`;
    });
    writeFileSync(join(services, '.homerun-services'), roster.join(''));
    beginning = 30;
    left = names;
    start();
    expect(begun()).toBe(4);
    process.emit('SIGHUP');
    const terms = told.filter((what) => what.startsWith('term '));
    expect(terms.sort()).toEqual(names.map((name) => `term ${name}`).sort());
    expect([begun(), exits[0]]).toEqual([12, 111]);
  });

  it.each([
    ['as soon as the logs are closed', (closed: () => void) => closed()],
    ['after two seconds', () => vi.advanceTimersByTime(2000)],
    ['at the next TERM', () => process.emit('SIGTERM')],
  ] as const)('leaves at TERM %s', async (_, happens) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      let closed = () => {};
      vi.spyOn(LoggerHost.prototype, 'close').mockImplementation(
        () =>
          new Promise((done) => {
            closed = done;
          }),
      );
      start();
      process.emit('SIGTERM');
      await vi.advanceTimersByTimeAsync(1000);
      expect(exits).toEqual([]);
      happens(closed);
      await turn();
      expect(exits).toEqual([0]);
      process.emit('SIGHUP');
    } finally {
      vi.useRealTimers();
    }
  });

  it('looks again at a new directory that was renamed before it had its run', async () => {
    start();
    const delays = watchTimers();
    mkdirSync(join(services, 'making'));
    await until('it waits for the run', () => delays.includes(100));
    renameSync(join(services, 'making'), join(services, 'made'));
    writeFileSync(join(services, 'made/run'), '');
    await until('it begins', () => told.length > 0);
    expect(told).toEqual(['begin made']);
    process.emit('SIGHUP');
  });

  it('tries a service that was refused or set aside again after five seconds, one that was left after one', async () => {
    link('a');
    const [service] = start().services.values() as Iterable<HostedService & { end(how: string): void }>;
    const delays = watchTimers();
    service?.end('refused');
    service?.end('broken');
    expect(delays).toEqual([5000]);
    service?.end('left');
    service?.end('refused');
    expect(delays).toEqual([5000, 1000]);
    process.emit('SIGHUP');
  });

  it('has room for more services with fewer descriptors each before it refuses any', async () => {
    for (let number = 0; number < 14; number++) link(`s${number}`);
    start(64 + 80);
    await until('all that fit begun', () => begun() === 13);
    expect(warnings).toEqual([
      'limit of open files (144) is enough for 13 of 14 services.',
      expect.stringMatching(/^unable to start runsv s\d+: too many services\.$/),
    ]);
    process.emit('SIGHUP');
  });
});
