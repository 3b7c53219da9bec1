/** The hook under a real X server, and in a session that ends without a word. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeHome, type TestHome } from '../setup/fresh-home.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { addNote, freeDisplay, running, script, seenByNote, supervisors } from './session.ts';

vi.setConfig({ testTimeout: 240_000 });

let home: TestHome;
afterEach(() => home.remove());

/** A home with a service that notes its environment, and a window manager that ends when a file goes. */
function makeSession(engine: string, ...flags: string[]): void {
  home = makeHome();
  const wm = join(home.path, 'wm');
  script(wm, 'echo $$ >"$HOME/wm.pid"\nwhile [ -e "$HOME/stay" ]; do sleep 0.1; done\n');
  writeFileSync(join(home.path, 'stay'), '');
  script(join(home.path, '.xinitrc'), 'export FROM_SESSION=yes\nexec "$HOME/wm"\n');
  expect(home.homerun('init', '--engine', engine, ...flags)).toMatchObject({ code: 0, stderr: '' });
  addNote(home);
}

describe.skipIf(!needs('xinit', 'Xvfb', 'runsvdir'))('the hook under a real X server', () => {
  for (const engine of ['system', 'bundled']) {
    it(`starts the services with the session and ends them with it: ${engine}`, async () => {
      makeSession(engine);
      const display = freeDisplay(200);
      const xinit = spawn(
        'xinit',
        [join(home.path, '.xinitrc'), '--', '/usr/bin/Xvfb', `:${display}`, '-screen', '0', '320x200x8'],
        {
          env: home.env,
          cwd: home.path,
          stdio: 'ignore',
        },
      );
      const ended = new Promise<void>((resolve) => xinit.on('exit', () => resolve()));
      expect(await seenByNote(home)).toMatchObject({ DISPLAY: `:${display}`, FROM_SESSION: 'yes' });
      // The hook's shell became the window manager.
      const wm = await until('the window manager runs', () => {
        const file = join(home.path, 'wm.pid');
        return existsSync(file) && readFileSync(file, 'utf8').trim();
      });
      expect(readFileSync(`/proc/${wm}/cmdline`, 'utf8')).toContain('/wm');
      await until('one runsvdir runs', () => supervisors(home).length === 1);

      // A second session of the same user.
      const first = supervisors(home);
      const second = home.run('sh', '-c', '"$HOME/.config/homerun/runsvdir_ann.sh"');
      expect(second).toMatchObject({ code: 0, stderr: expect.stringContaining('runs already') });
      expect(supervisors(home)).toEqual(first);

      unlinkSync(join(home.path, 'stay'));
      await ended;
      await until('nothing is left of the session', () => home.processes().length === 0);
    });
  }
});

describe.skipIf(!needs('runsvdir'))('a session that signals nothing', () => {
  /** The session file as a display manager runs it: no xinit, no HUP to the group. */
  const startSession = () => {
    const session = spawn('sh', ['-c', 'exec "$HOME/.xinitrc"'], {
      env: home.env,
      cwd: home.path,
      stdio: 'ignore',
      detached: true,
    });
    return new Promise<void>((resolve) => session.on('exit', () => resolve()));
  };

  it('ends its services all the same', async () => {
    makeSession('system');
    const ended = startSession();
    await seenByNote(home);
    unlinkSync(join(home.path, 'stay'));
    await ended;
    await until('nothing is left of the session', () => home.processes().length === 0);
  });

  it('leaves them running when they are to outlive it, until homerun down', async () => {
    makeSession('system', '--keep-running');
    const ended = startSession();
    await seenByNote(home);
    const before = supervisors(home);
    expect(before.length).toBe(1);
    unlinkSync(join(home.path, 'stay'));
    await ended;
    // As xinit would: the whole group is hung up on. Only the runner and what it started are left of it.
    for (const pid of running(home, /runsvdir_ann\.sh/)) {
      try {
        process.kill(pid, 'SIGHUP');
      } catch {
        // A child of the runner on its way to becoming a nap.
      }
    }
    // A runner that was stopping would let no service start again.
    expect(home.run(join(home.path, 'bin/svl'), '-w', '20', 'restart', 'note').stdout).toMatch(
      /^ok: run: note: /,
    );
    expect(supervisors(home)).toEqual(before);
    expect(home.homerun('down').code).toBe(0);
    await until('nothing is left', () => home.processes().length === 0);
  });

  it('is noticed by a compositor that dies: the lock of its socket is free then', async () => {
    makeSession('system', '--session', 'labwc');
    const runtime = join(home.path, 'runtime');
    mkdirSync(runtime, { mode: 0o700 });
    writeFileSync(join(runtime, 'wayland-7.lock'), '');
    home.env.XDG_RUNTIME_DIR = runtime;
    home.env.WAYLAND_DISPLAY = 'wayland-7';
    // Like a compositor: holds the lock, runs autostart, and ends without a signal to anyone.
    const compositor = spawn(
      'flock',
      [
        '-o',
        join(runtime, 'wayland-7.lock'),
        '-c',
        'sh "$HOME/.config/labwc/autostart"; while [ -e "$HOME/stay" ]; do sleep 0.1; done',
      ],
      { env: home.env, cwd: home.path, stdio: 'ignore', detached: true },
    );
    const ended = new Promise<void>((resolve) => compositor.on('exit', () => resolve()));
    expect(await seenByNote(home)).toMatchObject({ WAYLAND_DISPLAY: 'wayland-7', XDG_RUNTIME_DIR: runtime });
    unlinkSync(join(home.path, 'stay'));
    await ended;
    await until('nothing is left of the session', () => home.processes().length === 0);
  });
});
