/** uninstall as a Plan: what init made goes, what a person changed or added stays and is named. */
import { dirname, join } from 'node:path';
import { type Layout, type LayoutPlaces, stateFolder } from '../layout/layout.ts';
import type { Operation, Plan } from '../plan/operation.ts';
import { see } from '../plan/see.ts';
import type { Files } from '../system/ports.ts';
import { journalFolder } from './init.ts';
import { type Manifest, manifestFile } from './manifest.ts';
import { type Kept, planRemoval } from './removal.ts';

export interface Uninstall {
  readonly plan: Plan;
  readonly kept: readonly Kept[];
  /** Directories that go after the plan, when they are empty: the journal of the plan itself lies in them. */
  readonly afterwards: readonly string[];
}

/** How such files begin; the dot keeps them out of scans. */
const NOTES = '.homerun-';

function supervisorNotes(files: Files, serviceDir: string): string[] {
  if (see(files, serviceDir).kind !== 'directory') return [];
  return files
    .readdirSync(serviceDir)
    .filter((name) => name.startsWith(NOTES))
    .map((name) => join(serviceDir, name));
}

export function planUninstall(
  manifest: Manifest,
  layout: Layout | undefined,
  places: LayoutPlaces,
  files: Files,
): Uninstall {
  const journal = journalFolder(places);
  const state = stateFolder(places);
  const own = manifestFile(places);
  const aroundJournal = (path: string): boolean => `${journal}/`.startsWith(`${path}/`);
  // What runsvdir --shared notes about daemons, for the next one to adopt.
  const notes = layout === undefined ? [] : supervisorNotes(files, layout.serviceDir);
  const removal = planRemoval(
    manifest.made.filter((each) => !aroundJournal(each.path)),
    files,
    [own, ...notes],
  );
  const operations: Operation[] = [
    ...notes.map((path): Operation => ({ kind: 'remove', path })),
    ...removal.operations,
    { kind: 'remove', path: own },
  ];

  const kept = [...removal.kept];
  // The folders around the journal: what else is in them stays, and is named.
  const gone = new Set(operations.flatMap((each) => (each.kind === 'remove' ? [each.path] : [])));
  gone.add(journal);
  if (see(files, state).kind === 'directory') {
    const left = files.readdirSync(state).filter((name) => !gone.has(join(state, name)));
    for (const name of left) {
      const path = join(state, name);
      if (!kept.some((each) => each.path === path)) kept.push({ path, why: 'init did not make it' });
    }
  }
  if (layout !== undefined) {
    for (const folder of [layout.serviceAll, layout.serviceDir]) {
      const all = see(files, folder).kind === 'directory' ? files.readdirSync(folder) : [];
      const names = all.filter((name) => !name.startsWith(NOTES));
      const at = kept.findIndex((each) => each.path === folder);
      if (at !== -1) kept[at] = { path: folder, why: `it holds ${names.join(', ')}` };
    }
  }
  const afterwards: string[] = [];
  const madeByUs = new Set(
    manifest.made.filter((each) => each.kind === 'directory').map((each) => each.path),
  );
  for (let here = state; aroundJournal(here) && here !== dirname(here); here = dirname(here)) {
    if (madeByUs.has(here) || here === state) afterwards.push(here);
  }
  return { plan: { title: 'uninstall', operations }, kept, afterwards };
}
