/**
 * What would keep a new service from working, looked for before it is made: programs and files that are missing,
 * settings that make trouble, and whatever else starts the same daemon. Reads only; nothing here stops anything.
 */
import { join } from 'node:path';
import { configFolder, type Layout, type LayoutPlaces, sharedEnvFolder } from '../layout/layout.ts';
import { isProgram, searchPath } from '../layout/path-search.ts';
import { tilde } from '../plan/preview.ts';
import { homerunLine } from '../shell/words.ts';
import type { Files, Identity } from '../system/ports.ts';
import { type Answers, absolutePath, applies } from './answers.ts';
import type { Template } from './catalog.ts';
import { literalOf, showWord, type Word } from './typed-command.ts';

export interface Obstacle {
  /** `refuse`: the service could not run at all. */
  readonly weight: 'refuse' | 'warn';
  readonly text: string;
}

export interface LookAround {
  readonly files: Files;
  readonly places: LayoutPlaces;
  readonly identity: Identity;
  readonly layout: Layout;
}

const warn = (text: string): Obstacle => ({ weight: 'warn', text });

/** Debian keeps servers where an ordinary user's PATH does not look. */
const SBIN = '/usr/local/sbin:/usr/sbin:/sbin';

/** The absolute path of a program (also one given by its path), or undefined. */
export function findProgram({ files, places }: LookAround, name: string): string | undefined {
  if (name.includes('/')) return isProgram(files, name) ? name : undefined;
  return searchPath(files, `${places.env.PATH ?? ''}:${SBIN}`, name);
}

