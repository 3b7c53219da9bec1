/**
 * Real daemons from their templates, as an ordinary user, under one supervisor, a real X server and a real Wayland
 * compositor: they stay up, have their log, and end on sv down, with nothing left behind.
 *
 * What CI installs (.ci/run) must be there. `HOMERUN_ALL_DAEMONS=1` adds every other template in the table whose
 * program is on this machine; with names instead of the 1 (`HOMERUN_ALL_DAEMONS=borg,sshfs`) those alone are tried.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Context } from '../../src/cli/context.ts';
import { proveUp } from '../../src/cli/prove-up.ts';
import { run as addService } from '../../src/cli/run/add-service.ts';
import { searchPath } from '../../src/layout/path-search.ts';
import { createContext } from '../../src/system/node/context.ts';
import { makeHome, type TestHome } from '../setup/fresh-home.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

interface Daemon {
  readonly template: string;
  readonly program: string;
  /** CI installs it. */
  readonly ci?: true;
  readonly set?: readonly string[];
  /** Below the home, before it starts. */
  readonly files?: Readonly<Record<string, string>>;
  /** Variables of its own; an empty one is taken away. */
  readonly env?: Readonly<Record<string, string>>;
  /** A shell command, as that user, before everything starts. */
  readonly prepare?: string;
}

/** Ports of its own: below those that the kernel gives to whoever asks for any, and past those of Syncthing. */
let port = 23_000 + (process.pid % 200) * 48;
const nextPort = (): string => String(port++);
const RC = { '.fetchmailrc': 'poll localhost protocol pop3 port 9 user "x" password "y"\n' };

