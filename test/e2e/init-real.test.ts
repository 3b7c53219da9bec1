/** init for real: every shell, both engines, every place for logs; the supervisor runs, stops, and leaves no trace. */
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { documentOf } from '../setup/document.ts';
import { makeHome, type TestHome } from '../setup/fresh-home.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';

// Starting and stopping whole supervisors takes its time on a busy machine.
vi.setConfig({ testTimeout: 240_000 });

/** A home that ends with the test: the tests run side by side, since most of each is waiting. */
function homeOfTest({ onTestFinished }: TestContext, name?: string): TestHome {
  const home = makeHome(name);
  onTestFinished(() => home.remove());
  return home;
}

/** A service that says where it is, and a log as add-service makes it. */
function makeService(its: TestHome, name: string, logs: string): void {
  const folder = join(its.path, 'service_all', name);
  mkdirSync(join(folder, 'log'), { recursive: true });
  writeFileSync(join(folder, 'run'), '#!/bin/sh\nexec 2>&1\necho "hello from $HOME"\nexec sleep 1000\n');
  writeFileSync(
    join(folder, 'log/run'),
    `#!/bin/sh\nmkdir -p "${logs}" || exit 1\nexec svlogd -tt "${logs}"\n`,
  );
  chmodSync(join(folder, 'run'), 0o755);
  chmodSync(join(folder, 'log/run'), 0o755);
  symlinkSync(folder, join(its.path, 'service_gui', name));
}

const COMBINATIONS = [
  { shell: 'dash', engine: 'system', logs: 'state' },
  { shell: 'bash', engine: 'bundled', logs: 'inside' },
  { shell: 'ksh93', engine: 'bundled', logs: 'home' },
  { shell: 'mksh', engine: 'system', logs: 'own' },
  { shell: 'ash', engine: 'system', logs: 'inside' },
  { shell: '/bin/sh', engine: 'bundled', logs: 'state' },
] as const;

describe
  .skipIf(!needs('runsv', 'ksh93', 'mksh', 'dash', 'bash', 'busybox'))
  .concurrent('a supervisor that init set up', () => {
    for (const { shell, engine, logs } of COMBINATIONS) {
      it(`runs and stops its services: ${shell}, ${engine}, logs ${logs}`, async (test) => {
        // A home with everything that breaks careless quoting.
        const its = homeOfTest(test, shell === 'bash' || shell === 'mksh' ? `-o'd $d "ü` : 'home');
        const tools = join(its.path, '..', 'tools');
        mkdirSync(tools);
        symlinkSync('/usr/bin/busybox', join(tools, 'ash'));
        its.env.PATH = `${its.env.PATH}:${tools}`;
        writeFileSync(join(its.path, '.xinitrc'), 'xset b off\nexec twm');
        const before = its.snapshot();

        const folder = {
          state: '.local/state/homerun/log/n',
          home: 'rlogs/n',
          inside: 'service_all/n/log/main',
          own: 'my logs/n',
        }[logs];
        const made = await its.aside.homerun(
          'init',
          '--shell',
          shell,
          '--engine',
          engine,
          '--logs',
          logs === 'own' ? '~/my logs' : logs,
          '--json',
        );
        expect(made).toMatchObject({ code: 0, stderr: '' });
        expect(documentOf('init', made.stdout)).toMatchObject({ ok: true, layout: { engine } });
        const svl = (...args: string[]) => its.aside.run(join(its.path, 'bin/svl'), ...args);
        expect(await svl()).toEqual({
          code: 0,
          stdout: '',
          stderr: `svl: no services in ${its.path}/service_gui\n`,
        });

        // svlogd's directory with every byte quoted in double quotes.
        makeService(its, 'n', join(its.path, folder).replace(/[$"]/g, '\\$&'));
        const up = await its.aside.homerun('up');
        expect(up).toMatchObject({ code: 0, stderr: '' });
        // What sv says at that moment: a runsv that has only just begun has not started its service yet.
        expect(up.stdout).toMatch(
          /^The supervisor of ~\/service_gui runs, process \d+\.\n(?:run: n: \(pid \d+\)|down: n:) \d+s/,
        );
        await until('the service and its log run', async () =>
          /^run: n: \(pid \d+\) \d+s; run: log: \(pid \d+\) \d+s\n$/.test((await svl('status', 'n')).stdout),
        );
        expect((await its.aside.homerun('up')).stdout).toMatch(
          /^The supervisor of ~\/service_gui runs already, process \d+\.\n$/,
        );
        const runner = await its.aside.run(join(its.path, '.config/homerun/runsvdir_ann.sh'));
        expect(runner).toMatchObject({ code: 0, stdout: '' });
        expect(runner.stderr).toContain('runs already');

        await until('the log holds the line', () => {
          const current = join(its.path, folder, 'current');
          return existsSync(current) && readFileSync(current, 'utf8').includes(` hello from ${its.path}`);
        });
        expect(await svl('-w', '20', 'down', 'n')).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(/^ok: down: n: /),
        });
        expect(await svl('-w', '20', 'start', 'n')).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(/^ok: run: n: /),
        });
        expect(await svl('n')).toEqual({
          code: 100,
          stdout: '',
          stderr: 'svl: fatal: n is a service; what about it? For example: svl status n\n',
        });
        // Directories that are there as well, and no services.
        for (const word of ['', '.', '/']) {
          expect(await svl(word), word).toMatchObject({
            code: 100,
            stderr: expect.stringMatching(/^usage: sv /),
          });
        }
        const down = await its.aside.homerun('down');
        expect(down.stdout).toBe('The supervisor of ~/service_gui and every service are down.\n');
        expect(down.code).toBe(0);
        await until('no process is left', () => its.processes().length === 0);

        await its.aside.run(
          'rm',
          '-rf',
          '--',
          join(its.path, 'service_all/n'),
          join(its.path, 'service_gui/n'),
          join(its.path, folder),
        );
        expect(await its.aside.homerun('uninstall')).toEqual({
          code: 0,
          stdout: 'What init made is gone.\n',
          stderr: '',
        });
        expect(its.snapshot()).toEqual(before);
      });
    }
  });

