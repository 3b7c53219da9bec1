/** Real daemons from their templates, as an ordinary user: they stay up, log through svlogd, and end on sv down. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeHome, type TestHome } from '../setup/fresh-home.ts';
import { needs } from '../setup/needs.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

/** A port of its own. */
const base = 21_000 + (process.pid % 20_000);
/** Template, the program that has to be there, answers. */
const DAEMONS: readonly (readonly [string, string, readonly string[]])[] = [
  ['aria2', 'aria2c', [`port=${base}`]],
  ['remind', 'remind', []],
  ['dbus', 'dbus-daemon', []],
  ['tmux', 'tmux', []],
  ['dtach', 'dtach', ['command=sleep 1000']],
];
const programs = DAEMONS.map(([, program]) => program);

const root = process.getuid?.() === 0;
const asNobody = (...words: string[]): [string, string[]] =>
  root
    ? ['setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', ...words]]
    : [words[0] as string, words.slice(1)];

describe.skipIf(!needs('runsvdir', 'runsv', 'sv', 'svlogd', 'setpriv', ...programs))('a real daemon', () => {
  let home: TestHome;
  let runsvdir: ChildProcess;
  const run = (...words: string[]) =>
    home.run(...(([file, args]) => [file, ...args] as [string, ...string[]])(asNobody(...words)));

  beforeAll(async () => {
    home = makeHome();
    home.env.XDG_RUNTIME_DIR = join(home.path, 'runtime');
    mkdirSync(home.env.XDG_RUNTIME_DIR, { mode: 0o700 });
    writeFileSync(join(home.path, '.reminders'), 'REM Mon MSG hello\n');
    if (root) {
      spawnSync('chown', ['-R', '65534:65534', '--', home.path]);
      spawnSync('chmod', ['755', '--', join(home.path, '..')]);
    }
    expect(
      run(resolve('bin/homerun'), 'init', '--yes', '--engine', 'system', '--session', 'none'),
    ).toMatchObject({
      code: 0,
      stderr: '',
    });
    const [file, args] = asNobody('runsvdir', '-P', join(home.path, 'service_gui'), 'log: ..........');
    runsvdir = spawn(file, args, { env: home.env, cwd: home.path, stdio: 'ignore' });
  });
  afterAll(() => {
    runsvdir?.kill('SIGHUP');
    home.remove();
  });

  for (const [template, , answers] of DAEMONS) {
    it(`stays up as an ordinary user, has its log, and ends on sv down: ${template}`, async () => {
      const set = answers.flatMap((answer) => ['--set', answer]);
      const made = run(
        resolve('bin/homerun'),
        'add-service',
        template,
        '--template',
        template,
        ...set,
        '--yes',
      );
      expect([made.code, made.stdout]).toEqual([
        0,
        expect.stringMatching(new RegExp(`^up: ${template}: pid \\d+`)),
      ]);
      expect(readdirSync(join(home.path, '.local/state/homerun/log', template))).toContain('current');
      const svl = join(home.path, 'bin/svl');
      expect(run(svl, '-w', '60', 'check', template).stdout).toMatch(new RegExp(`^ok: run: ${template}: `));
      expect(run(svl, '-w', '60', 'down', template).stdout).toMatch(new RegExp(`^ok: down: ${template}: `));
    });
  }
});
