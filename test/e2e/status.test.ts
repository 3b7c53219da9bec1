import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../src/everyday/status-document.ts';
import { widthOf } from '../../src/everyday/width.ts';
import { documentOf } from '../setup/document.ts';
import { type Home, makeHome, ROOT } from '../setup/home.ts';
import { needs } from '../setup/needs.ts';
import { openTerminal, type TestTerminal } from '../setup/terminal.ts';
import { until } from '../setup/until.ts';

let home: Home;
let terminal: TestTerminal | undefined;

afterEach(async () => {
  terminal?.close();
  terminal = undefined;
  await home.close();
});

const SLEEPER = '#!/bin/sh\nexec 2>&1\necho awake\nexec sleep 100000\n';
const LOOPER = '#!/bin/sh\nexec 2>&1\nexec nosuchprogram\n';

const document = async (...args: string[]): Promise<StatusDocument> =>
  documentOf('status', (await home.homerun('status', '--json', ...args)).stdout);

const stateOf = (status: StatusDocument, name: string): string | undefined =>
  status.services.find((service) => service.name === name)?.state;

describe('homerun status', () => {
  it('tells what runs from what loops, is down, not enabled, or leads nowhere; exits 1; its JSON is as published', async () => {
    home = makeHome();
    home.service('steady', { run: SLEEPER });
    home.service('looper', { run: LOOPER });
    home.service('resting', { run: SLEEPER, down: true });
    home.service('spare', { run: SLEEPER, enabled: false });
    symlinkSync(join(home.folder, 'nowhere'), join(home.layout.serviceDir, 'ghost'));
    await home.start();
    await until('the loop is seen', () => home.look().get('looper')?.judgement.state === 'crash-loop');
    await until("the logs' last lines are seen", () =>
      ['steady', 'looper'].every((name) => home.look().get(name)?.facts.log?.last != null),
    );
    await until('the steady one has come to its program', () =>
      home.look().get('steady')?.facts.command?.includes('sleep'),
    );

    const status = await document('--tree');
    const steady = status.services.find(({ name }) => name === 'steady');
    expect(
      status.services.map(({ name, state, enabled, problem }) => [name, state, enabled, problem]),
    ).toEqual([
      ['ghost', 'broken', true, true],
      ['looper', 'crash-loop', true, true],
      ['resting', 'down', true, false],
      ['spare', 'installed', false, false],
      ['steady', 'run', true, false],
    ]);
    expect(steady).toMatchObject({ command: ['sleep', '100000'], hints: [], crashLoop: null });
    expect(steady?.processes?.[0]).toEqual({ pid: steady?.pid, command: 'sleep 100000', children: [] });
    expect(steady?.log?.lastLine).toBe('awake');

    const { stdout, stderr, code } = await home.homerun('status');
    const line = (name: string): string =>
      stdout.split('\n').find((each) => each.includes(` ${name} `)) ?? '';
    expect(line('looper')).toMatch(/crash-looping \d+ times in 60 s: exit 127 .*nosuchprogram: not found$/);
    expect(line('steady')).toMatch(/^ {3}steady +run +yes +\d+ +\S+ +sleep 100000 +\S+ ago: awake$/);
    expect(line('spare')).toMatch(/^ {3}spare +installed, not enabled +no +- +- +-/);
    expect(stdout).toContain('More about it: homerun doctor ghost looper');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });

    expect((await home.homerun('status', 'steady', 'resting')).code).toBe(0);
    expect(await home.homerun('status', 'stedy')).toEqual({
      code: 1,
      stdout: '',
      stderr: `homerun: stedy: no such service in ${home.layout.serviceDir} or ${home.layout.serviceAll}\nDid you mean steady?\n`,
    });
    // Without a command: the same.
    expect((await home.homerun()).stdout).toMatch(/^ {3}SERVICE +STATE +ENABLED +PID +TIME +COMMAND +LOG\n/);

    // A restart by hand is no crash.
    await home.homerun('restart', 'steady');
    const after = await document('steady');
    expect(after.services[0]?.endings).toMatchObject([{ exitCode: null, signal: 15, asked: true }]);
    expect(after.services[0]?.state).toBe('run');
  });

  it('does not believe the status files of a supervisor that was killed', async () => {
    home = makeHome();
    home.service('steady', { run: SLEEPER });
    await home.start({ shared: true });
    await until('it runs', () => home.look().get('steady')?.judgement.state === 'run');
    const pid = home.look().get('steady')?.facts.slot?.pid;
    // The hosted log is the supervisor, without everything that it has started.
    const [shown] = (await document('--tree')).services;
    expect(shown?.processes?.map(({ pid: each, children }) => [each, children])).toEqual([
      [pid, []],
      [shown?.log?.pid, []],
    ]);
    expect(shown?.processes?.[1]?.command).toMatch(/^runsvdir -P /);
    const runsvdir = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[1];
    process.kill(Number(runsvdir), 'SIGKILL');
    await until(
      'its FIFO has no reader',
      () => home.look().get('steady')?.judgement.state === 'not-supervised',
    );
    const after = await document();
    expect(after.services[0]).toMatchObject({
      supervised: false,
      pid: null,
      problem: true,
      words: 'not supervised',
    });
    const { stdout, code } = await home.homerun('status');
    expect(stdout).toContain('No supervisor looks after them. Start it: homerun up');
    expect(code).toBe(1);
    // A plain file in the place of the FIFO can be opened, and proves nothing.
    process.kill(pid as number, 'SIGKILL');
    await until('the service has ended', () => !existsSync(`/proc/${pid}/exe`));
    const ok = join(home.layout.serviceDir, 'steady/supervise/ok');
    rmSync(ok);
    writeFileSync(ok, '');
    expect(home.look().get('steady')?.judgement.state).toBe('not-supervised');
  });

  it('does not advise to start a supervisor that runs', async () => {
    home = makeHome();
    home.service('steady', { run: SLEEPER });
    await home.start({ shared: true });
    home.service('odd', { run: SLEEPER });
    // It can't have its state there, and is passed over.
    writeFileSync(join(home.layout.serviceAll, 'odd/supervise'), '');
    expect(await home.homerun('status', 'odd')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/ odd +not supervised .*\n\nMore about it: homerun doctor odd\n$/),
    });
  });

  it.skipIf(!needs('runsvdir', 'runsv', 'sv', 'svlogd'))(
    'sees a loop under the C runit, which keeps no history, by looking for a moment',
    async () => {
      home = makeHome('system');
      home.service('looper', { run: LOOPER });
      home.service('steady', { run: SLEEPER });
      await home.start();
      await until('a look catches it', async () => stateOf(await document(), 'looper') === 'crash-loop');
      expect(stateOf(await document(), 'steady')).toBe('run');
    },
  );

  it.skipIf(!needs('strace'))(
    'costs a bounded number of opened files for each service, starts no program, and loads no library of the others',
    async () => {
      home = makeHome();
      const names = ['one', 'two', 'three'];
      for (const name of names) home.service(name, { run: SLEEPER });
      await home.start({ shared: true });
      await until('all run and have logged', () =>
        names.every((name) => {
          const row = home.look().get(name);
          return row?.judgement.state === 'run' && row.facts.log?.last?.text === 'awake';
        }),
      );
      const trace = join(home.folder, 'trace');
      execFileSync(
        'strace',
        ['-f', '-qq', '-s', '4096', '-e', 'trace=?open,openat,execve,?fork,?vfork', '-o', trace].concat(
          process.execPath,
          join(ROOT, 'bin/homerun'),
          'status',
        ),
        { env: home.env, stdio: 'ignore' },
      );
      const calls = readFileSync(trace, 'utf8').trimEnd().split('\n');
      const programs = calls.filter((call) => /^\d+ +(?:execve|fork|vfork)\(/.test(call));
      expect(programs.length, programs.join('\n')).toBe(1);
      const opened = calls.flatMap((call) => /"([^"]*)"/.exec(call)?.[1] ?? []);
      expect(opened.filter((path) => /node_modules/.test(path))).toEqual([]);
      expect(opened.filter((path) => path.includes('/dist/'))).toEqual([
        join(ROOT, 'dist/homerun/homerun.cjs'),
      ]);
      for (const name of names) {
        const pid = home.look().get(name)?.facts.slot?.pid;
        const own = opened.filter((path) => path.includes(`/${name}/`) || path.startsWith(`/proc/${pid}/`));
        expect(own.map((path) => path.replace(home.folder, '~')).sort()).toEqual([
          `/proc/${pid}/cmdline`,
          `~/.local/state/homerun/log/${name}/current`,
          `~/service_gui/${name}/log/run`,
          `~/service_gui/${name}/log/supervise/ok`,
          `~/service_gui/${name}/log/supervise/status`,
          `~/service_gui/${name}/supervise/ok`,
          `~/service_gui/${name}/supervise/status`,
        ]);
      }
    },
  );

  it('without a command, and before anything is set up, the first steps are said', async () => {
    home = makeHome();
    const { stdout, code } = await home.homerunWith({ XDG_CONFIG_HOME: join(home.folder, 'empty') });
    expect(stdout).toMatch(/Nothing is set up yet\.\n\n {2}homerun demo .*\n {2}homerun init /);
    expect(code).toBe(0);
    expect(await home.homerunWith({ XDG_CONFIG_HOME: join(home.folder, 'empty') }, 'status')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Set it up first: homerun init'),
    });
  });
});

