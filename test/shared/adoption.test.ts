/** A supervisor that went away, and the next one: nothing is started twice, nothing is lost. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { argumentsOf, children, lives, processFields, text } from '../setup/service-tree.ts';
import { until, untilSame } from '../setup/until.ts';
import { HOSTED, OWN_PROCESS, type SharedTree, SLEEP, saidBy, withTree } from './world.ts';

vi.setConfig({ testTimeout: 180_000 });

/** Counts up, a line every fiftieth of a second. */
const COUNT = `#!/bin/sh
n=0
while :; do n=$((n + 1)); echo "$$ $n"; sleep 0.02; done
`;

/** Where a link points to; undefined when it has gone. */
function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** The numbers of each process in a log are one row without a gap or a double. */
function rows(lines: readonly string[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const line of lines) {
    const [pid = '', number = ''] = line.split(' ');
    expect(`${pid} ${number}`).toBe(`${pid} ${(last.get(pid) ?? 0) + 1}`);
    last.set(pid, Number(number));
  }
  return last;
}

/** A service `a` whose supervisor and then whose daemon were killed; returns the daemon's pid. */
async function leaveNothing(tree: SharedTree): Promise<number> {
  tree.service('a', { run: SLEEP });
  const first = tree.shared();
  const pid = await tree.runs('a');
  first.signal('SIGKILL');
  await first.ended;
  process.kill(pid, 'SIGKILL');
  await until('it died', () => !lives(pid));
  return pid;
}

/** Somebody else's process, which the files are made to speak of, is neither taken over as `a` nor ended with it. */
async function expectSpared(
  tree: SharedTree,
  cwd: string,
  pretend: (stranger: number) => void,
): Promise<void> {
  const other = spawn('sleep', ['1000'], { cwd, stdio: 'ignore' });
  try {
    const stranger = other.pid as number;
    pretend(stranger);
    tree.shared();
    await tree.runs('a', stranger);
    await tree.sv('down', 'a');
    await until('down', () => tree.status('a')?.state === 'down');
    expect(lives(stranger)).toBe(true);
  } finally {
    other.kill('SIGKILL');
  }
}

