import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { documentOf } from '../setup/document.ts';
import { type Home, makeHome } from '../setup/home.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';

/** A home that ends with the test: the tests run side by side, since most of each is waiting. */
function homeOfTest({ onTestFinished }: TestContext, engine?: 'bundled' | 'system'): Home {
  const home = makeHome(engine);
  onTestFinished(() => home.close());
  return home;
}

const SLEEPER = '#!/bin/sh\nexec 2>&1\necho awake\nexec sleep 100000\n';
/** It ends when its words have come to the log, which is another process. */
const broken = (home: Home, name: string): string =>
  `#!/bin/sh\nexec 2>&1\necho cannot find my configuration\nuntil grep -q cannot '${join(home.logFolder(name), 'current')}'; do sleep 0.05; done\nexit 78\n`;

const engines = (['bundled', 'system'] as const).filter(
  (engine) => engine === 'bundled' || needs('runsvdir', 'runsv', 'sv', 'svlogd'),
);

describe.concurrent.each(engines)('services under the %s engine', (engine) => {
  it('are enabled, stopped, disabled, renamed and removed, and undo brings them back', async (test) => {
    const home = homeOfTest(test, engine);
    home.service('newtest', { run: SLEEPER, enabled: false });
    home.service('other', { run: SLEEPER });
    await home.start();
    const { serviceAll, serviceDir } = home.layout;
    const link = join(serviceDir, 'newtest');
    const state = (name: string) => home.look().get(name)?.judgement.state;

    expect(await home.homerun('start', 'newtest')).toEqual({
      code: 1,
      stdout: '',
      stderr: `homerun: newtest: installed in ${serviceAll}, not enabled\nEnable (and start) it: homerun enable newtest\n`,
    });
    // What is to end is no reason to start it.
    for (const verb of ['stop', 'down', 'kill']) {
      expect(await home.homerun(verb, 'newtest')).toEqual({
        code: 1,
        stdout: '',
        stderr: `homerun: newtest: installed in ${serviceAll}, not enabled\nIt does not run: there is nothing to end.\n`,
      });
    }
    expect(await home.homerun('enable', 'newtest')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^newtest: enabled, running \(pid \d+\)\n$/),
      stderr: '',
    });
    expect(readlinkSync(link)).toBe(join(serviceAll, 'newtest'));
    expect(state('newtest')).toBe('run');

    // The status file keeps the mark of a pause beyond the end of the process, which nothing pauses any more.
    expect((await home.homerun('pause', 'newtest')).stdout).toMatch(/, paused\n$/);
    expect(home.look().get('newtest')?.facts.slot?.paused).toBe(true);
    expect(await home.homerun('stop', 'newtest')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^ok: down: newtest: \d+s, normally up\nIt starts again with the next session; for good: homerun disable newtest\n$/,
      ),
    });
    expect(state('newtest')).toBe('down');
    expect(home.look().get('newtest')).toMatchObject({
      facts: { slot: { paused: false } },
      judgement: { problem: false, hints: [] },
    });
    const both = await home.homerun('start', 'new*', 'other');
    expect(both.code).toBe(0);
    // sv reports in the order in which they are there.
    expect(both.stdout.split('\n').sort()).toEqual([
      '',
      expect.stringMatching(/^ok: run: newtest: \(pid \d+\) \d+s$/),
      expect.stringMatching(/^ok: run: other: \(pid \d+\) \d+s$/),
    ]);

    expect(await home.homerun('rename', 'newtest', 'clock')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^newtest: is called clock now, running \(pid \d+\)\n$/),
    });
    expect(existsSync(link)).toBe(false);
    expect(existsSync(home.logFolder('newtest'))).toBe(false);
    const current = join(home.logFolder('clock'), 'current');
    await until(
      'it logs to its new directory',
      () => existsSync(current) && readFileSync(current, 'utf8').includes('awake'),
    );

    // One undo takes all of a rename back: names, link, log directory, log/run.
    expect(await home.homerun('undo', '--yes')).toMatchObject({ code: 0, stderr: '' });
    expect(readlinkSync(link)).toBe(join(serviceAll, 'newtest'));
    expect(readFileSync(join(serviceAll, 'newtest/log/run'), 'utf8')).toContain(home.logFolder('newtest'));
    expect([existsSync(join(serviceDir, 'clock')), existsSync(home.logFolder('clock'))]).toEqual([
      false,
      false,
    ]);
    await until('it runs under its old name', () => state('newtest') === 'run');
    expect((await home.homerun('rename', 'newt*', 'clock')).stdout).toMatch(/^newtest: is called clock now/);

    // A link that leads nowhere keeps nobody from the others.
    symlinkSync(join(home.folder, 'nowhere'), join(serviceDir, 'ghost'));
    const dangling = `homerun: ghost: its link leads to ${home.folder}/nowhere, which is not there\nTake the link away: homerun disable ghost\n`;
    expect(await home.homerun('restart', 'ghost')).toEqual({ code: 1, stdout: '', stderr: dangling });
    const all = await home.homerun('restart', '--all');
    expect({ ...all, stdout: all.stdout.match(/(?<=^ok: run: )\w+/gm)?.sort() }).toEqual({
      code: 1,
      stdout: ['clock', 'other'],
      stderr: dangling,
    });
    expect(await home.homerun('disable', 'ghost')).toMatchObject({ code: 0 });

    expect(await home.homerun('disable', 'clock')).toEqual({
      code: 0,
      stdout: 'clock: stopped and disabled\n',
      stderr: '',
    });
    expect(state('clock')).toBe('installed');
    expect(await home.homerun('remove', 'clock')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('homerun remove clock --yes'),
    });
    expect(await home.homerun('remove', 'clock', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(
        'clock: removed; its logs are kept in ~/.local/state/homerun/log/clock\n',
      ),
    });
    expect(existsSync(join(serviceAll, 'clock'))).toBe(false);
    expect(existsSync(home.logFolder('clock'))).toBe(true);
    expect((await home.homerun('undo', '--yes')).code).toBe(0);
    expect(readFileSync(join(serviceAll, 'clock/run'), 'utf8')).toBe(SLEEPER);
    // The other one was never touched.
    expect(home.look().get('other')?.judgement.state).toBe('run');
  });

  it('that do not stay up are said so, with the last lines of the log; the exit code is 1', async (test) => {
    const home = homeOfTest(test, engine);
    home.service('bad', { run: broken(home, 'bad'), down: true });
    await home.start();
    const { code, stdout, stderr } = await home.homerun('start', 'bad');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^homerun: bad: it does not stay up: /);
    expect(stderr).toMatch(/Last lines of its log:\n(?: {4}.* cannot find my configuration\n)+/);
    expect(stderr).toMatch(/homerun doctor bad/);
    if (engine === 'bundled') expect(stderr).toContain('it does not stay up: exit 78');
  });
});

