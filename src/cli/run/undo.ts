import type { Reversal } from '../../plan/journal.ts';
import { octal, tilde } from '../../plan/preview.ts';
import { surveyUndo, undo } from '../../plan/undo.ts';
import type { Context, RunCommand } from '../context.ts';
import { planWorld } from '../plan-world.ts';
import { openPrompts } from '../prompts.ts';

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

export const run: RunCommand = async (context, { options }) => {
  const world = planWorld(context);
  const found = surveyUndo(world);
  const json = options.json === true;
  if (found === undefined) {
    context.out(json ? `${JSON.stringify({ undone: null })}\n` : 'There is nothing to take back.\n');
    return 0;
  }
  const { entry } = found;
  const { home } = context.identity;
  const force = options.force === true;
  const lines = found.reversals.map((reversal) => describe(reversal, home));
  if (options.dryRun === true) {
    if (json) context.out(`${JSON.stringify({ would: entry, conflicts: found.conflicts }, null, 2)}\n`);
    else {
      show(context, `${entry.title} (${entry.time}) would be taken back:`, lines);
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
    show(context, `${entry.title} (${entry.time}):`, lines);
    const prompts = await openPrompts();
    if (!(await prompts.confirm({ message: 'Take it back?', initial: true }))) {
      context.out('Nothing was changed.\n');
      return 1;
    }
  }
  const kept = undo(world, found, force);
  if (json) {
    context.out(`${JSON.stringify({ undone: entry.id, title: entry.title, kept }, null, 2)}\n`);
    return 0;
  }
  context.out(`Taken back: ${entry.title} (${entry.time}).\n`);
  for (const { path, why } of kept) context.out(`Kept: ${tilde(path, home)}: ${why}.\n`);
  return 0;
};
