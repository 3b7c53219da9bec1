import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join, normalize } from 'node:path';
import { apply } from '../../plan/apply.ts';
import { isShell, readShebang, shellName } from '../../shell/shebang.ts';
import { homerunLine } from '../../shell/words.ts';
import { errnoCode, HomerunError, usageError } from '../../system/errors.ts';
import { runProgramHere } from '../../system/node/attached.ts';
import { isSupervised, readSlot, type ServiceEntry } from '../../system/node/services.ts';
import type { Context, RunCommand } from '../context.ts';
import { say } from '../fold.ts';
import { loadLayout } from '../layout.ts';
import { confirm, pickServices } from '../menu.ts';
import { planWorld } from '../plan-world.ts';
import { superviseOf } from '../service-work.ts';
import { runVerb } from './sv-words.ts';

/** What the script's own shell says against it; null when nothing, or when no shell reads it. */
async function syntaxProblem(text: string, file: string): Promise<string | null> {
  const shebang = readShebang({ text });
  const { interpreter } = shebang;
  if (shebang.kind !== 'script' || basename(interpreter) === 'env' || !isShell(shellName(shebang)))
    return null;
  const result = await runProgramHere(interpreter, ['-n', file]);
  return result.error !== null || result.code === 0
    ? null
    : result.stderr.trim().replaceAll(file, basename(file));
}

/** @param service the service's name, for what is said @param name the file's name in it */
async function editCopy(context: Context, service: string, name: string, before: string): Promise<string> {
  const chosen = context.env.VISUAL || context.env.EDITOR;
  if (!chosen && !(context.terminal && process.stdin.isTTY === true)) {
    throw usageError(
      'edit: there is no terminal for vi',
      'An editor that needs none: VISUAL="sed -i s/old/new/" homerun edit NAME',
    );
  }
  const editor = chosen || 'vi';
  const folder = mkdtempSync(join(tmpdir(), 'homerun-edit-'));
  const file = join(folder, basename(name));
  try {
    writeFileSync(file, before);
    chmodSync(file, 0o600);
    for (;;) {
      // $EDITOR may hold options, as `emacsclient -c`: the shell splits it.
      const result = await runProgramHere('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { attach: true });
      if (result.code !== 0) {
        throw new HomerunError(
          'editor-failed',
          `${editor}: ended with ${result.code ?? 'a signal'}: nothing was changed`,
          {
            hint: `Another one: EDITOR=nano ${homerunLine('edit', [service])}`,
          },
        );
      }
      const after = readFileSync(file, 'utf8');
      if (after === before) return after;
      const problem = await syntaxProblem(after, file);
      if (problem === null) return after;
      context.err(`homerun: ${name}: its shell cannot read it:\n${problem}\n`);
      if (!context.interactive) {
        throw new HomerunError('syntax-error', `${name}: nothing was changed`, {
          hint: 'Mend it and try again.',
        });
      }
      if (!(await confirm('Edit it again?', true))) {
        throw new HomerunError('syntax-error', `${name}: nothing was changed`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const run: RunCommand = async (context, { words, options }) => {
  const layout = loadLayout(context);
  const file = normalize(String(options.file ?? 'run'));
  if (isAbsolute(file) || file.startsWith('..'))
    throw usageError(`--file ${file}: expected a file of the service`);
  const [entry] = (await pickServices(context, layout, words, {
    command: 'edit',
    all: null,
    eligible: () => true,
    kind: 'services',
    one: true,
  })) as [ServiceEntry];
  const path = join(entry.home === null ? entry.path : join(layout.serviceAll, entry.home), file);
  let before = '';
  let mode: number | undefined;
  try {
    before = readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT')
      throw new HomerunError('unreadable', `${path}: ${errnoCode(error) ?? error}`);
    before = `#!${layout.shell}\n`;
    mode = 0o755;
  }
  const after = await editCopy(context, entry.name, file, before);
  if (after === before) {
    say(context, `${entry.name}: ${file} is as it was\n`);
    return 0;
  }
  apply(
    {
      title: `edit ${entry.name}/${file}`,
      operations: [{ kind: 'write', path, contents: after, ...(mode === undefined ? {} : { mode }) }],
    },
    planWorld(context),
  );
  say(context, `${entry.name}: ${file} changed; the old one: homerun undo\n`);
  const slot = isSupervised(superviseOf(entry)) ? readSlot(superviseOf(entry)) : null;
  const target = file.startsWith('log/') ? `${entry.name}/log` : entry.name;
  if (slot === null || slot.want !== 'up' || !(file === 'run' || file === 'log/run')) return 0;
  const asked = options.restart;
  const restart =
    asked === undefined
      ? context.interactive && (await confirm(`Restart ${target} now?`, true))
      : asked === true;
  if (restart) return runVerb('restart')(context, { words: [target], options: {} });
  say(context, `What runs is still the old one: ${homerunLine('restart', [target])}\n`);
  return 0;
};
