/**
 * A snapshot that can be sent to somebody: the user's name and home folder are replaced, and of processes that have
 * nothing to do with the tree only the program's name is left. Pure.
 */
import { basename } from 'node:path';
import { lastTarget, runOf } from './places.ts';
import { programOf } from './program.ts';
import { type ProcessFact, SNAPSHOT_VERSION, type Snapshot } from './snapshot.ts';
import { straysOf } from './strays.ts';
import { treeOf } from './tree.ts';

const HOME = '/home/user';
const USER = 'user';
/** A shorter name would be found inside of other words. */
const SHORTEST_NAME = 3;

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Processes whose command line a check may need: of the tree, near it, above it, or of the same program as a service. */
function ofTheTree(snapshot: Snapshot): ReadonlySet<ProcessFact> {
  const tree = treeOf(snapshot);
  const kept = new Set<ProcessFact>();
  const names = new Set<string>();
  for (const service of snapshot.services) {
    for (const stray of straysOf(snapshot, service)) kept.add(stray);
    for (const process of tree.standingIn(service.id)) kept.add(process);
    const program = lastTarget(snapshot, runOf(snapshot, service))?.started.program;
    if (program != null) names.add(basename(program));
  }
  const holders = new Set(snapshot.locks.map(({ pid }) => pid));
  const folders = [snapshot.serviceAll.real, snapshot.serviceDir.real].filter((path) => path !== null);
  for (const process of snapshot.processes) {
    const isNear =
      tree.isSupervised(process) ||
      names.has(programOf(process).name) ||
      holders.has(process.pid) ||
      process.fds.some(({ target }) => folders.some((folder) => target.startsWith(`${folder}/`)));
    if (isNear) kept.add(process);
  }
  // Who started the supervisor: the runner, the session.
  for (const { process } of tree.runsvdirs) {
    for (
      let at = tree.byPid.get(process.ppid);
      at !== undefined && !kept.has(at);
      at = tree.byPid.get(at.ppid)
    )
      kept.add(at);
  }
  return kept;
}

/** The process by its name only. */
function stranger(process: ProcessFact): ProcessFact {
  const { name } = programOf(process);
  return {
    ...process,
    argv: process.argv.length === 0 ? [] : [name],
    exe: null,
    cwd: null,
    cwdId: null,
    fds: [],
  };
}

export function maskSnapshot(whole: Snapshot): Snapshot {
  const kept = ofTheTree(whole);
  const snapshot = {
    ...whole,
    processes: whole.processes.map((each) => (kept.has(each) ? each : stranger(each))),
  };
  const { home, user } = snapshot.who;
  const rules: [RegExp, string][] = [];
  // The home folder may be reached through a link.
  const real = snapshot.paths[home]?.real ?? home;
  for (const path of new Set([real, home]))
    if (path.length > 1) rules.push([new RegExp(`${escapePattern(path)}(?![\\w.-])`, 'g'), HOME]);
  if (user.length >= SHORTEST_NAME && user !== 'root') {
    rules.push([new RegExp(`(?<![A-Za-z0-9])${escapePattern(user)}(?![A-Za-z0-9])`, 'g'), USER]);
  }
  const text = (value: string): string =>
    rules.reduce((all, [pattern, by]) => all.replace(pattern, by), value);
  const mask = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(mask);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [text(key), mask(each)]));
    }
    return value;
  };
  return mask(snapshot) as Snapshot;
}

export type ParsedSnapshot =
  | { readonly ok: true; readonly snapshot: Snapshot }
  | { readonly ok: false; readonly why: string };

/** Reads what --save wrote. */
export function parseSnapshot(text: string): ParsedSnapshot {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, why: `it is not JSON: ${(error as Error).message}` };
  }
  if (typeof value !== 'object' || value === null) return { ok: false, why: 'it is not an object' };
  const { version } = value as { version?: unknown };
  if (version !== SNAPSHOT_VERSION) {
    return { ok: false, why: `its version is ${JSON.stringify(version)}, expected ${SNAPSHOT_VERSION}` };
  }
  for (const name of ['who', 'layout', 'services', 'paths', 'processes', 'serviceDir']) {
    if (typeof (value as Record<string, unknown>)[name] !== 'object')
      return { ok: false, why: `"${name}" is missing` };
  }
  return { ok: true, snapshot: value as Snapshot };
}
