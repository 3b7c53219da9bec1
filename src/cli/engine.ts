/** Where the programs of the engine are: the system's runit, or this installation's own in INSTALLATION/runit. */
import { join } from 'node:path';
import type { Engine } from '../layout/layout.ts';
import { isProgram, pathFolders } from '../layout/path-search.ts';
import { HomerunError } from '../system/errors.ts';
import type { Context } from './context.ts';

export interface EnginePaths {
  readonly engine: Engine;
  /** Absolute paths. */
  readonly runsvdir: string;
  readonly runsv: string;
  readonly sv: string;
  readonly svlogd: string;
  /** `chpst` is no part of the test for a system's runit; undefined where it is missing. */
  readonly chpst: string | undefined;
}

/** What a runit must have to be used as the engine. */
export const ENGINE_PROGRAMS = ['runsvdir', 'runsv', 'sv', 'svlogd'] as const;

/** The same folder, links followed. */
function same(context: Context, left: string, right: string): boolean {
  try {
    return context.files.realpathSync(left) === context.files.realpathSync(right);
  } catch {
    return left === right;
  }
}

/** The programs bundled with this installation. */
export function bundledEngine(context: Context): EnginePaths {
  const folder = join(context.installation, 'runit');
  return {
    engine: 'bundled',
    runsvdir: join(folder, 'runsvdir'),
    runsv: join(folder, 'runsv'),
    sv: join(folder, 'sv'),
    svlogd: join(folder, 'svlogd'),
    chpst: join(folder, 'chpst'),
  };
}

/** The system's runit, when all of ENGINE_PROGRAMS are on PATH (this installation's own folder does not count). */
export function systemEngine(context: Context): EnginePaths | undefined {
  const own = join(context.installation, 'runit');
  const folders = pathFolders(context.env.PATH).filter((folder) => !same(context, folder, own));
  const search = (name: string): string | undefined =>
    folders.map((folder) => join(folder, name)).find((path) => isProgram(context.files, path));
  const [runsvdir, runsv, sv, svlogd] = ENGINE_PROGRAMS.map(search);
  if (runsvdir === undefined || runsv === undefined || sv === undefined || svlogd === undefined)
    return undefined;
  return { engine: 'system', runsvdir, runsv, sv, svlogd, chpst: search('chpst') };
}

/** `auto`: the system's runit if it is whole, else the bundled one. */
export function chooseEngine(context: Context): Engine {
  return systemEngine(context) === undefined ? 'bundled' : 'system';
}

/** @throws HomerunError `engine-missing` when the layout wants the system's runit and it is not (all) on PATH */
export function enginePaths(context: Context, engine: Engine): EnginePaths {
  if (engine === 'bundled') return bundledEngine(context);
  const found = systemEngine(context);
  if (found !== undefined) return found;
  throw new HomerunError(
    'engine-missing',
    `the system's runit: ${ENGINE_PROGRAMS.join(', ')}: not all of them are on PATH`,
    {
      hint: 'Install the package runit, or use the bundled programs: homerun init --engine bundled',
    },
  );
}