/** What wants a system bus gets the session's. */
const ON_SESSION_BUS = { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=HOME/runtime/bus' };

const DAEMONS: readonly Daemon[] = [
  // Files, mail, servers.
  { template: 'aria2', program: 'aria2c', ci: true, set: [`port=${nextPort()}`] },
  {
    template: 'autossh',
    program: 'autossh',
    ci: true,
    set: ['host=localhost', `forward=-p 9 -L ${nextPort()}:localhost:9`],
  },
  {
    template: 'bitlbee',
    program: 'bitlbee',
    files: {
      '.config/bitlbee/bitlbee.conf': `[settings]\nDaemonInterface = 127.0.0.1\nDaemonPort = ${nextPort()}\n`,
    },
  },
  {
    template: 'busybox-httpd',
    program: 'busybox',
    ci: true,
    set: [`port=${nextPort()}`, 'directory=~/www'],
    files: { 'www/index.html': 'x' },
  },
  {
    template: 'borg',
    program: 'borg',
    set: ['repository=HOME/borg', 'passfile=~/borg.pass', 'paths=~/www'],
    files: { 'borg.pass': 'x\n' },
    prepare: 'BORG_PASSPHRASE=x borg init -e repokey ~/borg',
  },
  { template: 'command', program: 'sleep', ci: true, set: ['command=sleep 1000'] },
  { template: 'dbus', program: 'dbus-daemon', ci: true },
  { template: 'deluged', program: 'deluged', set: [`arguments=-p ${nextPort()}`] },
  { template: 'dtach', program: 'dtach', ci: true, set: ['command=sleep 1000'] },
  { template: 'emacs', program: 'emacs' },
  { template: 'fetchmail', program: 'fetchmail', ci: true, files: RC },
  {
    template: 'fetchmail-daemon',
    program: 'fetchmail',
    ci: true,
    // The other one has its pid file in the home.
    env: { FETCHMAILHOME: 'HOME/fetchmail' },
    files: { ...RC, 'fetchmail/x': '' },
  },
  { template: 'getmail', program: 'getmail' },
  {
    template: 'gocryptfs',
    program: 'gocryptfs',
    set: ['cipher=~/cipher', 'directory=~/plain', 'passfile=~/gocryptfs.pass'],
    files: { 'gocryptfs.pass': 'x\n', 'cipher/.keep': '' },
    prepare: 'rm ~/cipher/.keep && gocryptfs -init -q -passfile ~/gocryptfs.pass ~/cipher',
  },
  {
    template: 'http-server',
    program: 'python3',
    set: [`port=${nextPort()}`, 'directory=~/web'],
    files: { 'web/index.html': 'x' },
  },
  { template: 'i2pd', program: 'i2pd' },
  { template: 'interval', program: 'date', ci: true, set: ['command=date', 'minutes=60'] },
  {
    template: 'lighttpd',
    program: 'lighttpd',
    ci: true,
    files: {
      '.config/lighttpd/lighttpd.conf': `server.document-root = "/tmp"\nserver.bind = "127.0.0.1"\nserver.port = ${nextPort()}\n`,
    },
  },
  { template: 'loop', program: 'date', ci: true, set: ['command=date'] },
  { template: 'mbsync', program: 'mbsync', ci: true, files: { '.mbsyncrc': '' } },
  {
    template: 'mpd',
    program: 'mpd',
    files: {
      '.config/mpd/mpd.conf': `bind_to_address "127.0.0.1"\nport "${nextPort()}"\naudio_output {\n type "null"\n name "none"\n}\n`,
    },
  },
  {
    template: 'mpdscribble',
    program: 'mpdscribble',
    files: { '.mpdscribble/mpdscribble.conf': 'log = -\nport = 9\n[file]\nfile = HOME/scrobbles\n' },
  },
  { template: 'newtest', program: 'sh', ci: true },
  {
    template: 'offlineimap',
    program: 'offlineimap',
    files: { '.offlineimaprc': '[general]\naccounts = a\n' },
  },
  {
    template: 'pager',
    program: 'sh',
    ci: true,
    set: ['directory=~/pager', 'folders=queue', 'stale=reload.int'],
    files: { 'pager/loops.py': '#!/bin/sh\nexec sleep 1000\n' },
  },
  { template: 'qbittorrent', program: 'qbittorrent-nox', set: [`port=${nextPort()}`] },
  { template: 'radicale', program: 'radicale' },
  {
    template: 'rclone-mount',
    program: 'rclone',
    set: ['remote=:local:HOME/www', 'directory=~/rclone'],
  },
  { template: 'redis', program: 'redis-server', ci: true, set: [`port=${nextPort()}`] },
  { template: 'remind', program: 'remind', ci: true, files: { '.reminders': 'REM Mon MSG hello\n' } },
  {
    template: 'reminders',
    program: 'sh',
    ci: true,
    set: ['directory=~/reminders'],
    files: { 'reminders/reminders.py': '#!/bin/sh\nexec sleep 1000\n' },
  },
  {
    template: 'restic',
    program: 'restic',
    set: ['repository=HOME/restic', 'passfile=~/restic.pass', 'paths=~/www'],
    files: { 'restic.pass': 'x\n' },
    prepare: 'restic init -r ~/restic --password-file ~/restic.pass',
  },
  {
    template: 'rtorrent',
    program: 'rtorrent',
    files: { '.rtorrent.rc': 'network.port_range.set = 6890-6999\n' },
  },
  { template: 'screen', program: 'screen', ci: true, set: ['command=sleep 1000'] },
  { template: 'snooze', program: 'snooze', ci: true, set: ['command=date'] },
  { template: 'ssh-agent', program: 'ssh-agent', ci: true },
  {
    template: 'sshd',
    program: 'sshd',
    ci: true,
    files: {
      '.config/sshd/sshd_config': `Port ${nextPort()}\nListenAddress 127.0.0.1\nHostKey HOME/.config/sshd/key\nPidFile none\nUsePAM no\n`,
    },
  },
  { template: 'syncthing', program: 'syncthing', ci: true },
  { template: 'tmux', program: 'tmux', ci: true },
  {
    template: 'tor',
    program: 'tor',
    ci: true,
    files: { '.config/tor/torrc': `SocksPort ${nextPort()}\nDataDirectory HOME/.tor\nDisableNetwork 1\n` },
  },
  {
    template: 'transmission',
    program: 'transmission-daemon',
    ci: true,
    set: [`arguments=--port ${nextPort()}`],
  },
  {
    template: 'unison',
    program: 'unison',
    files: { '.unison/default.prf': 'root = HOME/www\nroot = HOME/www2\n', 'www2/x': 'x' },
  },
  {
    template: 'vdirsyncer',
    program: 'vdirsyncer',
    files: { '.config/vdirsyncer/config': '[general]\nstatus_path = "~/.vdirsyncer/status/"\n' },
  },
  { template: 'weechat', program: 'weechat-headless' },
  {
    template: 'znc',
    program: 'znc',
    files: {
      '.znc/configs/znc.conf': `Version = 1.8.2\n<Listener l>\n Host = 127.0.0.1\n Port = ${nextPort()}\n SSL = false\n</Listener>\n<User admin>\n Pass = plain#x#\n Admin = true\n</User>\n`,
    },
  },
  // Sound.
  {
    template: 'fluidsynth',
    program: 'fluidsynth',
    set: ['driver=file', 'font=~/font.sf2'],
    files: { 'font.sf2': '' },
  },
  { template: 'jackd', program: 'jackd', set: ['driver=-r -d dummy'] },
  { template: 'pipewire', program: 'pipewire', ci: true },
  {
    template: 'pulseaudio',
    program: 'pulseaudio',
    ci: true,
    // pipewire-pulse makes the same socket: two runtime directories, as for two users.
    env: { XDG_RUNTIME_DIR: 'HOME/runtime-pulse' },
    files: { '.config/pulse/client.conf': 'autospawn = no\n' },
  },
  { template: 'pipewire-pulse', program: 'pipewire-pulse', ci: true },
  { template: 'wireplumber', program: 'wireplumber', ci: true },
  { template: 'playerctld', program: 'playerctld', ci: true },
  { template: 'mpdris2', program: 'mpDris2' },
  // X.
  { template: 'autocutsel', program: 'autocutsel', ci: true },
  { template: 'barrier-client', program: 'barrierc', set: ['name=a', 'server=localhost'] },
  {
    template: 'barrier-server',
    program: 'barriers',
    files: { '.config/barrier.conf': 'section: screens\na:\nend\n' },
    set: ['arguments=-n a'],
  },
  { template: 'blueman-applet', program: 'blueman-applet', env: ON_SESSION_BUS },
  { template: 'clipmenud', program: 'clipmenud' },
  {
    template: 'conky',
    program: 'conky',
    files: {
      '.config/conky/conky.conf':
        'conky.config = { out_to_console = true, out_to_x = false, update_interval = 60 }\nconky.text = [[x]]\n',
    },
  },
  { template: 'copyq', program: 'copyq' },
  { template: 'dunst', program: 'dunst', ci: true },
  { template: 'easyeffects', program: 'easyeffects' },
  { template: 'fcitx5', program: 'fcitx5' },
  { template: 'ibus', program: 'ibus-daemon' },
  {
    template: 'imwheel',
    program: 'imwheel',
    ci: true,
    files: { '.imwheelrc': '".*"\nNone, Up, Button4, 3\n' },
  },
  { template: 'kdeconnect', program: '/usr/lib/x86_64-linux-gnu/libexec/kdeconnectd' },
  { template: 'keynav', program: 'keynav' },
  { template: 'lxpolkit', program: 'lxpolkit', env: ON_SESSION_BUS },
  { template: 'nm-applet', program: 'nm-applet', env: ON_SESSION_BUS },
  { template: 'parcellite', program: 'parcellite' },
  { template: 'pasystray', program: 'pasystray' },
  { template: 'picom', program: 'picom', ci: true },
  {
    template: 'polybar',
    program: 'polybar',
    set: ['bar=top'],
    files: {
      '.config/polybar/config.ini':
        '[bar/top]\nmodules-left = d\n[module/d]\ntype = internal/date\ndate = %H\n',
    },
  },
  { template: 'redshift', program: 'redshift', ci: true, set: ['place=52.5:13.4', 'arguments=-r'] },
  { template: 'gammastep', program: 'gammastep', set: ['place=52.5:13.4', 'arguments=-r'] },
  {
    template: 'sxhkd',
    program: 'sxhkd',
    ci: true,
    files: { '.config/sxhkd/sxhkdrc': 'super + x\n  true\n' },
  },
  {
    template: 'tigervnc',
    program: 'Xtigervnc',
    set: ['display=77', 'passfile=~/vnc', `arguments=-rfbport ${nextPort()}`],
    files: { vnc: 'xxxxxxxx' },
  },
  { template: 'udiskie', program: 'udiskie', env: ON_SESSION_BUS },
  { template: 'unclutter', program: 'unclutter-xfixes', ci: true },
  { template: 'volumeicon', program: 'volumeicon' },
  {
    template: 'x11vnc',
    program: 'x11vnc',
    // It takes no X server where there is a Wayland compositor, too.
    env: { WAYLAND_DISPLAY: '' },
    set: ['passfile=~/vnc', `port=${nextPort()}`],
    files: { vnc: 'xxxxxxxx' },
  },
  { template: 'xbindkeys', program: 'xbindkeys', ci: true, files: { '.xbindkeysrc': '"true"\n  F5\n' } },
  { template: 'xcape', program: 'xcape', ci: true },
  { template: 'xcompmgr', program: 'xcompmgr' },
  { template: 'xfce4-notifyd', program: '/usr/lib/x86_64-linux-gnu/xfce4/notifyd/xfce4-notifyd' },
  { template: 'xfce4-power-manager', program: 'xfce4-power-manager' },
  { template: 'xfsettingsd', program: 'xfsettingsd' },
  { template: 'xscreensaver', program: 'xscreensaver' },
  { template: 'xsettingsd', program: 'xsettingsd', ci: true, files: { '.xsettingsd': 'Net/X 1\n' } },
  { template: 'xss-lock', program: 'xss-lock', set: ['locker=true'] },
  { template: 'gnome-keyring', program: 'gnome-keyring-daemon' },
  { template: 'tint2', program: 'tint2' },
  // Wayland.
  { template: 'cliphist', program: 'cliphist' },
  { template: 'foot-server', program: 'foot', ci: true },
  {
    template: 'kanshi',
    program: 'kanshi',
    ci: true,
    files: { '.config/kanshi/config': 'profile {\n  output HEADLESS-1 enable\n}\n' },
  },
  { template: 'mako', program: 'mako' },
  { template: 'swaybg', program: 'swaybg', ci: true, set: ['picture=', 'colour=#000000'] },
  { template: 'swayidle', program: 'swayidle', ci: true, set: ['locker=true'] },
  { template: 'waybar', program: 'waybar' },
  { template: 'wayvnc', program: 'wayvnc', set: [`port=${nextPort()}`] },
  { template: 'wlsunset', program: 'wlsunset', ci: true, set: ['latitude=52.5', 'longitude=13.4'] },
  { template: 'wob', program: 'wob', ci: true },
];

const wanted = process.env.HOMERUN_ALL_DAEMONS?.split(',');
const everything = wanted?.[0] === '1';
/** Debian's programs alone: others may lie where an ordinary user can't look. */
const path = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/usr/games';
const here = (program: string): boolean =>
  program.startsWith('/')
    ? existsSync(program)
    : searchPath(createContext().files, path, program) !== undefined;
const tried = DAEMONS.filter(({ template, program, ci }) =>
  wanted === undefined || everything
    ? ci === true || (everything && here(program))
    : wanted.includes(template) || template === 'dbus',
);
if (everything) {
  const without = DAEMONS.filter((each) => !here(each.program)).map(({ template }) => template);
  console.warn(`not on this machine: ${without.join(' ')}`);
}

const root = process.getuid?.() === 0;
const asNobody = (...words: string[]): [string, string[]] =>
  root
    ? ['setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', ...words]]
    : [words[0] as string, words.slice(1)];

