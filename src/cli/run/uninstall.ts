import { applySurvey, blockedError } from '../../plan/apply.ts';
import { removeTree } from '../../plan/journal.ts';
import { formatDiffs, formatTree, tilde, toJson } from '../../plan/preview.ts';
import { survey } from '../../plan/survey.ts';
import { journalFolder } from '../../scaffold/init.ts';
import type { Kept } from '../../scaffold/removal.ts';
import { planUninstall } from '../../scaffold/uninstall.ts';
import { errnoCode, HomerunError } from '../../system/errors.ts';
import type { Context, RunCommand } from '../context.ts';
import { enginePaths } from '../engine.ts';
import { say } from '../fold.ts';
import { printJson } from '../json.ts';
import { findLayout } from '../layout.ts';
import { planWorld } from '../plan-world.ts';
import { cancelled, openPrompts } from '../prompts.ts';
import { findSupervisors, stopSupervisor } from '../supervisor.ts';
import { readManifest } from './init.ts';

/** The journal goes at the very end; then the folders around it, when nothing else is in them. */
function removeJournal(context: Context, folders: readonly string[]): void {
  const { files } = context;
  const quietly = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errnoCode(error) ?? '')) throw error;
    }
  };
  quietly(() => removeTree(files, journalFolder(context.places)));
  for (const folder of folders) quietly(() => files.rmdirSync(folder));
}

export const run: RunCommand = async (context, { options }) => {
  const { home } = context.identity;
  const json = options.json === true;
  const dryRun = options.dryRun === true;
  const manifest = readManifest(context);
  let layout: ReturnType<typeof findLayout>;
  try {
    layout = findLayout(context);
  } catch (error) {
    if (!(error instanceof HomerunError)) throw error;
    // A broken config.json is no reason to keep the rest.
    layout = undefined;
  }
  const report = (changes: ReturnType<typeof toJson>, kept: readonly Kept[]): void =>
    printJson(context, { ok: true, dryRun, changes, kept });
  if (manifest.made.length === 0) {
    if (json) report([], []);
    else say(context, 'Nothing to do: init has made nothing here.\n');
    return 0;
  }
  const planned = planUninstall(manifest, layout, context.places, context.files);
  const found = survey(planned.plan, context.files);
  if (found.problems.length > 0) throw blockedError('uninstall', found.problems);

  const sayKept = (): void => {
    for (const { path, why } of planned.kept) say(context, `Kept: ${tilde(path, home)}: ${why}.\n`);
  };
  const preview = (): void => {
    context.out(`${formatTree(found, home, context.colours)}\n`);
    const diffs = formatDiffs(found, home, context.colours);
    if (diffs !== '') context.out(`\n${diffs}\n`);
  };
  const supervisors = layout === undefined ? [] : findSupervisors(context, layout.serviceDir);
  if (dryRun) {
    if (json) report(toJson(found), planned.kept);
    else {
      say(context, 'Nothing is changed; this is what would go:\n\n');
      if (supervisors.length > 0) say(context, 'The supervisor and every service would be stopped.\n');
      preview();
      sayKept();
    }
    return 0;
  }
  if (context.interactive && options.yes !== true && !json) {
    preview();
    sayKept();
    const prompts = await openPrompts();
    const message =
      supervisors.length > 0 ? 'Stop the supervisor with every service, and remove this?' : 'Remove this?';
    if (!(await prompts.confirm({ message, initial: true }))) throw cancelled();
  }
  if (layout !== undefined && supervisors.length > 0) {
    const { left } = await stopSupervisor(context, layout, enginePaths(context, layout.engine));
    if (left.length > 0) {
      throw new HomerunError('not-stopped', `${layout.serviceDir}: still there: ${left.join(', ')}`, {
        hint: 'Nothing was removed. Look why: homerun doctor',
      });
    }
    if (!json)
      say(context, `The supervisor of ${tilde(layout.serviceDir, home)} and every service are down.\n`);
  }
  applySurvey(found, planWorld(context));
  removeJournal(context, planned.afterwards);
  if (json) report(toJson(found), planned.kept);
  else {
    if (!context.interactive || options.yes === true) sayKept();
    say(context, 'What init made is gone.\n');
  }
  return 0;
};
