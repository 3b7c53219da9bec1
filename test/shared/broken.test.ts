/** A machine that throws is set aside with a message; the others, and its daemon, go on, and it is taken over again. */
import { appendFileSync, closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Children } from '../../src/supervisor/children.ts';
import { inheritance } from '../../src/supervisor/native/inherit.ts';
import { flock } from '../../src/supervisor/native/lock.ts';
import { HostedService, type Pool } from '../../src/supervisor/shared/hosted-service.ts';
import { bootName } from '../../src/supervisor/shared/process-identity.ts';
import type { LoggerHost } from '../../src/supervisor/svlogd/host.ts';
import { lives } from '../setup/service-tree.ts';
import { until } from '../setup/until.ts';
import { SharedTree, SLEEP } from './world.ts';

vi.setConfig({ testTimeout: 180_000 });

/** While it is set the machine throws at whatever happens. */
let fault: Error | undefined;
vi.mock('../../src/supervisor/core/machine.ts', async (load) => {
  const real = await load<typeof import('../../src/supervisor/core/machine.ts')>();
  return {
    ...real,
    step: (...args: Parameters<typeof real.step>) => {
      if (fault !== undefined) throw fault;
      return real.step(...args);
    },
  };
});

/** While it is set, looking at a lock throws, too. */
vi.mock('../../src/supervisor/native/lock.ts', async (load) => {
  const real = await load<typeof import('../../src/supervisor/native/lock.ts')>();
  return {
    ...real,
    flock: (...args: Parameters<typeof real.flock>) => {
      if (fault !== undefined) throw fault;
      return real.flock(...args);
    },
  };
});

let tree: SharedTree;
beforeEach(() => {
  tree = new SharedTree();
});
afterEach(async () => {
  fault = undefined;
  await tree.remove();
});

/** What all services share, and what is heard of them. */
function makePool(): { readonly pool: Pool; readonly heard: string[] } {
  const { environment, openFiles, blocked } = inheritance();
  const heard: string[] = [];
  const pool: Pool = {
    common: { environment, keepIgnored: 0n, descriptors: [], openFiles },
    blocked,
    sessions: true,
    children: new Children(),
    loggers: {} as LoggerHost,
    boot: bootName(),
    path: process.env.PATH,
    isShort: false,
    say: (text) => heard.push(text),
    warn: (what) => heard.push(`warning: ${what}`),
    gone: ({ name }, how) => heard.push(`${name}: ${how}`),
  };
  return { pool, heard };
}

describe('a machine that throws', () => {
  it('is set aside; its daemon goes on, and so does another service; the next begin takes the daemon over', async () => {
    for (const name of ['a', 'b']) tree.service(name, { run: SLEEP });
    const { pool, heard } = makePool();
    const services = ['a', 'b'].map(
      (name) => new HostedService(pool, name, name, Buffer.from(join(tree.services, name))),
    );
    for (const service of services) service.begin();
    const [a, b] = services as [HostedService, HostedService];
    const pids = [await tree.runs('a'), await tree.runs('b')];
    fault = new TypeError('no such thing');
    appendFileSync(join(tree.services, 'a/supervise/control'), 'h');
    await until('it is set aside', () => !a.running);
    fault = undefined;
    expect(heard).toEqual(['warning: a is set aside: no such thing', 'a: broken']);
    expect([b.running, ...pids.map(lives), tree.isCaredFor('a')]).toEqual([true, true, true, false]);
    appendFileSync(join(tree.services, 'b/supervise/control'), 't');
    await tree.runs('b', pids[1]);
    a.begin();
    expect(await tree.runs('a')).toBe(pids[0]);
    appendFileSync(join(tree.services, 'a/supervise/control'), 'd');
    await until('down', () => tree.status('a')?.state === 'down');
    b.term();
    a.term();
    await until('both left', () => heard.includes('a: left') && heard.includes('b: left'));
    expect(readFileSync(join(tree.services, 'a/supervise/stat'), 'latin1')).toBe('down\n');
  });
});

describe('a service whose log is locked by another', () => {
  it('is left at once when it is told to end, and never started', () => {
    const folder = tree.service('a', { run: SLEEP, 'log/run': SLEEP, 'log/supervise/lock': '' });
    const other = openSync(join(folder, 'log/supervise/lock'), 'a');
    expect(flock(other)).toBe(0);
    try {
      const { pool, heard } = makePool();
      const service = new HostedService(pool, 'a', 'a', Buffer.from(folder));
      service.begin();
      expect([service.running, heard]).toEqual([true, []]);
      service.term();
      expect([service.running, heard]).toEqual([false, ['a: left']]);
      // The directory is free for the next one.
      service.begin();
      service.term();
      expect([heard, existsSync(join(folder, 'supervise/status'))]).toEqual([['a: left', 'a: left'], false]);
    } finally {
      closeSync(other);
    }
  });

  it('is set aside when looking at the lock throws', async () => {
    const folder = tree.service('a', { run: SLEEP, 'log/run': SLEEP, 'log/supervise/lock': '' });
    const other = openSync(join(folder, 'log/supervise/lock'), 'a');
    expect(flock(other)).toBe(0);
    try {
      const { pool, heard } = makePool();
      new HostedService(pool, 'a', 'a', Buffer.from(folder)).begin();
      fault = new TypeError('no such thing');
      await until('it is set aside', () => heard.length === 2);
      expect(heard).toEqual(['warning: a is set aside: no such thing', 'a: broken']);
    } finally {
      closeSync(other);
    }
  });
});
