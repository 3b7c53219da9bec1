/** The service directories: what lies in them, and every service that can be reached from there. */
import { basename, isAbsolute, join } from 'node:path';
import type { EntryFact, ServiceFact } from '../snapshot.ts';
import type { Looker } from './looker.ts';
import { collectSupervise } from './supervise.ts';
import { NAME_LIMIT, type World } from './world.ts';

/** runsvdir itself stops at 1000 services; a few more are enough to see that there are too many. */
const ENTRY_LIMIT = 1100;

export interface Listing {
  readonly entries: EntryFact[];
  readonly entryCount: number;
  readonly services: ServiceFact[];
  /** Directories of the services that were not asked for. */
  readonly others: string[];
}

interface Found {
  name: string;
  links: string[];
  home: string | null;
}

/** Files in a service directory that checks ask for, whether they are there or not. */
const FILES = ['run', 'finish', 'check', 'down', 'log', 'control'];

/** A name that is no UTF-8 can't be kept as text, and so not be found again. */
function noteName(looker: Looker, path: string): void {
  if (path.includes('\ufffd') && looker.look(path).error === 'ENOENT')
    looker.skip(path, 'its name is not UTF-8');
}

export function collectServices(world: World, looker: Looker, wanted: readonly string[]): Listing {
  const { layout } = world;
  const entries: EntryFact[] = [];
  const found = new Map<string, Found>();
  const serviceDir = looker.look(layout.serviceDir);
  let entryCount = 0;

  const add = (dir: string, change: (entry: Found) => void): void => {
    const entry = found.get(dir) ?? { name: basename(dir), links: [], home: null };
    change(entry);
    found.set(dir, entry);
  };

  if (serviceDir.to?.kind === 'directory') {
    const names = looker.list(layout.serviceDir, ENTRY_LIMIT);
    if (!('error' in names)) {
      entryCount = names.count;
      for (const name of names.names) {
        const path = join(layout.serviceDir, name);
        const fact = looker.look(path);
        // What a link names may be a link itself.
        if (fact.target !== null) {
          looker.look(isAbsolute(fact.target) ? fact.target : join(layout.serviceDir, fact.target));
        }
        noteName(looker, path);
        const isService = fact.to?.kind === 'directory' && fact.real !== null;
        if (name.startsWith('.') && fact.to?.kind === 'directory') looker.look(join(path, 'run'));
        entries.push({ name, path, service: isService ? fact.real : null });
        if (isService && !name.startsWith('.')) {
          add(fact.real as string, (entry) => {
            if (entry.links.length === 0) entry.name = name;
            entry.links.push(path);
          });
        }
      }
    }
  }
  if (looker.look(layout.serviceAll).to?.kind === 'directory' && layout.serviceAll !== layout.serviceDir) {
    const names = looker.list(layout.serviceAll, ENTRY_LIMIT);
    if (!('error' in names)) {
      for (const name of names.names) {
        if (name.startsWith('.')) continue;
        const path = join(layout.serviceAll, name);
        const fact = looker.look(path);
        noteName(looker, path);
        if (fact.to?.kind !== 'directory' || fact.real === null) continue;
        // A runsv that was started on service_all itself left it there.
        if (name === 'supervise' && looker.look(join(path, 'run')).self === null) continue;
        add(fact.real, (entry) => {
          entry.home = path;
        });
      }
    }
  }
  const isWanted = (entry: Found): boolean =>
    wanted.length === 0 || wanted.includes(entry.name) || wanted.includes(basename(entry.home ?? ''));
  const services = [...found]
    .filter(([, entry]) => isWanted(entry))
    .map(([dir, entry]) => collectService(world, looker, dir, entry))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const others = [...found].filter(([, entry]) => !isWanted(entry)).map(([dir]) => dir);
  return { entries, entryCount, services, others };
}

function collectService(world: World, looker: Looker, dir: string, found: Found): ServiceFact {
  const fact = looker.look(dir);
  const names = looker.list(dir, NAME_LIMIT);
  for (const name of FILES) looker.look(join(dir, name));
  // Links in it may lead to itself.
  if (!('error' in names))
    for (const name of names.names)
      if (name === found.name || dir.endsWith(`/${name}`)) looker.look(join(dir, name));
  const log = looker.paths[join(dir, 'log')];
  const hasLog = log?.to?.kind === 'directory';
  // A link to a directory of services has no run of its own.
  if (looker.paths[join(dir, 'run')]?.error === 'ENOENT' && !('error' in names)) {
    for (const name of names.names.slice(0, 50)) if (name !== 'log') looker.look(join(dir, name, 'run'));
  }
  if (hasLog) for (const name of ['run', 'down']) looker.look(join(dir, 'log', name));
  if (looker.paths[join(dir, 'control')]?.to?.kind === 'directory') {
    const controls = looker.list(join(dir, 'control'), NAME_LIMIT);
    if (!('error' in controls)) for (const name of controls.names) looker.look(join(dir, 'control', name));
  }
  return {
    name: found.name,
    dir,
    id: fact.to?.id ?? '',
    links: found.links,
    home: found.home,
    names: 'error' in names ? [] : names.names,
    count: 'error' in names ? 0 : names.count,
    unreadable: 'error' in names ? names.error : null,
    main: collectSupervise(world, looker, join(dir, 'supervise')),
    log: hasLog ? collectSupervise(world, looker, join(dir, 'log', 'supervise')) : null,
  };
}
