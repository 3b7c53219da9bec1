/** One service's fault is its own: the others neither stop nor slow down. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { argumentsOf, children, lives, OURS } from '../setup/service-tree.ts';
import { until, untilSame } from '../setup/until.ts';
import { HOSTED, type SharedTree, SLEEP, saidBy, withTree } from './world.ts';

vi.setConfig({ testTimeout: 180_000 });

const TALK = '#!/bin/sh\nn=0\nwhile :; do n=$((n + 1)); echo "line $n"; sleep 0.02; done\n';

/** Other services still do what they are told, and their logs grow. */
async function othersGoOn(tree: SharedTree, name: string): Promise<void> {
  const before = tree.logged(name).length;
  await until(`${name} logs on`, () => tree.logged(name).length > before + 5);
  const pid = tree.status(name)?.pid;
  expect((await tree.sv('restart', name)).status).toBe(0);
  await tree.runs(name, pid);
}

describe.concurrent('the other services go on', () => {
  it('beside a log whose disk is full', () =>
    withTree(async (tree) => {
      const folder = tree.service('full', { run: TALK, 'log/run': HOSTED });
      tree.service('other', { run: TALK, 'log/run': HOSTED });
      mkdirSync(join(folder, 'log/main'));
      symlinkSync('/dev/full', join(folder, 'log/main/current'));
      const supervisor = tree.shared();
      await tree.runs('full');
      await until('it says so', () => supervisor.output().includes('out of disk space'));
      await othersGoOn(tree, 'other');
      expect(tree.status('full')?.state).toBe('run');
      const pid = tree.status('full')?.pid;
      expect((await tree.sv('restart', 'full')).status).toBe(0);
      await tree.runs('full', pid);
    }));

  it('beside a log directory that hangs whoever opens a file in it', () =>
    withTree(async (tree) => {
      const folder = tree.service('dead', { run: TALK, 'log/run': HOSTED });
      tree.service('other', { run: TALK, 'log/run': HOSTED });
      // open(2) of this FIFO waits without an end: it stands for a file on a mount whose server is gone.
      mkdirSync(join(folder, 'log/main'));
      expect(spawnSync('mkfifo', [join(folder, 'log/main/config')]).status).toBe(0);
      const supervisor = tree.shared();
      const pid = await tree.runs('dead');
      await tree.runs('other');
      await othersGoOn(tree, 'other');
      tree.service('late', { run: TALK, 'log/run': HOSTED });
      await tree.runs('late');
      await othersGoOn(tree, 'late');
      await until('it says so', () =>
        supervisor.output().includes('svlogd -tt ./main hangs; the other logs go on without it\n'),
      );
      // The daemon itself is cared for, too.
      expect((await tree.sv('restart', 'dead')).status).toBe(0);
      await tree.runs('dead', pid);
      // When the server is back nothing is lost.
      closeSync(openSync(join(folder, 'log/main/config'), constants.O_WRONLY));
      await until('its lines come', () => tree.logged('dead').length > 5);
      expect(tree.logged('dead')[0]).toBe('line 1');
    }));

  it('beside a control program and a finish that hang', () =>
    withTree(async (tree) => {
      tree.service('hangs', { run: SLEEP, 'control/t': SLEEP });
      tree.service('ends', { run: 'sleep 0.1; exit 1', finish: SLEEP });
      tree.service('other', { run: TALK, 'log/run': HOSTED });
      tree.shared();
      await tree.runs('hangs');
      expect((await tree.sv('term', 'hangs')).status).toBe(0);
      await until('finish hangs', () => tree.status('ends')?.state === 'finish');
      await tree.runs('other');
      await othersGoOn(tree, 'other');
      expect(tree.status('hangs')?.state).toBe('run');
      expect(tree.status('ends')?.state).toBe('finish');
    }));

  it('beside a daemon that writes without an end', () =>
    withTree(async (tree) => {
      const folder = tree.service('floods', { run: 'exec yes', 'log/run': HOSTED });
      mkdirSync(join(folder, 'log/main'));
      writeFileSync(join(folder, 'log/main/config'), 's100000\nn2\n');
      tree.service('other', { run: TALK, 'log/run': HOSTED });
      tree.shared();
      await tree.runs('floods');
      await tree.runs('other');
      await until('it rotates', () =>
        readdirSync(join(folder, 'log/main')).some((name) => name.endsWith('.s')),
      );
      await othersGoOn(tree, 'other');
    }));

  it('beside services whose supervise directory, control or log is broken, each with runsv’s own words', () =>
    withTree(async (tree) => {
      const supervise = tree.service('supervise-is-file', { run: SLEEP });
      writeFileSync(join(supervise, 'supervise'), '');
      const control = tree.service('control-is-file', { run: SLEEP });
      mkdirSync(join(control, 'supervise'));
      writeFileSync(join(control, 'supervise/control'), '');
      const log = tree.service('log-is-file', { run: SLEEP });
      writeFileSync(join(log, 'log'), '');
      tree.service('no-run', { finish: 'exit 0' });
      tree.service('other', { run: TALK, 'log/run': HOSTED });
      const supervisor = tree.shared();
      await tree.runs('other');
      const wanted = [
        'runsv control-is-file: fatal: supervise/control exists but is not a fifo',
        'runsv log-is-file: warning: ./log: not a directory.',
        'runsv no-run: fatal: unable to start ./run: file does not exist',
        'runsv supervise-is-file: fatal: unable to open supervise/lock: not a directory',
      ];
      await until('all is said', () => wanted.every((line) => supervisor.output().includes(line)));
      await tree.runs('log-is-file');
      await othersGoOn(tree, 'other');
      expect([...new Set(saidBy(supervisor).split('\n').slice(0, -1))].sort()).toEqual(wanted);
    }));

  it('and each takes at most eight descriptors with its log, also when it was taken over', () =>
    withTree(async (tree) => {
      const supervisor = tree.shared();
      await until('it looks', () => readdirSync(tree.services).includes('.homerun-services'));
      tree.service('s0', { run: SLEEP, 'log/run': HOSTED });
      await tree.runs('s0');
      await tree.runs('s0/log');
      const opened = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;
      const settled = (pid: number, names: string[]) =>
        until('the logs are open', () =>
          names.every(
            (name) => readdirSync(join(tree.services, name, 'log')).includes('main') && holds(pid, name),
          ),
        );
      await settled(supervisor.pid, ['s0']);
      // A status that is being written takes one more for a moment.
      const one = await untilSame('the number of descriptors is', () => opened(supervisor.pid));
      const few = (pid: number) =>
        until('at most eight more for each of twenty', () => opened(pid) - one <= 20 * 8);
      const names = Array.from({ length: 20 }, (_, number) => `t${number}`);
      for (const name of names) tree.service(name, { run: SLEEP, 'log/run': HOSTED });
      for (const name of names) await tree.runs(`${name}/log`);
      await settled(supervisor.pid, names);
      await few(supervisor.pid);
      const pids = [];
      for (const name of names) pids.push(await tree.runs(name));
      supervisor.signal('SIGKILL');
      await supervisor.ended;
      const next = tree.shared();
      for (const name of [...names, 's0']) {
        await until(
          `the log of ${name} is the next one's`,
          () => tree.status(`${name}/log`)?.pid === next.pid,
        );
      }
      await settled(next.pid, [...names, 's0']);
      await few(next.pid);
      // And sv finds the log services that share a descriptor.
      for (const name of names) {
        expect((await tree.sv('status', `${name}/log`)).said).toMatch(/^run: /);
        expect(await tree.runs(name)).toBe(pids.shift());
      }
    }));

  it('and those that the limit of open files has room for run; the supervisor says for how many it is', () =>
    withTree(async (tree) => {
      const names = Array.from({ length: 14 }, (_, number) => `s${number}`);
      for (const name of names) tree.service(name, { run: SLEEP, 'log/run': HOSTED });
      tree.age();
      // 64 for itself, and then six each.
      const start = () =>
        tree.start('/bin/sh', ['-c', `ulimit -n 124; PATH=${OURS}:$PATH exec runsvdir --shared service`]);
      const first = start();
      await until('ten run', () => sleeps(first.pid) === 10);
      const up = await until('ten are up', () => {
        const found = names.filter((name) => tree.status(name)?.state === 'run');
        return found.length === 10 && found;
      });
      for (const name of up) await tree.runs(`${name}/log`);
      await until('four are refused', () => (first.output().match(/too many services\./g)?.length ?? 0) >= 4);
      expect(first.output()).toContain(
        'runsvdir service: warning: limit of open files (124) is enough for 10 of 14 services.\n',
      );
      // The next one has room for all that run, and learns of their ends without a descriptor.
      const pids = new Map(up.map((name) => [name, tree.status(name)?.pid]));
      first.signal('SIGKILL');
      await first.ended;
      const next = start();
      for (const name of up) {
        expect(await tree.runs(name)).toBe(pids.get(name));
        await until(`${name}/log is its own`, () => tree.status(`${name}/log`)?.pid === next.pid);
      }
      const [one = ''] = up;
      process.kill(pids.get(one) as number, 'SIGKILL');
      await tree.runs(one, pids.get(one));
      const other = up[1] as string;
      expect((await tree.sv('restart', other)).status).toBe(0);
      await tree.runs(other, pids.get(other));
      for (const slot of ['', '/log'])
        expect((await tree.sv('status', `${one}${slot}`)).said).toMatch(/^run: /);
    }));

  it('of another user’s, which can not be cared for', () =>
    withTree(async (tree) => {
      tree.service('mine', { run: SLEEP });
      const folder = tree.service('roots', { run: SLEEP });
      mkdirSync(join(folder, 'supervise'), { mode: 0o700 });
      const supervisor = tree.start('/bin/sh', [
        '-c',
        `chown -R 65534 service/mine service; chown -R 0 service/roots; exec setpriv --reuid 65534 --clear-groups ${OURS}/runsvdir --shared service`,
      ]);
      await until('it says so', () =>
        supervisor.output().includes('runsv roots: fatal: unable to open supervise/lock: access denied'),
      );
      await tree.runs('mine');
      expect(lives(supervisor.pid)).toBe(true);
    }));

  it('when a note, a status or a roster is rubbish', () =>
    withTree(async (tree) => {
      const folder = tree.service('a', { run: SLEEP });
      mkdirSync(join(folder, 'supervise'));
      writeFileSync(join(folder, 'supervise/process'), '1 x run 1 2');
      writeFileSync(join(folder, 'supervise/status'), 'short');
      writeFileSync(join(tree.services, '.homerun-services'), '\0\n+ 1:2\n+ 3:4 /nowhere\nwhat\n');
      tree.shared();
      await tree.runs('a');
      expect(readFileSync(join(folder, 'supervise/status')).length).toBe(20);
    }));
});

/** The supervisor has the lock of a log directory open. */
function holds(pid: number, name: string): boolean {
  return linkTargets(pid).some((target) => target.includes(`/${name}/log/main/`));
}

function linkTargets(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
}

function sleeps(parent: number): number {
  return children(parent).filter((pid) => argumentsOf(pid)[0] === 'sleep').length;
}
