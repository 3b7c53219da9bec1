import { basename, dirname, join } from 'node:path';
import { formatMoment } from '../../everyday/stamps.ts';
import type { Layout } from '../../layout/layout.ts';
import type { Reversal } from '../../plan/journal.ts';
import { removeTree } from '../../plan/journal.ts';
import { octal, tilde } from '../../plan/preview.ts';
import { reversalsToShow, surveyUndo, type Undoing, undo } from '../../plan/undo.ts';
import { homerunLine, shellWord } from '../../shell/words.ts';
import { HomerunError } from '../../system/errors.ts';
import { isSupervised } from '../../system/node/services.ts';
import type { Context, RunCommand } from '../context.ts';
import { say } from '../fold.ts';
import { printJson } from '../json.ts';
import { findLayout } from '../layout.ts';
import { planWorld } from '../plan-world.ts';
import { openPrompts } from '../prompts.ts';
import { awaitGone, bringDown } from '../service-work.ts';
import { findSupervisors } from '../supervisor.ts';

/** One step back, as a line. */
function describe(reversal: Reversal, home: string): string {
  const path = tilde(reversal.kind === 'renamed' ? reversal.to : reversal.path, home);
  switch (reversal.kind) {
    case 'directory-made':
      return `removes ${path}/ (if it is empty)`;
    case 'file-made':
    case 'link-made':
      return `removes ${path}`;
    case 'file-changed':
      return `puts the old ${path} back`;
    case 'mode-changed':
      return `gives ${path} its mode ${octal(reversal.mode)} back`;
    case 'renamed':
      return `moves ${path} back to ${tilde(reversal.from, home)}`;
    default:
      return `brings ${path} back`;
  }
}

function show(context: Context, title: string, lines: readonly string[]): void {
  context.out(`${context.colours.bold(title)}\n${lines.map((line) => `  ${line}\n`).join('')}`);
}

function layoutOf(context: Context): Layout | undefined {
  try {
    return findLayout(context);
  } catch (error) {
    if (error instanceof HomerunError) return undefined;
    throw error;
  }
}

/**
 * A service whose link was made by what is taken back is stopped first, and so is its runsv: what runs needs its
 * directory. What runsv wrote beside the service is no person's, and goes.
 *
 * @throws HomerunError `not-stopped` with the link where it was
 */
async function stopServices(context: Context, found: Undoing): Promise<void> {
  const layout = layoutOf(context);
  if (layout === undefined) return;
  const { files } = context;
  const shown = reversalsToShow(found);
  const removesRunner = shown.some((each) => each.kind === 'file-made' && each.path === layout.runner);
  if (removesRunner && findSupervisors(context, layout.serviceDir).length > 0) {
    throw new HomerunError(
      'still-runs',
      `undo: ${found.entry.title}: the supervisor of ${layout.serviceDir} runs`,
      { hint: 'Nothing was touched. Stop it and every service first: homerun down' },
    );
  }
  const made = new Set(shown.flatMap((each) => (each.kind === 'directory-made' ? [each.path] : [])));
  for (const reversal of shown) {
    if (reversal.kind !== 'link-made' || dirname(reversal.path) !== layout.serviceDir) continue;
    const { path, target } = reversal;
    if (!files.existsSync(path) || files.readlinkSync(path) !== target) continue;
    const name = basename(path);
    const directory = files.realpathSync(path);
    const why = await bringDown(context, { name, path, home: name, enabled: true, installed: true });
    if (why !== null) {
      throw new HomerunError('not-stopped', `undo: ${name}: ${why}`, {
        hint: `Nothing was taken back. End it first: ${shellWord(layout.svl)} force-stop ${shellWord(name)}`,
      });
    }
    files.unlinkSync(path);
    if (!(await awaitGone(context, layout, directory))) {
      files.symlinkSync(target, path);
      throw new HomerunError('not-stopped', `undo: ${name}: its runsv has not ended`, {
        hint: `Nothing was taken back. Look why: ${homerunLine('doctor', [name])}`,
      });
    }
    if (!made.has(directory)) continue;
    for (const supervise of [join(directory, 'supervise'), join(directory, 'log/supervise')]) {
      if (files.existsSync(supervise) && !isSupervised(supervise)) removeTree(files, supervise);
    }
  }
}

/** The document of --json: of what is taken back, would be (with --dry-run), or of nothing where there is none. */
function report(
  context: Context,
  found: Undoing | undefined,
  { dryRun, kept = [] }: { readonly dryRun: boolean; readonly kept?: ReturnType<typeof undo> },
): void {
  const entry = found?.entry ?? null;
  printJson(context, {
    dryRun,
    undone: dryRun ? null : (entry?.id ?? null),
    title: entry?.title ?? null,
    kept,
    ...(dryRun ? { would: entry, conflicts: found?.conflicts ?? [] } : {}),
  });
}

export const run: RunCommand = async (context, { options }) => {
  const world = planWorld(context);
  const found = surveyUndo(world);
  const json = options.json === true;
  const dryRun = options.dryRun === true;
  if (found === undefined) {
    if (json) report(context, undefined, { dryRun });
    else context.out('There is nothing to take back.\n');
    return 0;
  }
  const { entry } = found;
  const { home } = context.identity;
  const force = options.force === true;
  const lines = reversalsToShow(found).map((reversal) => describe(reversal, home));
  if (dryRun) {
    if (json) report(context, found, { dryRun });
    else {
      show(context, `${entry.title} (${formatMoment(entry.time)}) would be taken back:`, lines);
      if (found.conflicts.length > 0) {
        show(
          context,
          'But this was changed since, so that it takes --force:',
          found.conflicts.map(({ path, why }) => `${tilde(path, home)}: ${why}`),
        );
      }
    }
    return 0;
  }
  if (context.interactive && options.yes !== true && !json && (force || found.conflicts.length === 0)) {
    show(context, `${entry.title} (${formatMoment(entry.time)}):`, lines);
    const prompts = await openPrompts();
    if (!(await prompts.confirm({ message: 'Take it back?', initial: true }))) {
      say(context, 'Nothing was changed.\n');
      return 1;
    }
  }
  if (force || found.conflicts.length === 0) await stopServices(context, found);
  const kept = undo(world, found, force);
  if (json) {
    report(context, found, { dryRun, kept });
    return 0;
  }
  say(context, `Taken back: ${entry.title} (${formatMoment(entry.time)}).\n`);
  for (const { path, why } of kept) say(context, `Kept: ${tilde(path, home)}: ${why}.\n`);
  return 0;
};
