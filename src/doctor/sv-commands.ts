/** What the scripts of services tell sv to do, and to which services. Pure. */
import { absolute, type Started } from '../shell/meaning.ts';
import { environmentOf } from './environment.ts';
import { type Meaning, readMeaning } from './meaning.ts';
import type { ScriptFact, ServiceFact, Snapshot } from './snapshot.ts';
import { pathOf } from './tree.ts';

/** A script that runsv or sv starts for a service: run, finish, check, control/*. */
export interface Helper {
  readonly service: ServiceFact;
  readonly script: ScriptFact;
  /** `finish`, `control/t`. */
  readonly name: string;
  readonly meaning: Meaning;
}

export interface SvTarget {
  readonly word: string;
  /** The directory that sv goes to; null: it depends on SVDIR. */
  readonly path: string | null;
  readonly service: ServiceFact | undefined;
}

export interface SvCommand extends Helper {
  readonly started: Started;
  readonly verb: string;
  readonly targets: readonly SvTarget[];
}

const helpers = new WeakMap<Snapshot, readonly Helper[]>();

export function helpersOf(snapshot: Snapshot): readonly Helper[] {
  const known = helpers.get(snapshot);
  if (known !== undefined) return known;
  const byDir = new Map(snapshot.services.map((service) => [service.dir, service]));
  const found = Object.values(snapshot.scripts).flatMap((script): Helper[] => {
    const match = /^(.*)\/(run|finish|check|control\/[^/]+)$/.exec(script.path);
    const service = match === null ? undefined : byDir.get(match[1] as string);
    if (match === null || service === undefined) return [];
    const meaning = readMeaning(script, service.dir, environmentOf(snapshot));
    return [{ service, script, name: match[2] as string, meaning }];
  });
  helpers.set(snapshot, found);
  return found;
}

/** Words of sv that take a service down, by what they begin with; not the ones that start it anew. */
export const TAKES_DOWN = /^(d|o|x|e|stop|shut|force-s|force-shutdown)/;
/** Words that ask whether a service is there, or want it to be. */
export const ASKS_FOR = /^(check|start|u|status)/;

const commands = new WeakMap<Snapshot, readonly SvCommand[]>();

/** Every sv and svl command of every script. */
export function svCommands(snapshot: Snapshot): readonly SvCommand[] {
  const known = commands.get(snapshot);
  if (known !== undefined) return known;
  const found = helpersOf(snapshot).flatMap((helper) =>
    helper.meaning.started.flatMap((started) => {
      const command = readSv(snapshot, helper.service, started);
      return command === undefined ? [] : [{ ...helper, started, ...command }];
    }),
  );
  commands.set(snapshot, found);
  return found;
}

/** The verb and the services of one command; undefined when it is no sv. `own`: the service whose script it is. */
export function readSv(
  snapshot: Snapshot,
  own: ServiceFact,
  started: Started,
): Pick<SvCommand, 'verb' | 'targets'> | undefined {
  const { program, cwd } = started;
  const isSvl = /(^|\/)svl$/.test(program ?? '') || program === snapshot.layout.svl;
  if (!isSvl && !/(^|\/)sv$/.test(program ?? '')) return undefined;
  const words = [...started.args];
  while (words[0]?.startsWith('-') === true) words.splice(0, words[0] === '-w' ? 2 : 1);
  const [verb, ...rest] = words;
  if (typeof verb !== 'string') return undefined;
  const targets = rest.flatMap((word): SvTarget[] => {
    if (word === null) return [];
    const bare = !/^[./]/.test(word) && !word.endsWith('/');
    const path = isSvl && bare ? `${snapshot.layout.serviceDir}/${word}` : bare ? null : absolute(word, cwd);
    if (path === null && !bare) return [];
    return [{ word, path, service: path === null ? undefined : serviceAt(snapshot, own, path) }];
  });
  return { verb, targets };
}

function serviceAt(snapshot: Snapshot, own: ServiceFact, path: string): ServiceFact | undefined {
  const plain = path.replace(/\/+$/, '');
  if (plain === own.dir) return own;
  return snapshot.services.find(
    (each) =>
      each.dir === plain ||
      pathOf(snapshot, plain).real === each.dir ||
      each.links.includes(plain) ||
      `${snapshot.layout.serviceAll}/${each.name}` === plain,
  );
}

/** `line 3: sv down ../mail`. */
export function lineOf(started: Started): string {
  const words = started.command.words.map((word) => word.raw).join(' ');
  return `line ${started.line}: ${words.slice(0, 80)}`;
}
