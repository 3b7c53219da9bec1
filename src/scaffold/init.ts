/** init as a Plan: a layout and what is on disk become file operations. Pure but for looking. */
import { dirname, join } from 'node:path';
import {
  configFile,
  configFolder,
  formatLayout,
  type Layout,
  type LayoutPlaces,
  sharedEnvFolder,
  stateFolder,
} from '../layout/layout.ts';
import { hashOf } from '../plan/journal.ts';
import type { Operation, Plan } from '../plan/operation.ts';
import { type Seen, see, toBytes } from '../plan/see.ts';
import type { Problem } from '../plan/survey.ts';
import type { Files } from '../system/ports.ts';
import { findHook, foreignStarts, freshSessionFile, placeHook, renderHook, SESSION_FILES } from './hook.ts';
import { formatManifest, type Made, type Manifest, manifestFile } from './manifest.ts';
import { type Kept, planRemoval } from './removal.ts';
import type { SessionScripts } from './session-scripts.ts';

export interface InitInput {
  readonly layout: Layout;
  readonly places: LayoutPlaces;
  readonly scripts: SessionScripts;
  /** What an init before this one made. */
  readonly manifest: Manifest;
}

export interface InitPlan {
  readonly plan: Plan;
  /** What stands in the way, beyond what the survey of the plan finds. */
  readonly problems: readonly Problem[];
  /** What a person should know: one sentence each. */
  readonly notes: readonly string[];
  /** Where the hook goes in a file that is there; undefined without one. */
  readonly hook:
    | { readonly file: string; readonly line: number; readonly before: string | undefined }
    | undefined;
  /** What an earlier init made, is no longer wanted, but was changed since. */
  readonly kept: readonly Kept[];
}

/** The name of the copy that is kept of a user's own file. */
export function backupName(path: string, files: Files): string {
  for (let count = 1; ; count++) {
    const name = `${path}.before-homerun${count === 1 ? '' : `.${count}`}`;
    if (see(files, name).kind === 'nothing') return name;
  }
}

/** What a path leads to, links followed. */
function seeThrough(files: Files, path: string): Seen {
  try {
    return see(files, files.realpathSync(path));
  } catch {
    return see(files, path);
  }
}

/** A script by which a person did by hand what this file is for: it may be replaced, with a copy kept. */
function isForerunner(contents: Uint8Array, program: string): boolean {
  const text = new TextDecoder().decode(contents);
  return text.startsWith('#!') && new RegExp(`^[^#]*\\b${program}\\b`, 'm').test(text);
}

