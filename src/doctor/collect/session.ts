/** What lies around the service directories: svl, the runner, the session files, the programs, the display's socket. */
import { join } from 'node:path';
import { runnerNamed } from '../homefiles.ts';
import type { Looker } from './looker.ts';
import { MOUNT_LIMIT, SOCKET_LIMIT, type World } from './world.ts';

type Environment = Readonly<Record<string, string | null | undefined>>;

/** Files of a session that may start the runner, below the home folder. */
export const SESSION_FILES = [
  '.xinitrc',
  '.xsession',
  '.Xsession',
  '.xsessionrc',
  '.xprofile',
  '.profile',
  '.bash_profile',
  '.bash_login',
  '.zprofile',
  '.zlogin',
  '.config/sway/config',
  '.config/i3/config',
  '.i3/config',
  '.config/river/init',
  '.config/labwc/autostart',
  '.config/hypr/hyprland.conf',
  '.config/openbox/autostart',
] as const;

const TOOLS = ['runsvdir', 'runsv', 'sv', 'svlogd', 'chpst', 'svl', 'ksh', 'bash', 'sh'] as const;
const TAIL = -8192;

export function collectSession(world: World, looker: Looker, environment: Environment): void {
  const { layout, identity } = world;
  const files = [layout.svl, layout.runner, ...SESSION_FILES.map((name) => join(identity.home, name))];
  if (layout.session.file !== null) files.push(layout.session.file);
  for (const path of files) {
    const script = looker.script(path);
    if (script === null || script.binary || path === layout.svl || path === layout.runner) continue;
    for (const line of script.text.split('\n')) {
      const runner = runnerNamed(line, identity.home);
      if (runner !== undefined) looker.script(runner);
    }
  }
  looker.look(identity.home);
  if (environment.HOME?.startsWith('/')) looker.look(environment.HOME);
  // What a program of this machine looks like.
  looker.script('/bin/sh');
  looker.text(join(identity.home, '.xsession-errors'), TAIL);
  for (const name of ['XDG_RUNTIME_DIR'] as const) {
    for (const value of [environment[name], world.env[name]]) {
      if (typeof value !== 'string' || !value.startsWith('/')) continue;
      looker.look(value);
      looker.look(join(value, 'bus'));
      looker.text(join(value, 'pulse/pid'), 100);
    }
  }
}

/** All hits on PATH, the supervisor's and the caller's, and the bundled ones. */
export function collectTools(
  world: World,
  looker: Looker,
  environment: Environment,
): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const name of TOOLS) {
    const hits = (world.env.PATH ?? '')
      .split(':')
      .filter((folder) => folder.startsWith('/'))
      .map((folder) => join(folder, name))
      .filter((path) => looker.look(path).can.execute === 'ok' && looker.paths[path]?.to?.kind === 'file');
    found[name] = [...new Set(hits)];
    for (const folder of (environment.PATH ?? '').split(':')) {
      if (folder.startsWith('/')) looker.look(join(folder, name));
    }
    looker.look(join(world.bundled, name));
  }
  return found;
}

/** The Unix socket of an X display on this machine, `:0` or `:0.0`; null for a remote one. */
export function displaySocket(display: string): string | null {
  const match = /^(?:unix)?:(\d+)(?:\.\d+)?$/.exec(display);
  return match === null ? null : `/tmp/.X11-unix/X${match[1]}`;
}

/** The socket of the session's message bus; undefined for an abstract one. */
export function busSocket(env: Environment): string | undefined {
  return /^unix:path=([^,;]+)/.exec(env.DBUS_SESSION_BUS_ADDRESS ?? '')?.[1];
}

export async function collectSockets(
  world: World,
  looker: Looker,
  environment: Environment,
): Promise<Record<string, string>> {
  const sockets = new Set<string>();
  for (const env of [environment, world.env]) {
    const x = typeof env.DISPLAY === 'string' ? displaySocket(env.DISPLAY) : null;
    if (x !== null) sockets.add(x);
    const wayland = env.WAYLAND_DISPLAY;
    if (typeof wayland === 'string' && wayland !== '') {
      if (wayland.startsWith('/')) sockets.add(wayland);
      else if (typeof env.XDG_RUNTIME_DIR === 'string') sockets.add(join(env.XDG_RUNTIME_DIR, wayland));
    }
    for (const path of [busSocket(env), env.SSH_AUTH_SOCK])
      if (typeof path === 'string' && path.startsWith('/')) sockets.add(path);
  }
  const knocked = await Promise.all(
    [...sockets].map(async (path) => {
      const fact = looker.look(path);
      if (fact.to?.kind === 'socket' && fact.real !== null) {
        return [path, await world.probe.connect(fact.real, Math.min(SOCKET_LIMIT, MOUNT_LIMIT))] as const;
      }
      // X servers listen on the abstract name, too, also where the file was removed.
      const abstract = path.startsWith('/tmp/.X11-unix/')
        ? await world.probe.connect(`\0${path}`, SOCKET_LIMIT)
        : 'ENOENT';
      return [path, abstract === 'ok' ? 'ok' : (fact.error ?? fact.toError ?? abstract)] as const;
    }),
  );
  return Object.fromEntries(knocked);
}
