/**
 * Where a personal supervisor's things are: kept in `$XDG_CONFIG_HOME/homerun/config.json`, read by every command.
 * Pure: paths in, paths out.
 */
import { isAbsolute, join } from 'node:path';

export type Engine = 'system' | 'bundled';
export type SessionKind =
  | 'xinitrc'
  | 'xsession'
  | 'xprofile'
  | 'none'
  | 'sway'
  | 'river'
  | 'labwc'
  | 'hyprland'
  | 'i3';

/** Absolute paths throughout. */
export interface Layout {
  readonly version: 1;
  /** The real service directories (`~/service_all`). */
  readonly serviceAll: string;
  /** The directory of links that runsvdir looks at (`~/service_gui`). */
  readonly serviceDir: string;
  /** The control script (`~/bin/svl`). */
  readonly svl: string;
  /** The script that starts runsvdir (`~/.config/homerun/runsvdir_USER.sh`). */
  readonly runner: string;
  /** `inside`, or the absolute directory under which each service has its log directory of its own name. */
  readonly logs: string;
  /** Absolute path of the shell of generated scripts. */
  readonly shell: string;
  readonly engine: Engine;
  readonly session: { readonly kind: SessionKind; readonly file: string | null };
  /** The supervisor outlives the session. */
  readonly keepRunning: boolean;
}

export interface LayoutPlaces {
  readonly home: string;
  readonly user: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

function xdg(places: LayoutPlaces, name: string, fallback: string): string {
  const value = places.env[name];
  // The XDG base directory specification: a relative path is to be ignored.
  return value !== undefined && isAbsolute(value) ? value : join(places.home, fallback);
}

/** `$XDG_CONFIG_HOME/homerun`, default `~/.config/homerun`. */
export function configFolder(places: LayoutPlaces): string {
  return join(xdg(places, 'XDG_CONFIG_HOME', '.config'), 'homerun');
}

/** `$XDG_STATE_HOME/homerun`, default `~/.local/state/homerun`: the journal of changes, and the logs. */
export function stateFolder(places: LayoutPlaces): string {
  return join(xdg(places, 'XDG_STATE_HOME', '.local/state'), 'homerun');
}

export function configFile(places: LayoutPlaces): string {
  return join(configFolder(places), 'config.json');
}

/** The folder of environment variables for all services, one file each (an envdir). */
export function sharedEnvFolder(places: LayoutPlaces): string {
  return join(configFolder(places), 'env');
}

/** The first of `~/.local/bin` and `~/bin` that is on PATH, else `~/bin`. */
export function defaultBinFolder(places: LayoutPlaces): string {
  const onPath = new Set((places.env.PATH ?? '').split(':'));
  const candidates = [join(places.home, '.local/bin'), join(places.home, 'bin')];
  return candidates.find((folder) => onPath.has(folder)) ?? join(places.home, 'bin');
}

/** What `homerun init --yes` makes of an empty home, but for the shell and the engine, which depend on the machine. */
export function defaultLayout(places: LayoutPlaces, machine: { shell: string; engine: Engine }): Layout {
  return {
    version: 1,
    serviceAll: join(places.home, 'service_all'),
    serviceDir: join(places.home, 'service_gui'),
    svl: join(defaultBinFolder(places), 'svl'),
    runner: join(configFolder(places), `runsvdir_${places.user}.sh`),
    logs: join(stateFolder(places), 'log'),
    shell: machine.shell,
    engine: machine.engine,
    session: { kind: 'xinitrc', file: join(places.home, '.xinitrc') },
    keepRunning: false,
  };
}

/** Where a service's svlogd writes: `LOGS/NAME`, or `log/main` in the service directory with `inside`. */
export function logFolder(layout: Layout, service: string): string {
  return layout.logs === 'inside'
    ? join(layout.serviceAll, service, 'log', 'main')
    : join(layout.logs, service);
}

export type ParsedLayout =
  | { readonly ok: true; readonly layout: Layout }
  | { readonly ok: false; readonly why: string };

const ENGINES: readonly string[] = ['system', 'bundled'];
const SESSIONS: readonly string[] = [
  'xinitrc',
  'xsession',
  'xprofile',
  'none',
  'sway',
  'river',
  'labwc',
  'hyprland',
  'i3',
];

/** Reads config.json's text; says in words which field is wrong and how. */
export function parseLayout(text: string): ParsedLayout {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, why: `it is not JSON: ${(error as Error).message}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, why: 'it is not an object' };
  const fields = value as Record<string, unknown>;
  const wrong = (name: string, expected: string): ParsedLayout => ({
    ok: false,
    why: `"${name}" is ${JSON.stringify(fields[name]) ?? 'missing'}, expected ${expected}`,
  });
  if (fields.version !== 1) return wrong('version', '1');
  for (const name of ['serviceAll', 'serviceDir', 'svl', 'runner', 'shell']) {
    const path = fields[name];
    if (typeof path !== 'string' || !isAbsolute(path)) return wrong(name, 'an absolute path');
  }
  if (typeof fields.logs !== 'string' || !(fields.logs === 'inside' || isAbsolute(fields.logs))) {
    return wrong('logs', '"inside" or an absolute path');
  }
  if (typeof fields.engine !== 'string' || !ENGINES.includes(fields.engine))
    return wrong('engine', ENGINES.join(' or '));
  const session = fields.session as { kind?: unknown; file?: unknown } | undefined;
  if (typeof session !== 'object' || session === null || !SESSIONS.includes(String(session.kind))) {
    return wrong('session', `an object with "kind" one of ${SESSIONS.join(', ')}`);
  }
  if (session.file !== null && (typeof session.file !== 'string' || !isAbsolute(session.file))) {
    return wrong('session', '"file" null or an absolute path');
  }
  if (typeof fields.keepRunning !== 'boolean') return wrong('keepRunning', 'true or false');
  return { ok: true, layout: fields as unknown as Layout };
}

/** config.json's text. */
export function formatLayout(layout: Layout): string {
  return `${JSON.stringify(layout, null, 2)}\n`;
}
