import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatEnvFile,
  isVariableName,
  parseEnviron,
  readsEnvFiles,
  splitAssignments,
  type Variables,
} from '../../everyday/env-files.ts';
import type { ServiceFacts } from '../../everyday/service-facts.ts';
import { fitTable } from '../../everyday/table.ts';
import { harmless } from '../../everyday/width.ts';
import { listWords } from '../../everyday/words.ts';
import { type Layout, sharedEnvFolder } from '../../layout/layout.ts';
import { apply } from '../../plan/apply.ts';
import type { Operation } from '../../plan/operation.ts';
import { homerunLine } from '../../shell/words.ts';
import { HomerunError, usageError } from '../../system/errors.ts';
import {
  listServices,
  readEnvFolder,
  readService,
  readText,
  type ServiceEntry,
  startLook,
} from '../../system/node/services.ts';
import { chooseServices } from '../choose.ts';
import type { Arguments, Context, RunCommand } from '../context.ts';
import { say } from '../fold.ts';
import { printJson } from '../json.ts';
import { loadLayout } from '../layout.ts';
import { planWorld } from '../plan-world.ts';
import { runVerb } from './sv-words.ts';

/** What a session has and its services need; import takes these when none are named. */
const SESSION = [
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'XDG_CURRENT_DESKTOP',
  'XDG_SESSION_TYPE',
  'SWAYSOCK',
  'I3SOCK',
  'SSH_AUTH_SOCK',
];

/** Names that a shell keeps for itself, and that the run scripts pass over. */
const RESERVED = /^(?:UID|EUID|PPID|homerun_.*)$/;

/** One envdir: that of all services, or of one. */
interface Scope {
  /** null: all services. */
  readonly service: string | null;
  readonly folder: string;
}

function scopesOf(context: Context, layout: Layout, names: readonly string[]): Scope[] {
  if (names.length === 0) return [{ service: null, folder: sharedEnvFolder(context.places) }];
  return chooseServices(names, listServices(layout), layout).map((entry) => ({
    service: entry.name,
    folder: join(entry.home === null ? entry.path : join(layout.serviceAll, entry.home), 'env'),
  }));
}

function checkName(name: string): void {
  if (!isVariableName(name) || RESERVED.test(name)) {
    throw usageError(`${name}: no name for a variable`, 'Expected letters, digits and _, not a digit first.');
  }
}

function checkValue(name: string, value: string): void {
  if (/[\n\0]/.test(value)) {
    throw usageError(`${name}: its value holds a line end, which a run script cannot read from a file`);
  }
  if (/[ \t]$/.test(value)) {
    throw usageError(
      `${name}: its value ends in a blank, which does not count in the files of chpst -e`,
      'Without it, or set in the run script itself: homerun edit NAME',
    );
  }
}

function write(
  context: Context,
  title: string,
  scopes: readonly Scope[],
  values: readonly (readonly [string, string | null])[],
): void {
  const operations = scopes.flatMap(({ folder }): Operation[] => [
    { kind: 'mkdir', path: folder },
    ...values.map(
      // 0600: values may be secrets, and nobody else's services need them.
      ([name, value]): Operation => ({
        kind: 'write',
        path: join(folder, name),
        contents: formatEnvFile(value),
        mode: 0o600,
      }),
    ),
  ]);
  apply({ title, operations }, planWorld(context));
}

const scopeWords = (scopes: readonly Scope[]): string =>
  scopes.some(({ service }) => service === null)
    ? 'all services'
    : listWords(scopes.flatMap(({ service }) => (service === null ? [] : [service])));

/** Running services, with where their values differ from the files. */
function lookAt(context: Context, layout: Layout): { entry: ServiceEntry; facts: ServiceFacts }[] {
  const look = startLook(layout, context.places);
  return listServices(layout).map((entry) => ({ entry, facts: readService(look, entry) }));
}

const readsFiles = (entry: ServiceEntry): boolean => readsEnvFiles(readText(join(entry.path, 'run')) ?? '');

/** After a change: which running services have other values, and what to type (or the restart itself). */
async function afterChange(
  context: Context,
  layout: Layout,
  restart: boolean,
  holding: readonly string[],
): Promise<number> {
  const differing = lookAt(context, layout).filter(
    ({ facts }) => facts.env.length > 0 || holding.includes(facts.name),
  );
  if (differing.length === 0) return 0;
  const deaf = differing.filter(({ entry }) => !readsFiles(entry));
  const rest = differing.filter(({ entry }) => readsFiles(entry)).map(({ entry }) => entry.name);
  if (deaf.length > 0) {
    const names = listWords(deaf.map(({ entry }) => entry.name));
    context.err(
      `homerun: ${names}: the run script does not read these files\nIn front of its program: exec chpst -e ./env PROGRAM\n`,
    );
  }
  if (rest.length === 0) return 0;
  if (restart) return runVerb('restart')(context, { words: rest, options: {} });
  say(
    context,
    `Running with other values: ${listWords(rest)}. To start them anew: ${homerunLine('restart', rest)}\n`,
  );
  return 0;
}