describe.concurrent('names', () => {
  it('the nearest one is suggested, a pattern that matches nothing is an error, none at all is wrong usage', async (test) => {
    const home = homeOfTest(test);
    home.service('fetchmail', { run: SLEEPER, enabled: false });
    const { serviceAll, serviceDir } = home.layout;
    expect(await home.homerun('restart', 'fetchmial')).toEqual({
      code: 1,
      stdout: '',
      stderr: `homerun: fetchmial: no such service in ${serviceDir} or ${serviceAll}\nDid you mean fetchmail?\n`,
    });
    expect(await home.homerun('restart', 'x*')).toMatchObject({
      code: 1,
      stderr: 'homerun: x*: no service matches this pattern\nAll there are: homerun status\n',
    });
    expect(await home.homerun('enable')).toMatchObject({
      code: 2,
      stderr: 'homerun: enable: which service?\nName it (homerun enable fetchmail), or say --all.\n',
    });
    expect(await home.homerun('enable', '--all')).toMatchObject({
      code: 0,
      stdout: 'fetchmail: enabled; no supervisor runs yet: homerun up\n',
    });
    expect(await home.homerun('restart', 'fetchmail')).toMatchObject({
      code: 1,
      stderr: `homerun: restart: no supervisor runs on ${serviceDir}\nStart it: homerun up\n`,
    });
    expect(await home.homerun('rename', 'fetchmail', '.mail')).toMatchObject({ code: 2 });
    // One service is meant, so a pattern for several is refused; and nothing was stopped or changed.
    home.service("it's", { run: SLEEPER, enabled: false });
    for (const words of [
      ['rename', '*', 'mail'],
      ['edit', '*'],
    ]) {
      expect(await home.homerunWith({ EDITOR: 'false' }, ...words)).toMatchObject({
        code: 1,
        stderr: "homerun: *: 2 services match, expected one: fetchmail and it's\nName it.\n",
      });
    }
    // What stands in the way is said before anything is stopped.
    mkdirSync(home.logFolder('mail'));
    expect(await home.homerun('rename', 'fetchmail', 'mail')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there are logs of that name already'),
    });
    expect(existsSync(join(serviceDir, 'fetchmail'))).toBe(true);
    // Commands to paste are quoted as a shell wants them.
    expect(await home.homerun('start', "it's")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("homerun enable 'it'\\''s'\n"),
    });
    expect(await home.homerun('restrt', 'fetchmail')).toMatchObject({
      code: 2,
      stderr: "homerun: unknown command 'restrt'\nDid you mean restart?\n",
    });
    expect(await home.homerun('-v')).toMatchObject({
      code: 2,
      stderr: "homerun: unknown option '-v'\nHow it is used: homerun --help\n",
    });
    expect(await home.homerun('status', '')).toMatchObject({
      code: 1,
      stderr: `homerun: "": no such service in ${serviceDir} or ${serviceAll}\nAll there are: homerun status\n`,
    });
    expect(await home.homerun('frobnicate')).toMatchObject({
      code: 2,
      stderr: "homerun: unknown command 'frobnicate'\nAll there are: homerun --help\n",
    });
    expect(await home.homerun('rename', 'fetchmail')).toMatchObject({
      code: 2,
      stderr: "homerun: missing required argument 'new'\nHow it is used: homerun rename --help\n",
    });
  });
});

