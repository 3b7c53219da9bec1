/** The scripts that runsv starts, with what reading them tells. Pure. */
import { join } from 'node:path';
import type { Operation } from '../plan/operation.ts';
import { candidates, type Started } from '../shell/meaning.ts';
import { isBuiltin } from '../shell/programs.ts';
import { readShebang, type Shebang } from '../shell/shebang.ts';
import { environmentOf } from './environment.ts';
import { type Meaning, readMeaning } from './meaning.ts';
import { isAlias } from './program-word.ts';
import type { PathFact, ScriptFact, ServiceFact, Snapshot, SuperviseFact } from './snapshot.ts';
import { pathOf } from './tree.ts';

export interface Place {
  readonly service: ServiceFact;
  readonly name: 'run' | 'log/run';
  /** `DIR/run` or `DIR/log/run`. */
  readonly path: string;
  /** The directory in which runsv starts it. */
  readonly cwd: string;
  readonly supervise: SuperviseFact;
  readonly fact: PathFact;
  readonly script: ScriptFact | undefined;
  readonly shebang: Shebang | undefined;
  readonly meaning: Meaning | undefined;
}

/** The PATH that services get. */
export function servicePath(snapshot: Snapshot): string | null {
  return environmentOf(snapshot).PATH ?? null;
}

function place(
  snapshot: Snapshot,
  service: ServiceFact,
  name: Place['name'],
  supervise: SuperviseFact,
): Place {
  const path = join(service.dir, name);
  const cwd =
    name === 'run' ? service.dir : (pathOf(snapshot, service.dir, 'log').real ?? join(service.dir, 'log'));
  const fact = pathOf(snapshot, path);
  const script = snapshot.scripts[path];
  return {
    service,
    name,
    path,
    cwd,
    supervise,
    fact,
    script,
    shebang: script === undefined ? undefined : readShebang(script),
    meaning: script === undefined ? undefined : readMeaning(script, cwd, environmentOf(snapshot)),
  };
}

const cache = new WeakMap<Snapshot, Map<ServiceFact, readonly Place[]>>();

export function placesOf(snapshot: Snapshot, service: ServiceFact): readonly Place[] {
  const known = cache.get(snapshot) ?? new Map<ServiceFact, readonly Place[]>();
  cache.set(snapshot, known);
  const found = known.get(service);
  if (found !== undefined) return found;
  const places = [place(snapshot, service, 'run', service.main)];
  if (service.log !== null) places.push(place(snapshot, service, 'log/run', service.log));
  known.set(service, places);
  return places;
}

export function runOf(snapshot: Snapshot, service: ServiceFact): Place {
  return placesOf(snapshot, service)[0] as Place;
}

/** Where a program's word leads on this machine, with the service's own PATH. */
export interface Target {
  readonly started: Started;
  /** The program, when it is found: it can be executed, or (a word with a slash) is there at least. */
  readonly fact: PathFact | undefined;
  /** All paths that were tried. */
  readonly tried: readonly string[];
}

const targets = new WeakMap<Snapshot, Map<Started, Target>>();

export function targetOf(snapshot: Snapshot, started: Started): Target {
  const known = targets.get(snapshot) ?? new Map<Started, Target>();
  targets.set(snapshot, known);
  const found = known.get(started);
  if (found !== undefined) return found;
  const target = findTarget(snapshot, started);
  known.set(started, target);
  return target;
}

function findTarget(snapshot: Snapshot, started: Started): Target {
  const tried = candidates(started, servicePath(snapshot));
  const facts = tried.map((path) => pathOf(snapshot, path));
  const fact =
    facts.find((each) => each.to?.kind === 'file' && each.can.execute === 'ok') ??
    facts.find((each) => each.to !== null);
  return { started, fact, tried };
}

const ASKS = /^(command|which|type|hash|whence)$/;

/**
 * The program that a command names is certainly not there: where it was looked for. Undefined when it is there, or
 * when only a shell would know.
 */
export function missingProgram(snapshot: Snapshot, meaning: Meaning, started: Started): Target | undefined {
  const { program } = started;
  if (program === null || isBuiltin(program)) return undefined;
  // A function or an alias; exec knows neither.
  if (
    !started.exec &&
    (meaning.commands.some((command) => command.inFunction === program) || isAlias(meaning.commands, program))
  )
    return undefined;
  if (meaning.sources && !program.includes('/')) return undefined;
  // The script asks itself whether it is there.
  if (
    meaning.commands.some(
      ({ words }) => ASKS.test(words[0]?.text ?? '') && words.slice(1).some((word) => word.text === program),
    )
  )
    return undefined;
  const target = targetOf(snapshot, started);
  if (target.tried.length === 0) return undefined;
  const kind = target.fact?.to?.kind;
  return kind === undefined || kind === 'directory' ? target : undefined;
}

/** What the script becomes in the end, when reading tells. */
export function lastTarget(snapshot: Snapshot, { meaning }: Place): Target | undefined {
  return meaning?.last == null ? undefined : targetOf(snapshot, meaning.last);
}

/** A write of a script's text with its mode kept. Not for scripts that were cut by the limit of reading. */
export function rewrite(script: ScriptFact, path: string, text: string): Operation | undefined {
  if (script.binary || Buffer.byteLength(script.text) !== script.size) return undefined;
  return { kind: 'write', path, contents: text };
}