describe.concurrent('the supervisor after', () => {
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(`${signal} takes over daemons and loggers that run: same pid, same uptime, same log`, () =>
      withTree(async (tree) => {
        tree.service('hosted', { run: COUNT, 'log/run': HOSTED });
        tree.service('process', { run: COUNT, 'log/run': OWN_PROCESS });
        const first = tree.shared();
        const names = ['hosted', 'process'];
        for (const name of [...names, 'process/log']) await tree.runs(name);
        await until('lines are logged', () => names.every((name) => tree.logged(name).length > 5));
        const before = ['hosted', 'process', 'process/log'].map((name) => tree.status(name));
        first.signal(signal);
        expect(await first.ended).toBe(signal === 'SIGTERM' ? 0 : 'SIGKILL');
        tree.shared();
        for (const name of names) await tree.runs(name);
        await tree.runs('hosted/log');
        expect(['hosted', 'process', 'process/log'].map((name) => tree.status(name))).toEqual(before);
        const lines = names.map((name) => tree.logged(name).length);
        await until('more lines come', () =>
          names.every((name, index) => tree.logged(name).length > (lines[index] ?? 0) + 5),
        );
        for (const name of names) expect(rows(tree.logged(name)).size).toBe(1);
        // Its later end is noticed, and its exit told as if it had been a child.
        const { pid } = tree.status('hosted') as { pid: number };
        process.kill(pid, 'SIGKILL');
        await tree.runs('hosted', pid);
        expect(text(join(tree.services, 'hosted/supervise/history'))).toMatch(/ run \d+\.\d{3} signal 9\n$/);
        await until('the new one logs', () => rows(tree.logged('hosted')).size === 2);
      }));
  }

  it('a kill starts what died meanwhile, leaves down what was down, and keeps a pause', () =>
    withTree(async (tree) => {
      for (const name of ['died', 'down', 'paused']) tree.service(name, { run: SLEEP });
      const first = tree.shared();
      for (const name of ['died', 'down', 'paused']) await tree.runs(name);
      await tree.sv('down', 'down');
      await tree.sv('pause', 'paused');
      await until('told', () => tree.status('down')?.state === 'down' && tree.status('paused')?.paused);
      first.signal('SIGKILL');
      await first.ended;
      const pid = tree.status('died')?.pid as number;
      process.kill(pid, 'SIGKILL');
      await until('it died', () => !lives(pid));
      const paused = tree.status('paused');
      tree.shared();
      await tree.runs('died', pid);
      await tree.runs('paused');
      await until('down is cared for', () => tree.isCaredFor('down'));
      expect(tree.status('paused')).toEqual(paused);
      expect(tree.status('down')?.state).toBe('down');
      await tree.sv('up', 'down');
      await tree.runs('down');
    }));

  it('a kill keeps what a hosted log was wanted to be', () =>
    withTree(async (tree) => {
      tree.service('quiet', { run: SLEEP, 'log/run': HOSTED });
      tree.service('told', { run: SLEEP, 'log/run': HOSTED, 'log/down': '' });
      const first = tree.shared();
      for (const name of ['quiet', 'told', 'quiet/log']) await tree.runs(name);
      await tree.sv('down', 'quiet/log');
      await tree.sv('up', 'told/log');
      await until('the one is down', () => tree.status('quiet/log')?.state === 'down');
      await tree.runs('told/log');
      first.signal('SIGKILL');
      await first.ended;
      const second = tree.shared();
      await tree.runs('told/log', first.pid);
      await until('the other is cared for', () => tree.isCaredFor('quiet/log'));
      expect([tree.status('quiet/log')?.want, tree.status('told/log')?.pid]).toEqual(['d', second.pid]);
      expect((await tree.sv('up', 'quiet/log')).status).toBe(0);
      await tree.runs('quiet/log', first.pid);
    }));

  it('a kill never takes a process for the daemon because it has its pid', () =>
    withTree(async (tree) => {
      const pid = await leaveNothing(tree);
      await expectSpared(tree, '/', (stranger) => {
        const note = join(tree.services, 'a/supervise/process');
        const status = join(tree.services, 'a/supervise/status');
        writeFileSync(note, (text(note) as string).replace(` ${pid} `, ` ${stranger} `));
        const bytes = readFileSync(status);
        bytes.writeUInt32LE(stranger, 12);
        writeFileSync(status, bytes);
      });
    }));

  it('a kill in the moment of a start finds the process that was just made', () =>
    withTree(async (tree) => {
      tree.service('logged', { run: COUNT, 'log/run': HOSTED });
      tree.service('plain', { run: SLEEP });
      const first = tree.shared();
      const pids = [await tree.runs('logged'), await tree.runs('plain')];
      first.signal('SIGKILL');
      await first.ended;
      for (const name of ['logged', 'plain']) {
        const note = join(tree.services, name, 'supervise/process');
        const [version, boot, , , start, pipe] = (text(note) as string).split(' ');
        writeFileSync(note, `${version} ${boot} starting 0 ${Number(start) - 1} ${pipe} stays\n`);
        rmSync(join(tree.services, name, 'supervise/status'));
      }
      tree.shared();
      expect([await tree.runs('logged'), await tree.runs('plain')]).toEqual(pids);
    }));

  it('a kill in the moment of a start takes nobody else for it who came into the directory later', () =>
    withTree(async (tree) => {
      await leaveNothing(tree);
      await expectSpared(tree, join(tree.services, 'a'), (editor) => {
        const started = Number(processFields(editor)?.[19]);
        const note = join(tree.services, 'a/supervise/process');
        const [version, boot, , , , pipe] = (text(note) as string).split(' ');
        // The supervisor was killed a minute before.
        writeFileSync(note, `${version} ${boot} starting 0 ${started - 6000} ${pipe} stays\n`);
      });
    }));

  it('a kill in the moment of a start takes no child of what an earlier daemon has left for it', () =>
    withTree(async (tree) => {
      // What the daemon has left holds its stdout, and makes a child when it is told to.
      tree.service('a', {
        run: '(while [ ! -e go ]; do sleep 0.05; done; sleep 1000 & echo $! >child; wait) & exec sleep 100000',
        'log/run': OWN_PROCESS,
      });
      const first = tree.shared();
      const pid = await tree.runs('a');
      await tree.runs('a/log');
      await until('it has left its child', () => argumentsOf(pid)[0] === 'sleep');
      first.signal('SIGKILL');
      await first.ended;
      process.kill(pid, 'SIGKILL');
      await until('it died', () => !lives(pid));
      writeFileSync(join(tree.services, 'a/go'), '');
      const child = Number(
        await until('it has a child', () => text(join(tree.services, 'a/child'))?.trimEnd()),
      );
      const started = await until('the child is there', () => processFields(child)?.[19]);
      rmSync(join(tree.services, 'a/go'));
      const note = join(tree.services, 'a/supervise/process');
      const [version, boot, , , , pipe] = (text(note) as string).split(' ');
      writeFileSync(note, `${version} ${boot} starting 0 ${Number(started) - 1} ${pipe} stays\n`);
      tree.shared();
      await until('another one runs', () => {
        const status = tree.status('a');
        return status?.state === 'run' && ![pid, child].includes(status.pid) && lives(status.pid);
      });
      expect(lives(child)).toBe(true);
    }));

  it('a kill while ./finish runs, or in the moment of its start, waits for its end before it starts anew', () =>
    withTree(async (tree) => {
      const finish = 'echo "$@" >>told; while [ ! -e go ]; do sleep 0.05; done';
      for (const name of ['noted', 'unknown']) tree.service(name, { run: SLEEP, finish });
      const first = tree.shared();
      const pids = new Map<string, number>();
      for (const name of ['noted', 'unknown']) {
        process.kill(await tree.runs(name), 'SIGKILL');
        pids.set(
          name,
          // As in C the state is `finish` a moment before ./finish has a pid.
          await until('it finishes', () => {
            const status = tree.status(name);
            return status?.state === 'finish' && status.pid !== 0 && status.pid;
          }),
        );
        await until('it has told', () => text(join(tree.services, name, 'told'))?.endsWith('\n'));
      }
      first.signal('SIGKILL');
      await first.ended;
      const note = join(tree.services, 'unknown/supervise/process');
      const [version, boot, , , start, pipe] = (text(note) as string).split(' ');
      writeFileSync(note, `${version} ${boot} finishing 0 ${Number(start) - 1} ${pipe} stays\n`);
      tree.shared();
      for (const [name, pid] of pids) {
        await until(`${name} is cared for`, () => tree.isCaredFor(name));
        await until(`its finish is known`, () => tree.status(name)?.pid === pid);
        expect(tree.status(name)?.state).toBe('finish');
        writeFileSync(join(tree.services, name, 'go'), '');
        await tree.runs(name);
        expect(text(join(tree.services, name, 'told'))).toBe('-1 9\n');
      }
    }));

  it('a kill tells ./finish how the daemon ended that it had not started', () =>
    withTree(async (tree) => {
      tree.service('a', {
        run: 'trap "exit 7" USR1; while :; do sleep 0.05; done',
        finish: 'echo "$@" >>told',
      });
      const first = tree.shared();
      const pid = await tree.runs('a');
      // The shell has its trap when it waits for sleep.
      await until('it sleeps', () => children(pid).length > 0);
      first.signal('SIGKILL');
      await first.ended;
      tree.shared();
      await until('cared for', () => tree.isCaredFor('a'));
      await tree.sv('1', 'a');
      await until('told', () => text(join(tree.services, 'a/told'))?.endsWith('\n'));
      expect(text(join(tree.services, 'a/told'))).toBe('7 0\n');
    }));

  it('a kill brings down what was taken out of the directory meanwhile', () =>
    withTree(async (tree) => {
      const folder = tree.service('gone', { run: COUNT, 'log/run': HOSTED }, 'all');
      symlinkSync(folder, join(tree.services, 'gone'));
      tree.service('stays', { run: SLEEP });
      const first = tree.shared();
      const pid = await tree.runs('gone');
      const stays = await tree.runs('stays');
      first.signal('SIGKILL');
      await first.ended;
      rmSync(join(tree.services, 'gone'));
      tree.shared();
      await until('it is down', () => !lives(pid));
      expect(await tree.runs('stays')).toBe(stays);
      await until('and left', () => !readdirSync(join(folder, 'supervise')).includes('process'));
    }));

  it('HUP starts everything anew', () =>
    withTree(async (tree) => {
      tree.service('a', { run: COUNT, 'log/run': HOSTED });
      tree.service('b', { run: SLEEP });
      const first = tree.shared();
      const pids = [await tree.runs('a'), await tree.runs('b')];
      await until('a line', () => tree.logged('a').length > 0);
      first.signal('SIGHUP');
      expect(await first.ended).toBe(111);
      expect(pids.map(lives)).toEqual([false, false]);
      const lines = tree.logged('a').length;
      tree.shared();
      for (const name of ['a', 'b']) await tree.runs(name, pids.shift());
      await until('the new one logs', () => tree.logged('a').length > lines);
      rows(tree.logged('a'));
    }));

  it('nothing: a second one says who holds the directory, and touches nothing', () =>
    withTree(async (tree) => {
      tree.service('a', { run: SLEEP });
      const first = tree.shared();
      await tree.runs('a');
      const look = () =>
        readdirSync(tree.services, { recursive: true, encoding: 'utf8' })
          .sort()
          .map((path) => `${path} ${statSync(join(tree.services, path)).ctimeMs}`);
      const before = await untilSame('its files are', look);
      for (const args of [['service'], [tree.services, 'log: ............']]) {
        const second = tree.shared(args);
        expect(await second.ended).toBe(111);
        expect(second.output()).toMatch(
          new RegExp(
            `^runsvdir ${args[0]}: fatal: directory is supervised by another runsvdir \\(pid ${first.pid}, since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\)\n$`,
          ),
        );
      }
      expect(look()).toEqual(before);
      expect(lives(first.pid)).toBe(true);
    }));

  it('a kill takes the directory as soon as what holds its lock for the dead one lets go', () =>
    withTree(async (tree) => {
      tree.service('a', { run: SLEEP });
      // As a process that was being made: the lock is that of flock(1), which is dead, and sleep has inherited it.
      const holder = tree.start('/usr/bin/flock', [tree.services, 'sleep', '1000']);
      const [heir = 0] = await until('the lock is held', () => {
        const found = children(holder.pid);
        return found.length === 1 && found;
      });
      holder.signal('SIGKILL');
      await holder.ended;
      const next = tree.shared();
      await until('it wants the lock', () =>
        readdirSync(`/proc/${next.pid}/fd`).some(
          (fd) => linkTarget(`/proc/${next.pid}/fd/${fd}`) === tree.services,
        ),
      );
      process.kill(heir, 'SIGKILL');
      await tree.runs('a');
      expect(next.output()).toBe('');
    }));

  it('a kill restarts a daemon that hides its descriptors: nobody could read its pipe again', () =>
    withTree(async (tree) => {
      // A process whose program its user may not read hides them, but from root.
      const program = join(tree.root, 'hidden');
      copyFileSync('/bin/sh', program);
      chmodSync(program, 0o111);
      const run = `exec ../../hidden -c 'n=0; while :; do n=$((n + 1)); echo "$$ $n"; sleep 0.02; done'`;
      for (const name of ['logged', 'once']) tree.service(name, { run, 'log/run': HOSTED });
      tree.service('plain', { run: 'exec ../../hidden -c "while :; do sleep 0.1; done"' });
      const uid = process.getuid?.() === 0 ? 65534 : undefined;
      if (uid !== undefined)
        for (const path of [
          tree.services,
          ...readdirSync(tree.services, { recursive: true, encoding: 'utf8' }),
        ])
          chownSync(resolve(tree.services, path), uid, uid);
      const start = () => tree.shared(['service'], {}, uid);
      const first = start();
      const names = ['logged', 'once', 'plain'];
      const pids = await Promise.all(names.map((name) => tree.runs(name)));
      await until('lines are logged', () =>
        names.every((name) => name === 'plain' || tree.logged(name).length > 5),
      );
      await tree.sv('once', 'once');
      await until('told', () => tree.status('once')?.want === 'd');
      first.signal('SIGKILL');
      await first.ended;
      const second = start();
      await tree.runs('logged', pids[0]);
      await until('the new one logs', () => rows(tree.logged('logged')).size === 2);
      expect([await tree.runs('once'), await tree.runs('plain')]).toEqual(pids.slice(1));
      const words = (pid = 0) => `warning: pid ${pid} hides its descriptors, its log pipe is lost`;
      expect(saidBy(second).split('\n').sort()).toEqual([
        '',
        `runsv logged: ${words(pids[0])}: restarting it`,
        `runsv once: ${words(pids[1])}: restart it`,
      ]);
    }));

  it('a rename of the service under it goes on with it', () =>
    withTree(async (tree) => {
      tree.service('a', { run: COUNT, 'log/run': HOSTED });
      tree.shared();
      const pid = await tree.runs('a');
      await until('a line', () => tree.logged('a').length > 0);
      renameSync(join(tree.services, 'a'), join(tree.services, 'b'));
      await until('it logs on', () => tree.logged('b').length > 10);
      expect(await tree.runs('b')).toBe(pid);
      await tree.sv('restart', 'b');
      await tree.runs('b', pid);
      await until('the next one logs', () => rows(tree.logged('b')).size === 2);
    }));
});