/** A small file's text; undefined when it is not there or cannot be read. */
function read(files: Files, path: string): string | undefined {
  try {
    return files.readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function names(files: Files, folder: string): readonly string[] {
  try {
    return files.readdirSync(folder);
  } catch {
    return [];
  }
}

function place(path: string, places: LayoutPlaces, answers: Answers): string {
  const filled = path.replaceAll(/\{\{(\w+)\}\}/g, (whole, key: string) => String(answers[key] ?? whole));
  if (filled.startsWith('$CONFIG/')) return join(configFolder(places), '..', filled.slice('$CONFIG/'.length));
  return absolutePath(filled, places.home);
}

function missingPrograms(look: LookAround, template: Template, answers: Answers): readonly Obstacle[] {
  return template.description.needs.programs
    .filter((needed) => applies(needed.when, answers))
    .filter((needed) => needed.any.every((name) => findProgram(look, name) === undefined))
    .map((needed) => ({
      weight: 'refuse' as const,
      text: `${needed.any[0]} is not on PATH${needed.any.length > 1 ? ` (nor ${needed.any.slice(1).join(', ')})` : ''}: install it first`,
    }));
}

function missingEnvironment(look: LookAround, template: Template): readonly Obstacle[] {
  const folder = sharedEnvFolder(look.places);
  const there = (name: string) =>
    (look.places.env[name] ?? '') !== '' || (read(look.files, join(folder, name)) ?? '') !== '';
  return template.description.needs.environment
    .filter((entry) => !entry.split(' or ').some(there))
    .map((entry) =>
      // The fallback of every D-Bus library: a bus at $XDG_RUNTIME_DIR/bus needs no variable.
      entry === 'DBUS_SESSION_BUS_ADDRESS' &&
      look.files.existsSync(join(look.places.env.XDG_RUNTIME_DIR ?? '/', 'bus'))
        ? null
        : warn(`${entry} is not set here: the service needs it in its environment (homerun env)`),
    )
    .filter((each) => each !== null);
}

function missingFiles(look: LookAround, template: Template, answers: Answers): readonly Obstacle[] {
  return template.description.needs.files
    .map((file) => ({ ...file, path: place(file.path, look.places, answers) }))
    .filter(({ path }) => !look.files.existsSync(path))
    .map(({ path, why }) => warn(`${path} is not there: ${why}`));
}

function settings(look: LookAround, template: Template, answers: Answers): readonly Obstacle[] {
  return template.description.settings.flatMap((rule) => {
    const paths = rule.files.map((path) => place(path, look.places, answers));
    const path = paths.find((each) => look.files.existsSync(each));
    const text = path === undefined ? '' : (read(look.files, path) ?? '');
    const found = new RegExp(rule.pattern, 'mi').test(text);
    if (found !== (rule.trouble === 'present')) return [];
    return [warn(`${path ?? paths[0]}: ${rule.why}`)];
  });
}

/** Running processes of this user by their name (`comm`, 15 letters). */
function processes({ files, identity }: LookAround, wanted: readonly string[]): readonly [string, number][] {
  if (wanted.length === 0) return [];
  const found: [string, number][] = [];
  for (const name of names(files, '/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const comm = read(files, `/proc/${name}/comm`)?.trim();
    if (comm === undefined || !wanted.includes(comm)) continue;
    const uid = /^Uid:\s+(\d+)/m.exec(read(files, `/proc/${name}/status`) ?? '')?.[1];
    if (uid === String(identity.uid)) found.push([comm, Number(name)]);
  }
  return found;
}

function dbusFiles(look: LookAround, wanted: readonly string[]): readonly Obstacle[] {
  if (wanted.length === 0) return [];
  const data = look.places.env.XDG_DATA_HOME ?? join(look.places.home, '.local/share');
  const folder = (base: string) => join(base, 'dbus-1/services');
  const activation = (base: string, bus: string): string | undefined =>
    names(look.files, folder(base)).find((file) =>
      (read(look.files, join(folder(base), file)) ?? '')
        .split('\n')
        .some((line) => line.trim() === `Name=${bus}`),
    );
  return wanted.flatMap((bus) => {
    const file = activation('/usr/share', bus);
    if (file === undefined || activation(data, bus) !== undefined) return [];
    return [
      warn(
        `/usr/share/dbus-1/services/${file}: the session bus starts a copy of its own for ${bus} while the service is down. A file ${tilde(`${folder(data)}/${bus}.service`, look.places.home)} with the lines "[D-BUS Service]", "Name=${bus}" and "Exec=/bin/false" turns that off`,
      ),
    ];
  });
}

function otherStarters(look: LookAround, template: Template): readonly Obstacle[] {
  const { autostart = [], units = [], services = [], programs = [], note } = template.description.conflicts;
  const config = join(configFolder(look.places), '..');
  const found: Obstacle[] = [];
  for (const name of names(look.files, look.layout.serviceDir))
    if (services.includes(name))
      found.push(
        warn(
          `the service ${name} does the same work: one of the two must go (${homerunLine('disable', [name])})`,
        ),
      );
  for (const [comm, pid] of processes(look, programs))
    found.push(
      warn(`${comm} is running already (pid ${pid}): end it first, or the service will not come up`),
    );
  for (const file of autostart)
    if (
      look.files.existsSync(join('/etc/xdg/autostart', file)) &&
      !/^Hidden\s*=\s*true/m.test(read(look.files, join(config, 'autostart', file)) ?? '')
    )
      found.push(
        warn(
          `/etc/xdg/autostart/${file}: desktop environments start it too. A file ${tilde(join(config, 'autostart', file), look.places.home)} with the lines "[Desktop Entry]" and "Hidden=true" turns that off`,
        ),
      );
  if (look.files.existsSync('/run/systemd/system')) {
    const there = units.filter((unit) => look.files.existsSync(join('/usr/lib/systemd/user', unit)));
    if (there.length > 0)
      found.push(
        warn(`systemd may start it too. To turn that off: systemctl --user mask ${there.join(' ')}`),
      );
  }
  return found.length > 0 && note !== undefined ? [...found, warn(note)] : found;
}

/** Everything that stands in the way of a service of this template with these answers. */
export function findObstacles(look: LookAround, template: Template, answers: Answers): readonly Obstacle[] {
  return [
    ...missingPrograms(look, template, answers),
    ...missingEnvironment(look, template),
    ...missingFiles(look, template, answers),
    ...settings(look, template, answers),
    ...dbusFiles(look, template.description.conflicts.dbus ?? []),
    ...otherStarters(look, template),
  ];
}

export type ResolvedCommand =
  | { readonly ok: true; readonly words: readonly Word[] }
  | { readonly ok: false; readonly why: string };

/**
 * The command with its program's absolute path, so that it is found whatever PATH the supervisor has. A path with a
 * slash is seen from `directory` (the service will run there), else from where the person stands.
 */
export function resolveCommand(
  look: LookAround,
  words: readonly Word[],
  directory: string | null,
  cwd: string,
): ResolvedCommand {
  const first = words[0] as Word;
  const home = first.map((part) =>
    'variable' in part && part.variable === 'HOME' ? { literal: look.places.home } : part,
  );
  const name = literalOf(home);
  // Another variable: only the service's own environment knows its value.
  if (name === null) return { ok: true, words };
  if (!name.includes('/')) {
    const path = findProgram(look, name);
    if (path === undefined) return { ok: false, why: `${name} is not on PATH: install it, or give its path` };
    return { ok: true, words: [[{ literal: path }], ...words.slice(1)] };
  }
  const path = name.startsWith('/') ? name : join(directory ?? cwd, name);
  if (!look.files.existsSync(path)) return { ok: false, why: `${path} is not there` };
  if (!isProgram(look.files, path)) {
    const directoryToo = look.files.statSync(path).isDirectory();
    return {
      ok: false,
      why: directoryToo
        ? `${path} is a directory`
        : `${path} is not executable: chmod a+x ${showWord([{ literal: path }])}`,
    };
  }
  const relative = directory !== null && !name.startsWith('/');
  return { ok: true, words: relative ? words : [[{ literal: path }], ...words.slice(1)] };
}
