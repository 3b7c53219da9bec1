/** Finds a tree of services that is there already, made by hand or by another tool, so that it is adopted, not doubled. */
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { LayoutPlaces } from '../layout/layout.ts';
import { see } from '../plan/see.ts';
import type { Files } from '../system/ports.ts';

export interface FoundTree {
  /** What runsvdir looks at. */
  readonly serviceDir: string;
  /** Where the real directories are; undefined when they are in serviceDir itself. */
  readonly serviceAll: string | undefined;
  readonly services: readonly string[];
  /** How it was found: `a runsvdir runs on it`, `~/bin/svl names it`. */
  readonly because: string;
}

/** Where people and tools put them, besides the document's own names. */
const USUAL_PLACES = [
  'service_gui',
  'service',
  '.config/service',
  '.local/service',
  '.runit/runsvdir',
  '.runit/service',
  '.runit',
  'runit/service',
  'sv',
];

function isServiceDirectory(files: Files, path: string): boolean {
  try {
    return files.statSync(join(path, 'run')).isFile();
  } catch {
    return false;
  }
}

/** The services in a directory; empty for what is no such directory. */
function servicesIn(files: Files, folder: string): string[] {
  try {
    return files
      .readdirSync(folder)
      .filter((name) => !name.startsWith('.') && isServiceDirectory(files, join(folder, name)))
      .sort();
  } catch {
    return [];
  }
}

/** The folder that most of the links lead to. */
function targetsFolder(files: Files, folder: string, services: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of services) {
    const seen = see(files, join(folder, name));
    if (seen.kind !== 'link') continue;
    const target = dirname(resolve(folder, seen.target));
    counts.set(target, (counts.get(target) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** The directory that a script by hand names: `svpath=/home/ann/service_gui`, `SVDIR=...`, `runsvdir -P DIR`. */
function namedIn(text: string, home: string): string | undefined {
  const found =
    /^[ \t]*(?:export[ \t]+)?(?:svpath|SVDIR)=["']?([^"'\n;]+?)["']?[ \t]*$/m.exec(text)?.[1] ??
    /^[^#\n]*\brunsvdir[ \t]+(?:-P[ \t]+)?["']?(\/[^"'\s]+|[$~][^"'\s]+)/m.exec(text)?.[1];
  const path = found?.replace(/^(?:~|\$HOME|\$\{HOME\})(?=\/|$)/, home);
  return path !== undefined && isAbsolute(path) ? path.replace(/(?<=.)\/+$/, '') : undefined;
}

/**
 * Finds such trees, the surest first.
 *
 * @param running directories that a runsvdir of this user looks at now
 * @param scripts texts of files that may name one (an svl, a runner), by path; script or tree must be in this home
 */
export function findTrees(
  files: Files,
  places: LayoutPlaces,
  running: readonly string[],
  scripts: Readonly<Record<string, string>>,
): readonly FoundTree[] {
  const found: FoundTree[] = [];
  const add = (serviceDir: string, because: string, always: boolean): void => {
    let real: string;
    try {
      real = files.realpathSync(serviceDir);
      if (!files.statSync(real).isDirectory()) return;
    } catch {
      return;
    }
    if (found.some((tree) => files.realpathSync(tree.serviceDir) === real)) return;
    const services = servicesIn(files, serviceDir);
    if (services.length === 0 && !always) return;
    // A folder of real directories that another one's links lead to is that one's store, no tree of its own.
    if (found.some((tree) => tree.serviceAll === serviceDir)) return;
    found.push({ serviceDir, serviceAll: targetsFolder(files, serviceDir, services), services, because });
  };
  for (const folder of running) add(folder, 'a runsvdir runs on it', true);
  for (const [path, text] of Object.entries(scripts)) {
    const named = namedIn(text, places.home);
    // With another HOME (the demo's, another user's shell) PATH still finds that one's svl: its tree is not ours.
    const ours = [path, named].some((each) => each?.startsWith(`${places.home}/`));
    if (named !== undefined && ours) add(named, `${path} names it`, true);
  }
  for (const place of USUAL_PLACES) {
    add(join(places.home, place), 'it holds services', false);
  }
  return found;
}