describe.concurrent('homerun edit', () => {
  const editorOf = (home: Home, script: string): NodeJS.ProcessEnv => {
    const path = join(home.folder, 'editor');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return { EDITOR: path };
  };

  it('puts a changed copy in place at once, refuses what the shell cannot read, and undo takes it back', async (test) => {
    const home = homeOfTest(test);
    home.service('newtest', { run: SLEEPER, enabled: false });
    const run = join(home.layout.serviceAll, 'newtest/run');
    expect(await home.homerunWith(editorOf(home, ':'), 'edit', 'newtest')).toMatchObject({
      code: 0,
      stdout: 'newtest: run is as it was\n',
    });
    expect(await home.homerunWith(editorOf(home, 'echo "if" >>"$1"'), 'edit', 'newtest')).toMatchObject({
      code: 1,
    });
    expect(await home.homerunWith(editorOf(home, 'exit 3'), 'edit', 'newtest')).toMatchObject({ code: 1 });
    expect(readFileSync(run, 'utf8')).toBe(SLEEPER);
    expect(
      await home.homerunWith(editorOf(home, 'sed -i s/awake/up/ "$1"'), 'edit', 'newtest'),
    ).toMatchObject({
      code: 0,
      stdout: 'newtest: run changed; the old one: homerun undo\n',
    });
    expect(readFileSync(run, 'utf8')).toBe(SLEEPER.replace('awake', 'up'));
    // Options of an editor are its own, VISUAL goes first, and vi is not started where there is no terminal.
    expect(
      await home.homerunWith({ VISUAL: 'sed -i -e s/up/awake/', EDITOR: 'false' }, 'edit', 'newtest'),
    ).toMatchObject({ code: 0 });
    expect(readFileSync(run, 'utf8')).toBe(SLEEPER);
    await home.homerun('undo', '--yes');
    expect(await home.homerun('edit', 'newtest')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('edit: there is no terminal for vi'),
    });
    await home.homerun('undo', '--yes');
    expect(readFileSync(run, 'utf8')).toBe(SLEEPER);
  });
});