interface Listed {
  readonly name: string;
  readonly value: string | null;
  readonly service: string | null;
  readonly differs: readonly string[];
}

function list(context: Context, layout: Layout, wanted: readonly string[], json: boolean): number {
  const all = lookAt(context, layout);
  const chosen =
    wanted.length === 0
      ? null
      : new Set(
          chooseServices(
            wanted,
            all.map(({ entry }) => entry),
            layout,
          ).map(({ name }) => name),
        );
  const differs = (name: string, service: string | null): string[] =>
    all
      .filter(({ facts }) => (service === null ? chosen?.has(facts.name) !== false : facts.name === service))
      .filter(({ facts }) => facts.env.some((difference) => difference.name === name))
      .map(({ facts }) => facts.name);
  const own: [string, Variables][] = all.map(({ entry }) => [
    entry.name,
    readEnvFolder(join(entry.path, 'env')),
  ]);
  const overridden = (name: string): Set<string> =>
    new Set(own.filter(([, variables]) => variables.has(name)).map(([service]) => service));
  const listed: Listed[] = [];
  for (const [name, value] of readEnvFolder(sharedEnvFolder(context.places))) {
    const hidden = overridden(name);
    listed.push({
      name,
      value,
      service: null,
      differs: differs(name, null).filter((each) => !hidden.has(each)),
    });
  }
  for (const [service, variables] of own) {
    if (chosen !== null && !chosen.has(service)) continue;
    for (const [name, value] of variables)
      listed.push({ name, value, service, differs: differs(name, service) });
  }
  const shown =
    chosen === null ? listed : listed.filter(({ service }) => service === null || chosen.has(service));
  const differing = shown.some((each) => each.differs.length > 0);
  if (json) {
    printJson(context, { ok: !differing, variables: shown });
    return differing ? 1 : 0;
  }
  if (shown.length === 0) {
    say(context, 'No variables are set. To set one: homerun env set NAME=VALUE\n');
    return 0;
  }
  const table = fitTable<Listed>(
    [
      { title: 'VARIABLE', text: ({ name }) => name },
      { title: 'FOR', text: ({ service }) => service ?? 'all services' },
      {
        title: 'VALUE',
        text: ({ value }) => (value === null ? '(unset)' : harmless(value)),
        gives: { order: 2, least: 0 },
      },
      {
        title: 'RUNNING WITH ANOTHER',
        text: ({ differs: names }) => names.join(' '),
        paint: (text) => context.colours.yellow(text),
        gives: { order: 1, least: 0 },
      },
    ],
    shown,
    context.terminal ? context.columns : Number.POSITIVE_INFINITY,
    (text) => context.colours.dim(text),
  );
  context.out(`${[table.head, ...shown.map(table.line)].join('\n')}\n`);
  const names = [...new Set(shown.flatMap((each) => each.differs))];
  if (names.length > 0) say(context, `\nTo start them anew: ${homerunLine('restart', names)}\n`);
  return differing ? 1 : 0;
}

/** The words that name services, and the others: a service's name counts unless it is written as variables are. */
function splitServices(words: readonly string[], layout: Layout): { services: string[]; names: string[] } {
  const known = new Set(listServices(layout).map(({ name }) => name));
  const isService = (word: string): boolean => known.has(word) && !/^[A-Z_][A-Z0-9_]*$/.test(word);
  return { services: words.filter(isService), names: words.filter((word) => !isService(word)) };
}

function set(context: Context, layout: Layout, words: readonly string[], services: readonly string[]): void {
  const { assignments, others } = splitAssignments(words);
  const bad = others.find((word) => word.includes('='));
  if (bad !== undefined) checkName(bad.slice(0, bad.indexOf('=')));
  if (assignments.length === 0) {
    throw usageError('env set: nothing to set', 'As NAME=VALUE: homerun env set LANG=C [SERVICE...]');
  }
  for (const [name, value] of assignments) {
    checkName(name);
    checkValue(name, value);
  }
  const scopes = scopesOf(context, layout, [...services, ...others]);
  // An empty value would be an empty first line; the file must not be empty, which unsets.
  write(context, `env set ${assignments.map(([name]) => name).join(' ')}`, scopes, assignments);
  say(context, `${listWords(assignments.map(([name]) => name))}: set for ${scopeWords(scopes)}\n`);
}

