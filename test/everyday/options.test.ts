/** Options of the everyday commands, each with what it changes. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { type Home, makeHome } from '../setup/home.ts';
import { until } from '../setup/until.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 100000\n';

function homeOfTest({ onTestFinished }: TestContext): Home {
  const home = makeHome();
  onTestFinished(() => home.close());
  return home;
}

/** The pid of the service's process, once it runs (another one than `but`). */
function runs(home: Home, name: string, but = 0): Promise<number> {
  return until(`${name} runs`, () => {
    const row = home.look().get(name);
    const pid = row?.facts.slot?.pid;
    return row?.judgement.state === 'run' && pid !== but && pid;
  });
}

describe.concurrent('options', () => {
  it('edit --restart, --no-restart and --file', async (test) => {
    const home = homeOfTest(test);
    home.service('a b', { run: SLEEPER });
    await home.start();
    const edit = (script: string, ...more: string[]) =>
      home.homerunWith({ EDITOR: script }, 'edit', 'a b', ...more);
    const changed = (file: string) => `a b: ${file} changed; the old one: homerun undo\n`;

    const first = await runs(home, 'a b');
    expect(await edit('sed -i s/100000/100001/', '--no-restart')).toEqual({
      code: 0,
      stdout: `${changed('run')}What runs is still the old one: homerun restart 'a b'\n`,
      stderr: '',
    });
    expect(await runs(home, 'a b')).toBe(first);
    expect(await edit('sed -i s/100001/100002/', '--restart')).toMatchObject({ code: 0 });
    const second = await runs(home, 'a b', first);
    expect(readFileSync(`/proc/${second}/cmdline`, 'utf8')).toBe('sleep\x00100002\x00');

    expect(await edit('echo exit 0 >>', '--file', 'finish')).toEqual({
      code: 0,
      stdout: changed('finish'),
      stderr: '',
    });
    const finish = join(home.layout.serviceAll, 'a b/finish');
    expect([readFileSync(finish, 'utf8'), statSync(finish).mode & 0o777]).toEqual([
      '#!/bin/sh\nexit 0\n',
      0o755,
    ]);
    expect(await edit('sed -i s/-tt/-t/', '--file', 'log/run', '--restart')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(changed('log/run')),
    });
    expect(await runs(home, 'a b')).toBe(second);
    for (const outside of ['../b', '/etc/passwd']) {
      expect(await edit('true', '--file', outside)).toEqual({
        code: 2,
        stdout: '',
        stderr: `homerun: --file ${outside}: expected a file of the service\n`,
      });
    }
  });

  it('enable --no-start', async (test) => {
    const home = homeOfTest(test);
    home.service('later', { run: SLEEPER, log: null, enabled: false });
    await home.start();
    expect(await home.homerun('enable', '--no-start', 'later')).toEqual({
      code: 0,
      stdout: 'later: enabled, not started (there is a down file): homerun start later\n',
      stderr: '',
    });
    expect(existsSync(join(home.layout.serviceDir, 'later/down'))).toBe(true);
    expect(home.look().get('later')?.judgement.state).toBe('down');
  });

  it('env set --restart and env unset --hide', async (test) => {
    const home = homeOfTest(test);
    const shared = join(home.folder, '.config/homerun/env');
    home.service('reader', { run: `#!/bin/sh\nexec chpst -e '${shared}' sleep 100000\n`, log: null });
    expect(await home.homerun('env', 'set', 'FIRST=1')).toMatchObject({ code: 0 });
    home.env.FROM_SESSION = 'yes';
    await home.start();
    const environment = (pid: number) => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const asleep = (but = 0) =>
      until('it sleeps', () => {
        const { command, slot } = home.look().get('reader')?.facts ?? {};
        return command?.[0] === 'sleep' && slot?.pid !== but && slot?.pid;
      });
    const first = await asleep();
    expect(environment(first)).toContain('FROM_SESSION=yes');
    expect(await home.homerun('env', 'set', '--restart', 'FIRST=2')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('FIRST: set for all services\n'),
    });
    const second = await asleep(first);
    expect(environment(second)).toContain('FIRST=2');
    expect(await home.homerun('env', 'unset', '--hide', 'FROM_SESSION')).toMatchObject({
      code: 0,
      stdout:
        'FROM_SESSION: hidden from all services\nRunning with other values: reader. To start them anew: homerun restart reader\n',
    });
    expect((await home.homerun('restart', 'reader')).code).toBe(0);
    expect(environment(await asleep(second)).filter((each) => each.startsWith('FROM_SESSION'))).toEqual([]);
  });

  it('logs --lines, --grep and --ignore-case', async (test) => {
    const home = homeOfTest(test);
    home.service('talker', {
      run: '#!/bin/sh\nexec 2>&1\necho "Error one"; echo fine; echo "ERROR two"; echo "error three"\nexec sleep 100000\n',
    });
    await home.start();
    const current = join(home.logFolder('talker'), 'current');
    await until(
      'all is logged',
      () => existsSync(current) && readFileSync(current, 'utf8').includes('three'),
    );
    const lines = async (...options: string[]) =>
      (await home.homerun('logs', 'talker', '--no-times', '--no-marks', ...options)).stdout;
    expect(await lines('--grep', 'error')).toBe('error three\n');
    expect(await lines('--grep', 'error', '--ignore-case')).toBe('Error one\nERROR two\nerror three\n');
    expect(await lines('--grep', 'error', '-i', '--lines', '2')).toBe('ERROR two\nerror three\n');
  });

  it('notify --off and --on', async (test) => {
    const home = homeOfTest(test);
    const off = join(home.folder, '.config/homerun/no-notify');
    home.service('x', { run: SLEEPER, log: null });
    expect((await home.homerun('notify', '--off')).stdout).toBe(
      `Notifications are off (${off}). To have them: homerun notify --on\n`,
    );
    expect(existsSync(off)).toBe(true);
    expect((await home.homerun('notify')).stdout).toMatch(/^Notifications are off/);
    expect((await home.homerun('notify', '--on')).stdout).toMatch(/^Notifications are on/);
    expect(existsSync(off)).toBe(false);
    expect(await home.homerun('notify', '--on', '--off')).toMatchObject({ code: 2 });
  });

  it('stop --wait: no longer than asked for, and the service that does not end is named', async (test) => {
    const home = homeOfTest(test);
    home.service('deaf', {
      run: '#!/bin/sh\ntrap "" TERM\necho >trapped\nwhile :; do sleep 1; done\n',
      log: null,
    });
    await home.start();
    await until('it is deaf', () => existsSync(join(home.layout.serviceAll, 'deaf/trapped')));
    const answer = await home.homerun('stop', '--wait', '1', 'deaf');
    expect(answer).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^timeout: run: deaf: \(pid \d+\)/),
    });
    expect((await home.homerun('stop', '--wait', 'soon', 'deaf')).code).toBe(2);
    expect((await home.homerun('kill', 'deaf')).code).toBe(0);
  });

  it('init --keep-running and --no-keep-running', async (test) => {
    const home = homeOfTest(test);
    const kept = async (...options: string[]): Promise<[boolean, string | undefined]> => {
      expect(await home.homerun('init', '--yes', ...options)).toMatchObject({ code: 0, stderr: '' });
      const config = readFileSync(join(home.folder, '.config/homerun/config.json'), 'utf8');
      const runner = readFileSync(home.layout.runner, 'utf8');
      return [JSON.parse(config).keepRunning, /^keep=.*$/m.exec(runner)?.[0]];
    };
    expect([
      await kept(),
      await kept('--keep-running'),
      await kept(),
      await kept('--no-keep-running'),
    ]).toEqual([
      [false, 'keep=no'],
      [true, 'keep=yes'],
      [true, 'keep=yes'],
      [false, 'keep=no'],
    ]);
  });

  it('check tells a service that stays up from one that ends again and again', async (test) => {
    const home = homeOfTest(test);
    home.service('steady', { run: SLEEPER, log: null });
    home.service('loops', { run: '#!/bin/sh\nexit 3\n', log: null });
    home.service('off', { run: SLEEPER, log: null, down: true });
    await home.start();
    await runs(home, 'steady');
    expect(await home.homerun('check', 'steady', 'off')).toMatchObject({ code: 0, stderr: '' });
    expect(await home.homerun('check', 'loops')).toMatchObject({
      code: 1,
      stdout: expect.not.stringContaining('ok:'),
      stderr: expect.stringContaining('homerun: loops: it does not stay up: '),
    });
  });

  it('top --delay takes seconds', async (test) => {
    const home = homeOfTest(test);
    home.service('x', { run: SLEEPER, log: null });
    for (const delay of ['0', '0.1', '3601', 'soon'])
      expect(await home.homerun('top', '--delay', delay)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`--delay ${delay}: expected seconds`),
      });
  });
});