describe.concurrent('init', () => {
  it('run twice writes nothing, not even a time', async (test) => {
    const its = homeOfTest(test);
    expect((await its.aside.homerun('init')).code).toBe(0);
    const times = (await its.aside.run('find', '.', '-printf', '%p %T@ %C@\n')).stdout;
    const again = await its.aside.homerun('init');
    expect(again.stdout).toMatch(/^Nothing to do: everything is as it should be\.\n/);
    expect((await its.aside.run('find', '.', '-printf', '%p %T@ %C@\n')).stdout).toBe(times);
  });

  it('dry, shows every file and changes nothing', async (test) => {
    const its = homeOfTest(test);
    const { code, stdout } = await its.aside.homerun('init', '--dry-run');
    expect(code).toBe(0);
    for (const file of [
      '~/bin/svl',
      '~/.config/homerun/runsvdir_ann.sh',
      '~/.config/homerun/config.json',
      '~/.xinitrc',
    ]) {
      expect(stdout).toContain(`+++ ${file}\n`);
    }
    expect(its.snapshot()).toEqual({});
  });

  it('names what is in the way and leaves nothing half made', async (test) => {
    const its = homeOfTest(test);
    writeFileSync(join(its.path, 'service_all'), 'a file of mine');
    const before = its.snapshot();
    expect(await its.aside.homerun('init')).toEqual({
      code: 1,
      stdout: '',
      stderr: `homerun: init: ${its.path}/service_all: a file is in the way, expected a directory\nMove it away, or choose another place.\nNothing was changed.\n`,
    });
    expect(its.snapshot()).toEqual(before);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'says so where one may not write, and leaves nothing behind',
    async (test) => {
      const its = homeOfTest(test);
      await its.aside.run('chmod', '755', '..');
      // The home belongs to root, and an ordinary user runs it.
      const result = await its.aside.run(
        'setpriv',
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        join(process.cwd(), 'bin/homerun'),
        'init',
      );
      expect(result).toEqual({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^homerun: init: .*\/home: you may not write in this directory/),
      });
      expect(its.snapshot()).toEqual({});
    },
  );

  it('adopts a tree of old instead of making a second one', async (test) => {
    const its = homeOfTest(test);
    mkdirSync(join(its.path, '.config/service/mpd'), { recursive: true });
    writeFileSync(join(its.path, '.config/service/mpd/run'), '#!/bin/sh\nexec mpd --no-daemon\n', {
      mode: 0o755,
    });
    const result = await its.aside.homerun('init');
    expect(result.stdout).toContain(
      'Note: ~/.config/service is used as it is, with its service: it holds services.\n',
    );
    expect(existsSync(join(its.path, 'service_gui'))).toBe(false);
    expect(JSON.parse(readFileSync(join(its.path, '.config/homerun/config.json'), 'utf8'))).toMatchObject({
      serviceDir: `${its.path}/.config/service`,
      serviceAll: `${its.path}/service_all`,
    });
  });

  it('tells usage apart from trouble', async (test) => {
    const home = homeOfTest(test);
    expect(await home.aside.homerun('init', '--shell', 'fish-shell')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'homerun: --shell fish-shell: there is no such shell on PATH\n',
    });
    expect(await home.aside.homerun('up')).toEqual({
      code: 1,
      stdout: '',
      stderr: `homerun: ${home.path}/.config/homerun/config.json: there is none, so nothing is set up yet\nSet it up first: homerun init\n`,
    });
  });
});

describe
  .skipIf(!needs('shellcheck', 'ksh93', 'mksh', 'dash', 'bash', 'busybox'))
  .concurrent('the generated scripts', () => {
    it('are read by every shell, and shellcheck finds nothing', async (test) => {
      const its = homeOfTest(test);
      for (const flags of [
        ['--engine', 'bundled'],
        ['--keep-running', '--engine', 'system'],
      ]) {
        if (flags.includes('system') && !needs('runsvdir')) continue;
        expect((await its.aside.homerun('init', ...flags)).code).toBe(0);
        for (const file of ['bin/svl', '.config/homerun/runsvdir_ann.sh', '.xinitrc']) {
          const path = join(its.path, file);
          for (const shell of [['dash'], ['bash'], ['ksh93'], ['mksh'], ['busybox', 'sh']]) {
            expect([shell, await its.aside.run(shell[0] as string, ...shell.slice(1), '-n', path)]).toEqual([
              shell,
              { code: 0, stdout: '', stderr: '' },
            ]);
          }
          if (file === '.xinitrc') continue;
          for (const dialect of ['sh', 'bash', 'ksh', 'dash']) {
            expect(await its.aside.run('shellcheck', '-s', dialect, path)).toEqual({
              code: 0,
              stdout: '',
              stderr: '',
            });
          }
        }
      }
    });
  });