function unset(
  context: Context,
  layout: Layout,
  words: readonly string[],
  services: readonly string[],
  hide: boolean,
): string[] {
  const split = splitServices(words, layout);
  const { names } = split;
  if (names.length === 0)
    throw usageError('env unset: which variable?', 'As: homerun env unset LANG [SERVICE...]');
  for (const name of names) checkName(name);
  const scopes = scopesOf(context, layout, [...services, ...split.services]);
  if (hide) {
    write(
      context,
      `env unset --hide ${names.join(' ')}`,
      scopes,
      names.map((name) => [name, null] as const),
    );
    say(context, `${listWords(names)}: hidden from ${scopeWords(scopes)}\n`);
    return [];
  }
  const paths = scopes.flatMap(({ folder }) => names.map((name) => join(folder, name)));
  const there = paths.filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
  if (there.length === 0) {
    throw new HomerunError('not-set', `${listWords(names)}: not set for ${scopeWords(scopes)}`, {
      hint: 'What is set: homerun env list',
    });
  }
  const holding = holdersOf(context, layout, scopes, names);
  apply(
    {
      title: `env unset ${names.join(' ')}`,
      operations: there.map((path) => ({ kind: 'remove', path }) as const),
    },
    planWorld(context),
  );
  say(context, `${listWords(names)}: no longer set for ${scopeWords(scopes)}\n`);
  return holding;
}

/** Running services that were started with what the files say of these variables now. */
function holdersOf(
  context: Context,
  layout: Layout,
  scopes: readonly Scope[],
  names: readonly string[],
): string[] {
  const files = scopes.map(({ service, folder }) => ({ service, variables: readEnvFolder(folder) }));
  return lookAt(context, layout)
    .filter(({ facts }) => {
      const pid = facts.slot?.state === 'run' ? facts.slot.pid : null;
      const environ = parseEnviron(pid === null ? '' : (readText(`/proc/${pid}/environ`) ?? ''));
      return files.some(
        ({ service, variables }) =>
          (service === null || service === facts.name) &&
          names.some((name) => variables.get(name) != null && environ.get(name) === variables.get(name)),
      );
    })
    .map(({ facts }) => facts.name);
}

function importFrom(
  context: Context,
  layout: Layout,
  words: readonly string[],
  services: readonly string[],
): void {
  const split = splitServices(words, layout);
  const { names } = split;
  for (const name of names) checkName(name);
  const missing = names.filter((name) => context.env[name] === undefined);
  if (missing.length > 0) {
    throw new HomerunError('not-set', `${listWords(missing)}: not set in this session`, {
      hint: `Nothing was changed. To take it from the services: homerun env unset ${missing.join(' ')}`,
    });
  }
  const found = (names.length === 0 ? SESSION : names).flatMap((name) => {
    const value = context.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  if (found.length === 0) {
    throw new HomerunError('not-set', 'env import: this session has none of the variables of a desktop', {
      hint: 'Name what to take: homerun env import NAME...',
    });
  }
  for (const [name, value] of found) checkValue(name, value);
  const scopes = scopesOf(context, layout, [...services, ...split.services]);
  write(context, `env import ${found.map(([name]) => name).join(' ')}`, scopes, found);
  context.out(
    `${found.map(([name, value]) => `${name}=${value}`).join('\n')}\nimported for ${scopeWords(scopes)}\n`,
  );
}

export const run: RunCommand = async (context, { words, options }: Arguments) => {
  const layout = loadLayout(context);
  const [action = 'list', ...rest] = words;
  const services = (options.service as readonly string[] | undefined) ?? [];
  if (options.hide === true && action !== 'unset')
    throw usageError(`env ${action}: --hide goes with unset only`);
  if (options.json === true && action !== 'list')
    throw usageError(`env ${action}: --json goes with list only`);
  let holding: readonly string[] = [];
  if (action === 'list') return list(context, layout, [...services, ...rest], options.json === true);
  if (action === 'set') set(context, layout, rest, services);
  else if (action === 'unset') holding = unset(context, layout, rest, services, options.hide === true);
  else if (action === 'import') importFrom(context, layout, rest, services);
  else throw usageError(`env ${action}: no such action`, 'Expected list, set, unset or import.');
  return afterChange(context, layout, options.restart === true, holding);
};
