import { basename } from 'node:path';
import { isVariableName } from '../../everyday/env-files.ts';
import { sharedEnvFolder } from '../../layout/layout.ts';
import { usageError } from '../../system/errors.ts';
import { listServices, readEnvFolder } from '../../system/node/services.ts';
import { completionScript, SHELLS, type Shell } from '../completion-scripts.ts';
import type { Context, RunCommand } from '../context.ts';
import { findLayout } from '../layout.ts';

/** Names of one kind. A shell that completes wants silence where there is nothing, not an error. */
async function namesOf(kind: string, context: Context): Promise<readonly string[]> {
  if (kind === 'shell') return SHELLS;
  if (kind === 'check') {
    const { checks } = await import('../../doctor/checks/registry.ts');
    return checks.map(({ id }) => id);
  }
  if (kind === 'template') {
    const { readCatalog } = await import('../../scaffold/catalog.ts');
    return readCatalog(context.files, context.installation, context.places).templates.map(({ name }) => name);
  }
  if (kind === 'session') return Object.keys(context.env).filter(isVariableName).sort();
  const layout = findLayout(context);
  if (kind === 'variable') {
    const own = layout === undefined ? [] : listServices(layout).map(({ path }) => `${path}/env`);
    const folders = [sharedEnvFolder(context.places), ...own];
    return [...new Set(folders.flatMap((folder) => [...readEnvFolder(folder).keys()]))].sort();
  }
  if (layout === undefined) return [];
  const entries = listServices(layout);
  return (kind === 'service' ? entries.filter(({ enabled }) => enabled) : entries).map(({ name }) => name);
}

export const run: RunCommand = async (context, { words, options }) => {
  if (options.list !== undefined) {
    const names = await namesOf(String(options.list), context);
    context.out(names.map((name) => `${name}\n`).join(''));
    return 0;
  }
  const [shell] = words;
  if (shell === undefined || !SHELLS.includes(shell as Shell)) {
    throw usageError(
      `completion: ${shell === undefined ? 'which shell?' : `${shell}:`} expected bash, zsh or fish`,
      'As: homerun completion bash',
    );
  }
  const { commands } = await import('../registry.ts');
  context.out(completionScript(shell as Shell, commands, basename(findLayout(context)?.svl ?? 'svl')));
  return 0;
};