export function planInit({ layout, places, scripts, manifest }: InitInput, files: Files): InitPlan {
  const operations: Operation[] = [];
  const problems: Problem[] = [];
  const notes: string[] = [];
  const made: Made[] = [];
  const before = new Map(manifest.made.map((each) => [each.path, each]));

  const mkdir = (path: string, mode?: number): void => {
    const missing: string[] = [];
    for (
      let here = path;
      see(files, here).kind === 'nothing' && here !== dirname(here);
      here = dirname(here)
    ) {
      missing.unshift(here);
    }
    for (const each of missing) note({ kind: 'directory', path: each });
    for (let here = path; here !== dirname(here); here = dirname(here)) {
      const known = before.get(here);
      if (known?.kind === 'directory') note(known);
    }
    operations.push({ kind: 'mkdir', path, ...(mode === undefined ? {} : { mode }) });
  };
  const note = (entry: Made): void => {
    if (!made.some((each) => each.path === entry.path && each.kind === entry.kind)) made.push(entry);
  };

  /** A file that is all ours. What stands there and is not from an init is replaced only when it did the same job. */
  const write = (
    path: string,
    contents: string,
    mode: number | undefined,
    program: string | undefined,
  ): void => {
    const seen = seeThrough(files, path);
    const known = before.get(path);
    const hash = hashOf(toBytes(contents));
    let replaced = known?.kind === 'file' ? known.replaced : undefined;
    if (seen.kind === 'file' && known === undefined && hashOf(seen.contents) !== hash) {
      if (program !== undefined && !isForerunner(seen.contents, program)) {
        problems.push({
          path,
          why: 'there is a file of this name that has nothing to do with runit',
          hint:
            path === layout.svl
              ? 'Choose another name with --svl-name, or another directory with --bin-dir.'
              : 'Choose another path with --runner.',
        });
        return;
      }
      if (program !== undefined) {
        replaced = backupName(path, files);
        operations.push({ kind: 'write', path: replaced, contents: seen.contents, mode: seen.mode });
        notes.push(`${path} was there: the old one is kept as ${replaced}.`);
      }
    }
    if (
      seen.kind === 'file' &&
      known?.kind === 'file' &&
      hashOf(seen.contents) !== known.hash &&
      hashOf(seen.contents) !== hash
    ) {
      notes.push(`${path} had been changed by hand; \`homerun undo\` brings that back.`);
    }
    operations.push({ kind: 'write', path, contents, ...(mode === undefined ? {} : { mode }) });
    note({ kind: 'file', path, hash, ...(replaced === undefined ? {} : { replaced }) });
  };

  mkdir(configFolder(places));
  mkdir(sharedEnvFolder(places), 0o700);
  mkdir(stateFolder(places));
  if (layout.logs !== 'inside') mkdir(layout.logs, 0o700);
  mkdir(layout.serviceAll);
  mkdir(layout.serviceDir);
  mkdir(dirname(layout.svl));
  mkdir(dirname(layout.runner));
  write(layout.svl, scripts.svl, 0o755, 'sv');
  write(layout.runner, scripts.runner, 0o755, 'runsvdir');
  write(configFile(places), formatLayout(layout), undefined, undefined);

  const last: Operation[] = [];
  let hook: InitPlan['hook'];
  if (layout.session.kind !== 'none' && layout.session.file !== null) {
    const { file, kind } = layout.session;
    const rendered = renderHook(layout, places.home);
    const seen = seeThrough(files, file);
    const known = before.get(file);
    if (!rendered.ok) problems.push({ path: file, why: rendered.why, hint: 'Choose another --runner.' });
    else if (seen.kind === 'nothing') {
      const fresh = freshSessionFile(kind, rendered.block);
      if (fresh === undefined) {
        problems.push({
          path: file,
          why: `it does not exist, and homerun does not make it: ${SESSION_FILES[kind].missing}`,
          hint: 'Or leave the session alone: homerun init --session none',
        });
      } else {
        mkdir(dirname(file));
        last.push({ kind: 'write', path: file, contents: fresh });
        note({ kind: 'file', path: file, hash: hashOf(toBytes(fresh)) });
      }
    } else if (seen.kind !== 'file') {
      problems.push({ path: file, why: 'it is no file', hint: 'Choose another with --session-file.' });
    } else {
      const placed = placeHook(seen.contents, rendered.block, kind, (seen.mode & 0o111) !== 0);
      if (!placed.ok) {
        problems.push({
          path: file,
          why: placed.why,
          hint: 'Mend it by hand, or choose another with --session and --session-file.',
        });
      } else {
        const started = foreignStarts(seen.contents);
        for (const line of started) {
          notes.push(`${file}, line ${line}, starts a supervisor already: take that line out.`);
        }
        if (findHook(seen.contents).kind === 'none') {
          const backup = backupName(file, files);
          last.push({ kind: 'write', path: backup, contents: seen.contents, mode: seen.mode });
          note({ kind: 'file', path: backup, hash: hashOf(seen.contents) });
        } else {
          for (const each of manifest.made) {
            if (each.kind === 'file' && each.path.startsWith(`${file}.before-homerun`)) note(each);
          }
        }
        last.push({ kind: 'write', path: file, contents: placed.bytes });
        // A session file that an init made stays ours as long as it holds what that init wrote.
        const ours = known?.kind === 'file' && known.hash === hashOf(seen.contents);
        note(
          ours
            ? { kind: 'file', path: file, hash: hashOf(placed.bytes) }
            : { kind: 'hook', path: file, session: kind },
        );
        hook = { file, line: placed.line, before: placed.before };
      }
    }
  }

  // What an earlier init made and this layout no longer wants.
  const wanted = new Set(made.map((each) => each.path));
  const stale = planRemoval(
    manifest.made.filter((each) => !wanted.has(each.path)),
    files,
  );
  const still = stale.kept.flatMap(({ path }) => manifest.made.filter((each) => each.path === path));
  for (const each of still) note(each);
  made.sort((a, b) => (a.path < b.path ? -1 : 1));

  operations.push({
    kind: 'write',
    path: manifestFile(places),
    contents: formatManifest({ version: 1, made }),
  });
  operations.push(...stale.operations, ...last);
  return { plan: { title: 'init', operations }, problems, notes, hook, kept: stale.kept };
}

/** The journal of changes, which uninstall takes away at its very end. */
export function journalFolder(places: LayoutPlaces): string {
  return join(stateFolder(places), 'journal');
}
