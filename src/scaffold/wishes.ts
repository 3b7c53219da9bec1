/** What a user asked init for, flag by flag or answer by answer, and the layout that comes of it. Pure. */
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import {
  configFolder,
  type Engine,
  type Layout,
  type LayoutPlaces,
  type SessionKind,
  stateFolder,
} from '../layout/layout.ts';
import { tilde } from '../plan/preview.ts';
import { shellWord } from '../shell/words.ts';
import { usageError } from '../system/errors.ts';
import { SESSION_FILES } from './hook.ts';

/** Texts as they were typed; undefined where nothing was said. */
export interface Wishes {
  readonly serviceAll?: string;
  readonly serviceDir?: string;
  readonly binDir?: string;
  readonly svlName?: string;
  readonly runner?: string;
  readonly logs?: string;
  readonly shell?: string;
  readonly engine?: string;
  readonly session?: string;
  readonly sessionFile?: string;
  readonly keepRunning?: boolean;
}

export const SESSION_KINDS: readonly SessionKind[] = [
  ...(Object.keys(SESSION_FILES) as Exclude<SessionKind, 'none'>[]),
  'none',
];

/** What a wish is checked against. */
export interface WishWorld {
  readonly places: LayoutPlaces;
  readonly cwd: string;
  /** What `auto` means here. */
  readonly engine: Engine;
  readonly systemThere: boolean;
  /** The absolute path of a shell by its name or path, when it can be used; else why not. */
  findShell(name: string): { readonly path: string } | { readonly why: string };
}

/** An absolute path from what was typed: `~/` is the home folder, a relative one starts at the working directory. */
export function typedPath(text: string, world: { places: LayoutPlaces; cwd: string }): string {
  const home = world.places.home;
  const expanded = text === '~' ? home : text.startsWith('~/') ? join(home, text.slice(2)) : text;
  return isAbsolute(expanded) ? resolve(expanded) : resolve(world.cwd, expanded);
}

/** Why a path will not do; undefined when it will. */
export function badPath(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (/[\x00-\x1f\x7f]/.test(text)) return 'it holds a control character';
  return undefined;
}

/** Why the control script cannot have this name. */
export function badScriptName(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (/[/\s\x00-\x1f\x7f]/.test(name)) return 'it holds a slash, a blank or a control character';
  if (/^[-.]/.test(name)) return `it begins with ${name[0]}`;
  if (name === 'sv') return "it would hide the system's own sv";
  return undefined;
}

/** Why two directories cannot be used together. */
export function badPair(serviceAll: string, serviceDir: string): string | undefined {
  if (serviceAll === serviceDir)
    return 'both directories are the same: runsvdir would start everything in it';
  if (serviceAll.startsWith(`${serviceDir}/`)) {
    return `${serviceAll} is inside ${serviceDir}: runsvdir would take it for a service`;
  }
  if (serviceDir.startsWith(`${serviceAll}/`)) {
    return `${serviceDir} is inside ${serviceAll}: it would look like a service there`;
  }
  return undefined;
}

/** The session file of a kind. */
export function sessionFile(kind: SessionKind, places: LayoutPlaces): string | null {
  if (kind === 'none') return null;
  const config = dirname(configFolder(places));
  const { file } = SESSION_FILES[kind];
  return file.startsWith('$CONFIG/') ? join(config, file.slice('$CONFIG/'.length)) : join(places.home, file);
}

/** The kind that a file's name tells: a file given alone need not be explained. */
function kindOfFile(file: string): SessionKind {
  for (const kind of Object.keys(SESSION_FILES) as Exclude<SessionKind, 'none'>[]) {
    const known = SESSION_FILES[kind].file.replace('$CONFIG', '');
    if (file.endsWith(known.startsWith('/') ? known : `/${known}`)) return kind;
  }
  return 'xinitrc';
}

/** `--logs` as the layout keeps it. */
export function logsOf(text: string, world: { places: LayoutPlaces; cwd: string }): string {
  if (text === 'inside') return 'inside';
  if (text === 'state') return join(stateFolder(world.places), 'log');
  if (text === 'home') return join(world.places.home, 'rlogs');
  return typedPath(text, world);
}

/**
 * The layout from wishes; what was not said stays as `base` has it (the layout of an earlier init, or the defaults).
 *
 * @throws HomerunError of usage, naming the flag
 */