describe.concurrent('homerun env', () => {
  it('writes envdirs for all or one service, and tells which running ones differ', async (test) => {
    const home = homeOfTest(test);
    const shared = join(home.folder, '.config/homerun/env');
    mkdirSync(shared, { recursive: true });
    home.service('reader', {
      run: `#!/bin/sh\nexec 2>&1\nexec chpst -e '${shared}' sleep 100000\n`,
    });
    home.service('deaf', { run: SLEEPER });
    await home.start();
    await until('it runs', () => home.look().get('reader')?.facts.command?.[0] === 'sleep');

    expect(await home.homerun('env', 'list')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('No variables'),
    });
    expect(await home.homerun('env', 'set', 'GREETING=good day', 'EMPTY=')).toMatchObject({
      code: 0,
      stdout:
        'GREETING and EMPTY: set for all services\nRunning with other values: reader. To start them anew: homerun restart reader\n',
    });
    expect(readFileSync(join(shared, 'GREETING'), 'utf8')).toBe('good day\n');
    expect(readFileSync(join(shared, 'EMPTY'), 'utf8')).toBe('\n');
    expect(home.look().get('reader')?.facts.env).toEqual([
      { name: 'EMPTY', file: '', process: null },
      { name: 'GREETING', file: 'good day', process: null },
    ]);
    expect(home.look().get('deaf')?.facts.env).toEqual([]);
    expect((await home.homerun('env', 'list')).code).toBe(1);
    // Who asks about one service is told of that one.
    const { code, stdout } = await home.homerun('env', 'list', 'deaf');
    expect([code, stdout]).toEqual([0, expect.not.stringContaining('reader')]);
    expect((await home.homerun('env', 'list', 'reader')).stdout).toContain('homerun restart reader');

    expect((await home.homerun('restart', 'reader')).code).toBe(0);
    // chpst may still be on its way to the program.
    await until('the program runs with it', () => home.look().get('reader')?.facts.env.length === 0);
    expect(
      await home.homerunWith({ DISPLAY: ':7' }, 'env', 'import', 'DISPLAY', '-s', 'reader'),
    ).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('DISPLAY=:7\nimported for reader\n'),
    });
    expect(readFileSync(join(home.layout.serviceAll, 'reader/env/DISPLAY'), 'utf8')).toBe(':7\n');
    expect(await home.homerun('env', 'unset', 'DISPLAY', 'reader')).toMatchObject({
      code: 0,
      stdout: 'DISPLAY: no longer set for reader\n',
    });
    // Any value of one line, unchanged; what an envdir cannot hold is refused, and nothing is written.
    const odd = `it's "x" = $HOME \\ \u00e9`;
    expect((await home.homerun('env', 'set', `ODD=${odd}`)).code).toBe(0);
    expect((await home.homerun('restart', 'reader')).code).toBe(0);
    await until('the program runs', () => home.look().get('reader')?.facts.command?.[0] === 'sleep');
    const pid = home.look().get('reader')?.facts.slot?.pid;
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')).toContain(`ODD=${odd}`);
    // The process keeps what the files do not say any more.
    expect(await home.homerun('env', 'unset', 'ODD')).toMatchObject({
      code: 0,
      stdout:
        'ODD: no longer set for all services\nRunning with other values: reader. To start them anew: homerun restart reader\n',
    });
    for (const [value, why] of [
      ['A=one\ntwo', 'line end'],
      ['A=one ', 'ends in a blank'],
      ['A B=1', 'A B: no name for a variable'],
    ] as const) {
      expect(await home.homerun('env', 'set', value), value).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(why),
      });
    }
    expect((await home.homerun('env')).stdout).toMatch(/^VARIABLE +FOR +VALUE/);
    expect(documentOf('env', (await home.homerun('env', 'list', '--json')).stdout)).toEqual({
      version: 1,
      ok: true,
      variables: [
        { name: 'EMPTY', value: '', service: null, differs: [] },
        { name: 'GREETING', value: 'good day', service: null, differs: [] },
      ],
    });
    for (const bad of ['1A=x', 'PPID=1', 'nothing'])
      expect((await home.homerun('env', 'set', bad)).code, bad).toBeGreaterThan(0);
  });
});

describe.concurrent('homerun notify', () => {
  it('sends one notice when a service enters a loop, with the last lines and the command, and one when it stays up again', async (test) => {
    const home = homeOfTest(test);
    home.service('worker', {
      // Each run ends when its words have come to the log, which is another process.
      run: `#!/bin/sh
exec 2>&1
[ -e mended ] && exec sleep 100000
echo "no <configuration>"
echo >>runs
until [ "$(cat '${join(home.logFolder('worker'), 'current')}' 2>/dev/null | grep -c configuration)" -ge "$(grep -c '' runs)" ]; do sleep 0.05; done
exit 78
`,
    });
    const bin = join(home.folder, 'fake-bin');
    const sent = join(home.folder, 'sent');
    mkdirSync(bin);
    writeFileSync(sent, '');
    writeFileSync(join(bin, 'notify-send'), `#!/bin/sh\nprintf '%s\\n' "$5|$6" >>'${sent}'\n`);
    chmodSync(join(bin, 'notify-send'), 0o755);
    const env = { PATH: `${bin}:${home.env.PATH}` };
    expect((await home.homerunWith(env, 'notify', '--test')).code).toBe(0);
    expect(readFileSync(sent, 'utf8')).toMatch(/^homerun: /);
    writeFileSync(sent, '');
    expect((await home.homerunWith({ PATH: '/nonexistent' }, 'notify', '--test')).code).toBe(1);

    await home.start();
    const { spawn } = await import('node:child_process');
    const { ROOT } = await import('../setup/home.ts');
    const watcher = home.own(
      spawn(process.execPath, [join(ROOT, 'bin/homerun'), 'notify', '--watch'], {
        env: { ...home.env, ...env },
        stdio: 'ignore',
      }),
    );
    await until('it was told', () => readFileSync(sent, 'utf8').includes('doctor'));
    expect(readFileSync(sent, 'utf8')).toMatch(
      /^worker: crash-looping \d+ times in 60 s: exit 78\|(?:.* no &lt;configuration&gt;\n){3}homerun doctor worker\n$/,
    );
    writeFileSync(join(home.layout.serviceAll, 'worker/mended'), '');
    await until('the end of it was told', () => readFileSync(sent, 'utf8').includes('stays up again'));
    // It looped on all the while: one notice for the entering, one for the leaving.
    expect(readFileSync(sent, 'utf8').match(/\|/g)).toHaveLength(2);
    watcher.kill('SIGTERM');
    await until('it ends', () => watcher.exitCode === 0);
  });
});