const required = [
  'runsvdir',
  'runsv',
  'sv',
  'svlogd',
  'setpriv',
  'Xvfb',
  'sway',
  ...DAEMONS.flatMap((each) => (each.ci === true ? [each.program] : [])),
];

describe.skipIf(!needs(...required))('real daemons from their templates, as an ordinary user', () => {
  let home: TestHome;
  const started: ChildProcess[] = [];
  let context: Context;
  const spawnAsNobody = (...words: string[]): ChildProcess => {
    const [file, args] = asNobody(...words);
    const child = spawn(file, args, { env: home.env, cwd: home.path, stdio: ['ignore', 'pipe', 'ignore'] });
    started.push(child);
    return child;
  };
  const run = (...words: string[]) => {
    const [file, args] = asNobody(...words);
    return home.run(file, ...args);
  };
  const logOf = (template: string): string => join(home.path, '.local/state/homerun/log', template);
  const enable = (template: string): void =>
    symlinkSync(join(home.path, 'service_all', template), join(home.path, 'service_gui', template));

  beforeAll(async () => {
    home = makeHome();
    const runtime = join(home.path, 'runtime');
    mkdirSync(runtime, { mode: 0o700 });
    mkdirSync(join(home.path, 'runtime-pulse'), { mode: 0o700 });
    Object.assign(home.env, {
      PATH: path,
      SHELL: '/bin/sh',
      XDG_RUNTIME_DIR: runtime,
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${runtime}/bus`,
      WLR_BACKENDS: 'headless',
      WLR_LIBINPUT_NO_DEVICES: '1',
      WLR_RENDERER: 'pixman',
      NO_AT_BRIDGE: '1',
      GSETTINGS_BACKEND: 'memory',
    });
    writeFileSync(join(home.path, 'sway.conf'), 'xwayland disable\n');
    for (const { files = {} } of tried) {
      for (const [name, text] of Object.entries(files)) {
        const file = join(home.path, name);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text.replaceAll('HOME/', `${home.path}/`), {
          mode: text.startsWith('#!') ? 0o700 : 0o600,
        });
      }
    }
    if (tried.some(({ template }) => template === 'sshd')) {
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home.path, '.config/sshd/key')]);
    }
    expect(home.homerun('init', '--yes', '--engine', 'system', '--session', 'none').code).toBe(0);
    if (root) {
      spawnSync('chown', ['-R', '65534:65534', '--', home.path]);
      spawnSync('chmod', ['755', '--', join(home.path, '..')]);
    }
    const xvfb = spawnAsNobody('Xvfb', '-displayfd', '1', '-screen', '0', '640x480x24', '-nolisten', 'tcp');
    const display = await new Promise<string>((resolve_) => {
      xvfb.stdout?.once('data', (data: Buffer) => resolve_(`:${String(data).trim()}`));
    });
    spawnAsNobody('sway', '-c', join(home.path, 'sway.conf'));
    const socket = await until('sway has its socket', () =>
      readdirSync(runtime).find((name) => /^wayland-\d+$/.test(name)),
    );
    Object.assign(home.env, { DISPLAY: display, WAYLAND_DISPLAY: socket });
    const swaysock = readdirSync(runtime).find((name) => name.startsWith('sway-ipc'));
    if (swaysock !== undefined) home.env.SWAYSOCK = join(runtime, swaysock);

    // The command itself, in this process: one start of Node for each would take longer than all the daemons.
    const real = createContext();
    context = {
      ...real,
      env: home.env,
      places: { home: home.path, user: 'ann', env: home.env },
      identity: { ...real.identity, home: home.path, user: 'ann' },
      cwd: home.path,
      installation: resolve('.'),
      interactive: false,
      out: () => {},
      err: () => {},
    };
    for (const { template, set = [], env = {} } of tried) {
      const code = await addService(context, {
        words: [template],
        options: {
          template,
          set: set.map((each) => each.replaceAll('HOME/', `${home.path}/`)),
          yes: true,
          log: true,
          enable: false,
        },
      });
      expect([template, code]).toEqual([template, 0]);
      for (const [name, value] of Object.entries(env)) {
        const folder = join(home.path, 'service_all', template, 'env');
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, name), value.replaceAll('HOME/', `${home.path}/`));
      }
    }
    if (root) spawnSync('chown', ['-R', '65534:65534', '--', home.path]);
    for (const { template, prepare } of tried) {
      if (prepare !== undefined)
        expect([template, run('sh', '-c', prepare)]).toMatchObject([template, { code: 0 }]);
    }
    spawnAsNobody('runsvdir', '-P', join(home.path, 'service_gui'), 'log: ..........');
    enable('dbus');
    await until('the bus is there', () => existsSync(join(runtime, 'bus')));
  });
  afterAll(() => {
    for (const child of started.reverse()) child.kill(child.spawnfile === 'runsvdir' ? 'SIGHUP' : 'SIGTERM');
    try {
      home.remove();
    } catch {
      // A mount that a test which failed has left.
      for (const line of readFileSync('/proc/mounts', 'utf8').split('\n')) {
        const place = line.split(' ')[1];
        if (place?.startsWith(`${home.path}/`)) spawnSync('fusermount3', ['-uz', place]);
      }
      home.remove();
    }
  });

  it(`stay up, each with its own log, and end on sv down: ${tried.map(({ template }) => template).join(' ')}`, async () => {
    const before = home.processes();
    for (const { template } of tried) if (template !== 'dbus') enable(template);
    const proofs = await Promise.all(
      tried.map(async ({ template }) => {
        const proof = await proveUp(join(home.path, 'service_gui', template), logOf(template), context.clock);
        return [template, proof.kind === 'up' ? 'up' : proof] as const;
      }),
    );
    const lastLines = (template: string): string => {
      try {
        return readFileSync(join(logOf(template), 'current'), 'utf8').slice(-1500);
      } catch {
        return 'no log';
      }
    };
    expect(proofs.filter(([, proof]) => proof !== 'up').map((each) => [...each, lastLines(each[0])])).toEqual(
      [],
    );
    expect(tried.filter(({ template }) => !existsSync(join(logOf(template), 'current')))).toEqual([]);

    const names = tried.map(({ template }) => template);
    // The bus last: others talk through it.
    const down = (...services: string[]) =>
      run(join(home.path, 'bin/svl'), '-w', '60', 'down', ...services).stdout;
    const lines = `${down(...names.filter((name) => name !== 'dbus'))}${down('dbus')}`.trimEnd().split('\n');
    expect(lines.filter((line) => !/^ok: down: [^:]+: \d+s/.test(line))).toEqual([]);
    expect(lines.length).toBe(names.length);

    // Nothing but the supervisor, its runsv processes and the loggers is there that was not before.
    const left = await until('nothing of a daemon is left', () => {
      const more = home.processes().filter((pid) => !before.includes(pid));
      const words = more.map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
        } catch {
          return '';
        }
      });
      const foreign = words.filter((each) => each !== '' && !/^(?:runsv|svlogd|runsvdir) /.test(each));
      if (wanted !== undefined && foreign.length > 0) console.warn(foreign.join('\n'));
      return foreign.length === 0;
    });
    expect(left).toBe(true);
  });
});