export function layoutFrom(wishes: Wishes, base: Layout, world: WishWorld): Layout {
  const { places } = world;
  const path = (flag: string, text: string | undefined, fallback: string): string => {
    if (text === undefined) return fallback;
    const why = badPath(text);
    if (why !== undefined) throw usageError(`${flag} ${shellWord(text)}: ${why}`);
    return typedPath(text, world);
  };
  const serviceAll = path('--service-all', wishes.serviceAll, base.serviceAll);
  const serviceDir = path('--service-dir', wishes.serviceDir, base.serviceDir);
  const pair = badPair(serviceAll, serviceDir);
  if (pair !== undefined) throw usageError(`--service-all and --service-dir: ${pair}`);

  const name = wishes.svlName ?? basename(base.svl);
  const badName = badScriptName(name);
  if (badName !== undefined) throw usageError(`--svl-name ${shellWord(name)}: ${badName}`);
  const svl = join(path('--bin-dir', wishes.binDir, dirname(base.svl)), name);

  const runner = path('--runner', wishes.runner, base.runner);
  if (runner === svl) throw usageError(`--runner ${shellWord(runner)}: this is where ${name} goes`);
  let logs = base.logs;
  if (wishes.logs !== undefined) {
    const why = badPath(wishes.logs);
    if (why !== undefined) throw usageError(`--logs ${shellWord(wishes.logs)}: ${why}`);
    logs = logsOf(wishes.logs, world);
  }
  if (logs === serviceDir || logs.startsWith(`${serviceDir}/`)) {
    throw usageError(
      `--logs ${shellWord(logs)}: it is inside ${serviceDir}: runsvdir would take it for a service`,
    );
  }

  let { shell } = base;
  if (wishes.shell !== undefined) {
    const found = world.findShell(wishes.shell);
    if ('why' in found) throw usageError(`--shell ${shellWord(wishes.shell)}: ${found.why}`);
    shell = found.path;
  }

  let { engine } = base;
  if (wishes.engine === 'auto') engine = world.engine;
  else if (wishes.engine === 'system' || wishes.engine === 'bundled') engine = wishes.engine;
  else if (wishes.engine !== undefined) {
    throw usageError(`--engine ${shellWord(wishes.engine)}: expected auto, system or bundled`);
  }
  if (wishes.engine === 'system' && !world.systemThere) {
    throw usageError(
      '--engine system: runsvdir, runsv, sv and svlogd are not all on PATH',
      'Install the package runit, or take --engine bundled.',
    );
  }
  return {
    version: 1,
    serviceAll,
    serviceDir,
    svl,
    runner,
    logs,
    shell,
    engine,
    session: session(),
    keepRunning: wishes.keepRunning ?? base.keepRunning,
  };

  function session(): Layout['session'] {
    const kind = wishes.session as SessionKind | undefined;
    if (kind !== undefined && !SESSION_KINDS.includes(kind)) {
      throw usageError(`--session ${shellWord(kind)}: expected one of ${SESSION_KINDS.join(', ')}`);
    }
    if (kind === 'none') {
      if (wishes.sessionFile !== undefined) throw usageError('--session none has no --session-file');
      return { kind: 'none', file: null };
    }
    if (wishes.sessionFile !== undefined) {
      const file = path('--session-file', wishes.sessionFile, '');
      return { kind: kind ?? kindOfFile(file), file };
    }
    return kind === undefined ? base.session : { kind, file: sessionFile(kind, places) };
  }
}

/** The one line that makes this layout without a question. */
export function commandFor(layout: Layout, places: LayoutPlaces): string {
  const short = (path: string): string => {
    const text = tilde(path, places.home);
    // A tilde counts only outside quotes.
    if (!text.startsWith('~/')) return shellWord(path);
    return /^[A-Za-z0-9_@%+:./~-]+$/.test(text) ? text : shellWord(path);
  };
  const logs =
    layout.logs === 'inside'
      ? 'inside'
      : layout.logs === join(stateFolder(places), 'log')
        ? 'state'
        : layout.logs === join(places.home, 'rlogs')
          ? 'home'
          : short(layout.logs);
  const words = [
    'homerun init --yes',
    `--service-all ${short(layout.serviceAll)}`,
    `--service-dir ${short(layout.serviceDir)}`,
    `--bin-dir ${short(dirname(layout.svl))}`,
    `--svl-name ${shellWord(basename(layout.svl))}`,
    `--runner ${short(layout.runner)}`,
    `--logs ${logs}`,
    `--shell ${short(layout.shell)}`,
    `--engine ${layout.engine}`,
    `--session ${layout.session.kind}`,
  ];
  if (layout.session.file !== null && layout.session.file !== sessionFile(layout.session.kind, places)) {
    words.push(`--session-file ${short(layout.session.file)}`);
  }
  if (layout.keepRunning) words.push('--keep-running');
  return words.join(' ');
}