describe.skipIf(!needs('tmux'))('homerun status in a terminal', () => {
  const start = async (columns: number, env: NodeJS.ProcessEnv = {}): Promise<TestTerminal> => {
    home = makeHome();
    home.service('steady', { run: SLEEPER });
    home.service('日本語のサービス', { run: SLEEPER, down: true });
    await home.start();
    await until('it runs', () => home.look().get('steady')?.judgement.state === 'run');
    terminal = await openTerminal({ ...home.env, ...env }, columns, 20);
    return terminal;
  };
  const command = `node ${join(ROOT, 'bin/homerun')} status`;

  it('fits the width, with colours that the words say as well; without them where NO_COLOR is set', async () => {
    const opened = await start(60);
    opened.type(`clear; ${command}; echo code $?`);
    const screen = await opened.shows(/code 0/);
    const rows = screen.split('\n').filter((line) => line.includes('steady') || line.includes('日本'));
    expect(rows).toHaveLength(2);
    for (const line of screen.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(60);
    expect(opened.screen(true)).toContain('\u001b[32mrun');
    // Other words than before: the screen may not have been cleared yet.
    opened.type(`clear; NO_COLOR=1 ${command}; echo plain $?`);
    await opened.shows(/plain 0/);
    expect(opened.screen(true)).not.toContain('\u001b[');
  });

  it('--watch redraws, follows the size, ends with q and gives the screen back', async () => {
    const opened = await start(80);
    opened.type('echo before');
    await opened.shows(/^before$/m);
    opened.type(`${command} --watch; echo code $?`);
    const first = await opened.shows(/every 1 s {2}q ends/);
    expect(first).not.toContain('before');
    opened.resize(44, 12);
    await opened.shows(/steady +run +yes +\d+ +\S+\s*$/m);
    for (const line of opened.screen().split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(44);
    opened.keys('q');
    const after = await opened.shows(/code 0/);
    expect(after).toContain('before');
    expect(after).not.toContain('every 1 s');
    opened.type(`${command} --watch; echo code $?`);
    await opened.shows(/every 1 s/);
    opened.keys('C-c');
    await opened.shows(/code 0[\s\S]*code 0/);

    // Ctrl-Z gives the screen back as well, and `fg` brings it on again.
    opened.type(`clear; echo aside; ${command} --watch`);
    await opened.shows(/every 1 s/);
    opened.keys('C-z');
    expect(await opened.shows(/^\$$/m)).toContain('aside');
    opened.type('fg');
    await opened.shows(/every 1 s/);
    opened.keys('q');
    expect(await opened.shows(/^\$ fg\n[\s\S]*^\$$/m)).not.toContain('every 1 s');
  });
});
