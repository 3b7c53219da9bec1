/**
 * The hook in the configuration of sway (without a screen) and of i3 (under Xvfb), as an ordinary user: the program
 * itself accepts the file, the services see its display, and its end, of which it tells nobody, ends them all.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeHome, type TestHome } from '../setup/fresh-home.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { addNote, running, seenByNote, supervisors } from './session.ts';

vi.setConfig({ testTimeout: 240_000 });

const root = process.getuid?.() === 0;
const asNobody = (...words: string[]): [string, string[]] =>
  root
    ? ['setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', ...words]]
    : [words[0] as string, words.slice(1)];

let home: TestHome;
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0).reverse()) child.kill('SIGTERM');
  home.remove();
});

function start(...words: string[]): ChildProcess {
  const [file, args] = asNobody(...words);
  const child = spawn(file, args, { env: home.env, cwd: home.path, stdio: ['ignore', 'pipe', 'ignore'] });
  started.push(child);
  return child;
}

function run(...words: string[]): { code: number | null; stdout: string; stderr: string } {
  const [file, args] = asNobody(...words);
  return home.run(file, ...args);
}

/** A home of nobody's with this configuration, the hook in it, and a service that notes its environment. */
function makeSession(session: string, config: string, text: string): string {
  home = makeHome();
  const file = join(home.path, config);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  expect(home.homerun('init', '--engine', 'system', '--session', session)).toMatchObject({
    code: 0,
    stderr: '',
  });
  addNote(home);
  const runtime = join(home.path, 'runtime');
  mkdirSync(runtime, { mode: 0o700 });
  home.env.XDG_RUNTIME_DIR = runtime;
  if (root) {
    spawnSync('chown', ['-R', '65534:65534', '--', home.path]);
    spawnSync('chmod', ['755', '--', join(home.path, '..')]);
  }
  return file;
}

/** What runs from this home, but for the X server. */
const left = (): number[] => running(home, /^(?!Xvfb )./);

describe.skipIf(!needs('runsvdir', 'flock', 'setpriv', 'sway', 'swaymsg'))(
  'the hook in the configuration of sway',
  () => {
    it('is accepted, starts the services once, also after a reload, and ends them with sway', async () => {
      const config = makeSession('sway', '.config/sway/config', 'xwayland disable\n');
      Object.assign(home.env, {
        WLR_BACKENDS: 'headless',
        WLR_RENDERER: 'pixman',
        WLR_LIBINPUT_NO_DEVICES: '1',
      });
      expect(readFileSync(config, 'utf8')).toBe(
        'xwayland disable\n# >>> homerun >>>\n# Your services start here, once, and end with this session.\nexec ~/.config/homerun/runsvdir_ann.sh --session\n# <<< homerun <<<\n',
      );
      expect(run('sway', '-C', '-c', config)).toMatchObject({ code: 0 });
      const sway = start('sway', '-c', config);
      const ended = new Promise((resolve) => sway.on('exit', resolve));
      const environment = await seenByNote(home);
      const runtime = home.env.XDG_RUNTIME_DIR as string;
      const socket = readdirSync(runtime).find((name) => name.startsWith('sway-ipc.')) as string;
      expect(environment).toMatchObject({
        WAYLAND_DISPLAY: readdirSync(runtime).find((name) => /^wayland-\d+$/.test(name)),
        SWAYSOCK: join(runtime, socket),
        XDG_RUNTIME_DIR: runtime,
      });
      home.env.SWAYSOCK = join(runtime, socket);
      const pid = (): string => readFileSync(join(home.path, 'service_all/note/supervise/pid'), 'utf8');
      const before = await until('its pid is known', pid);
      expect(run('swaymsg', 'reload')).toMatchObject({ code: 0 });
      expect([supervisors(home).length, pid()]).toEqual([1, before]);
      // sway answers with the end of the connection.
      run('swaymsg', 'exit');
      await ended;
      await until('nothing is left of the session', () => left().length === 0);
    });
  },
);

describe.skipIf(!needs('runsvdir', 'flock', 'setpriv', 'Xvfb', 'i3', 'i3-msg'))(
  'the hook in the configuration of i3',
  () => {
    for (const end of ['i3', 'the X server']) {
      it(`is accepted, starts the services, and ends them with ${end}`, async () => {
        const config = makeSession(
          'i3',
          '.config/i3/config',
          '# i3 config file (v4)\nfont pango:monospace 8\n',
        );
        expect(readFileSync(config, 'utf8')).toContain(
          '\nexec --no-startup-id ~/.config/homerun/runsvdir_ann.sh --session\n',
        );
        expect(run('i3', '-C', '-c', config)).toMatchObject({ code: 0 });
        const server = start('Xvfb', '-displayfd', '1', '-screen', '0', '320x200x24', '-nolisten', 'tcp');
        const display = await new Promise<string>((resolve) => {
          server.stdout?.once('data', (data: Buffer) => resolve(`:${String(data).trim()}`));
        });
        home.env.DISPLAY = display;
        const i3 = start('i3', '-c', config);
        const ended = new Promise((resolve) => i3.on('exit', resolve));
        expect(await seenByNote(home)).toMatchObject({
          DISPLAY: display,
          I3SOCK: expect.stringMatching(/\/ipc-socket\.\d+$/),
        });
        expect(supervisors(home).length).toBe(1);
        if (end === 'i3') run('i3-msg', 'exit');
        else server.kill('SIGTERM');
        await ended;
        await until('nothing is left of the session', () => left().length === 0);
      });
    }
  },
);
