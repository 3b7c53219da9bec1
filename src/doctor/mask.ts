/** A snapshot that can be sent to somebody: the user's name and home folder are replaced. Pure. */
import { SNAPSHOT_VERSION, type Snapshot } from './snapshot.ts';

const HOME = '/home/user';
const USER = 'user';
/** A shorter name would be found inside of other words. */
const SHORTEST_NAME = 3;

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

export function maskSnapshot(snapshot: Snapshot): Snapshot {
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
