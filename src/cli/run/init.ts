import { basename, dirname, join } from 'node:path';
import { quote } from '../../doctor/words.ts';
import { defaultLayout, type Layout } from '../../layout/layout.ts';
import { pathFolders, searchPath } from '../../layout/path-search.ts';
import { applySurvey, blockedError } from '../../plan/apply.ts';
import { formatContents, formatDiffs, formatTree, tilde, toJson } from '../../plan/preview.ts';
import { type Survey, survey } from '../../plan/survey.ts';
import { type FoundTree, findTrees } from '../../scaffold/adopt.ts';
import { type InitPlan, planInit } from '../../scaffold/init.ts';
import type { Machine } from '../../scaffold/machine.ts';
import { EMPTY_MANIFEST, type Manifest, manifestFile, parseManifest } from '../../scaffold/manifest.ts';
import {
  renderSessionScripts,
  SESSION_TEMPLATE_FILES,
  type SessionTemplates,
} from '../../scaffold/session-scripts.ts';
import { commandFor, layoutFrom, typedPath, type Wishes } from '../../scaffold/wishes.ts';
import { shellWord, shellWords, singleQuoted } from '../../shell/words.ts';
import { errnoCode, HomerunError, usageError } from '../../system/errors.ts';
import type { Context, RunCommand } from '../context.ts';
import { chooseEngine, systemEngine } from '../engine.ts';
import { say } from '../fold.ts';
import { askAdoption, askWishes } from '../init-questions.ts';
import { printJson } from '../json.ts';
import { findLayout } from '../layout.ts';
import { adviseOnLogs, findShell, lookAtMachine } from '../machine.ts';
import { planWorld } from '../plan-world.ts';
import { cancelled, openPrompts, type Prompts } from '../prompts.ts';
import { findSupervisors, runningDirectories } from '../supervisor.ts';

function readIfThere(context: Context, path: string): string | undefined {
  try {
    return context.files.readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EISDIR'].includes(errnoCode(error) ?? '')) return undefined;
    throw error;
  }
}

export function readManifest(context: Context): Manifest {
  const text = readIfThere(context, manifestFile(context.places));
  return text === undefined ? EMPTY_MANIFEST : parseManifest(text);
}

function readTemplates(context: Context): SessionTemplates {
  const read = (name: keyof SessionTemplates): string =>
    context.files.readFileSync(
      join(context.installation, 'templates/session', SESSION_TEMPLATE_FILES[name]),
      'utf8',
    );
  return { runner: read('runner'), svl: read('svl') };
}

/** The flags as wishes. */
function wishesFrom(options: Readonly<Record<string, unknown>>): Wishes {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const wishes: Record<string, unknown> = {};
  for (const name of [
    'serviceAll',
    'serviceDir',
    'binDir',
    'svlName',
    'runner',
    'logs',
    'shell',
    'engine',
    'session',
    'sessionFile',
  ]) {
    if (text(name) !== undefined) wishes[name] = text(name);
  }
  if (options.keepRunning !== undefined) wishes.keepRunning = options.keepRunning === true;
  return wishes as Wishes;
}

/** Trees that are there already, when no init has been run and no flag names a directory. */
function treesToAdopt(context: Context, base: Layout, given: Wishes): readonly FoundTree[] {
  if (given.serviceDir !== undefined || given.serviceAll !== undefined) return [];
  const candidates = [
    base.svl,
    join(context.identity.home, 'bin/svl'),
    searchPath(context.files, context.env.PATH, 'svl'),
  ];
  const scripts: Record<string, string> = {};
  for (const path of candidates) {
    const text = path === undefined ? undefined : readIfThere(context, path);
    if (path !== undefined && text !== undefined) scripts[path] = text;
  }
  // Only trees of this home: a runsvdir of the same uid may serve another one.
  const running = runningDirectories(context).filter((path) => path.startsWith(`${context.identity.home}/`));
  return findTrees(context.files, context.places, running, scripts);
}

function adopt(base: Layout, tree: FoundTree): Layout {
  return {
    ...base,
    serviceDir: tree.serviceDir,
    serviceAll:
      tree.serviceAll ?? (base.serviceAll === tree.serviceDir ? `${tree.serviceDir}_all` : base.serviceAll),
  };
}

/** What a person should know that is no problem. */
async function notesOn(
  context: Context,
  layout: Layout,
  planned: InitPlan,
  machine: Machine,
): Promise<string[]> {
  const home = context.identity.home;
  const notes = [...planned.notes];
  for (const { path, why } of planned.kept) notes.push(`${path}, from an earlier init, stays: ${why}.`);
  const folder = dirname(layout.svl);
  const folders = pathFolders(context.env.PATH);
  if (!folders.includes(folder)) {
    const [lead, rest] = folder.startsWith(`${home}/`) ? ['$HOME', folder.slice(home.length)] : ['', folder];
    const value = /["$`\\!]/.test(rest)
      ? `"${lead}"${singleQuoted(`${rest}:`)}"$PATH"`
      : `"${lead}${rest}:$PATH"`;
    notes.push(`${folder} is not on your PATH. For your profile: export PATH=${value}`);
  } else {
    const name = layout.svl.slice(folder.length + 1);
    const first = searchPath(context.files, folders.slice(0, folders.indexOf(folder)).join(':'), name);
    if (first !== undefined) notes.push(`${first} comes before ${layout.svl} on your PATH.`);
  }
  if (layout.logs !== 'inside') {
    const advice = await adviseOnLogs(context, machine, layout.logs);
    if (advice.verdict !== 'fine') notes.push(`Logs: ${advice.text}.`);
  }
  return notes.map((note) => note.replaceAll(`${home}/`, '~/'));
}

function showPreview(context: Context, found: Survey, planned: InitPlan, everything: boolean): void {
  const { home } = context.identity;
  context.out(`${formatTree(found, home, context.colours)}\n`);
  // The list of what init made is for uninstall, not for reading.
  const own = manifestFile(context.places);
  const shown = {
    ...found,
    changes: found.changes.filter((change) => change.kind !== 'write' || change.path !== own),
  };
  const texts = everything
    ? formatContents(shown, home, context.colours)
    : formatDiffs(shown, home, context.colours);
  if (texts !== '') context.out(`\n${texts}\n`);
  const hookFile = planned.hook?.file;
  if (
    planned.hook !== undefined &&
    found.changes.some((change) => change.kind === 'write' && change.named === hookFile)
  ) {
    const { file, line, before } = planned.hook;
    const where = before === undefined ? 'at its end' : `before \`${before.trim()}\``;
    say(context, `\nThe hook stands in ${tilde(file, home)}, line ${line}, ${where}.\n`);
  }
}

/** `newRunner`: the runner was written, and what runs was started by another one. */
function nextSteps(context: Context, layout: Layout, newRunner: boolean): string {
  const onPath = pathFolders(context.env.PATH).includes(dirname(layout.svl));
  const svl = onPath ? shellWord(basename(layout.svl)) : quote(tilde(layout.svl, context.identity.home));
  const runs = findSupervisors(context, layout.serviceDir).length > 0;
  const steps: (readonly [string, string])[] = [
    ['homerun add-service', 'makes a service'],
    ...(runs ? [] : ([['homerun up', 'starts the supervisor now']] as const)),
    ...(runs && newRunner
      ? ([['homerun down; homerun up', 'starts everything anew, by the new runner']] as const)
      : []),
    [`${svl} status`, 'shows the services'],
    ['homerun doctor', 'looks whether all is well'],
  ];
  const width = Math.max(...steps.map(([command]) => command.length));
  const lines = steps.map(([command, what]) => `  ${context.colours.cyan(command.padEnd(width))}  ${what}`);
  if (layout.session.kind !== 'none') lines.push('  Your next session starts them by itself.');
  return `${context.colours.bold('Next:')}\n${lines.join('\n')}\n`;
}

/** What the wizard offers as a first service: a template's name, `other` (add-service asks), or nothing. */
async function askFirstService(context: Context, prompts: Prompts): Promise<string | undefined> {
  const answer = await prompts.select({
    message: `A first service?\n${context.colours.dim('newtest writes into its log every second: good for trying everything out.')}`,
    choices: [
      { value: 'newtest', label: 'newtest', hint: 'the one to try things with' },
      { value: OTHER, label: 'Another one', hint: 'a template, or a command of yours: asked at the end' },
      { value: 'none', label: 'Not now', hint: 'later: homerun add-service' },
    ],
    initial: 'newtest',
  });
  return answer === 'none' ? undefined : answer;
}

const OTHER = '';

export const run: RunCommand = async (context, { words, options }) => {
  if (words.length > 0) throw usageError(`init takes no words, found ${words.map(shellWord).join(' ')}`);
  const given = wishesFrom(options);
  const json = options.json === true;
  const dryRun = options.dryRun === true;
  const asking = context.interactive && options.yes !== true && !json;
  const { home } = context.identity;

  const machine = lookAtMachine(context);
  const [sh] = machine.shells;
  if (sh === undefined) throw new HomerunError('no-shell', 'sh: there is no shell on PATH');
  const engine = chooseEngine(context);
  const configured = findLayout(context);
  let base = configured ?? defaultLayout(context.places, { shell: sh, engine });
  const trees = configured === undefined ? treesToAdopt(context, base, given) : [];
  const adoptionNotes: string[] = [];

  let wishes = given;
  let firstService = options.firstService as string | undefined;
  let prompts: Prompts | undefined;
  if (asking) {
    prompts = await openPrompts();
    prompts.intro('homerun init: a supervisor of your own');
    const isDefault = (tree: FoundTree): boolean => tree.serviceDir === base.serviceDir && trees.length === 1;
    if (trees.length > 0 && !trees.every(isDefault)) {
      const tree = await askAdoption(context, prompts, trees);
      if (tree !== undefined) base = adopt(base, tree);
    } else if (trees[0] !== undefined) base = adopt(base, trees[0]);
    wishes = await askWishes(context, prompts, given, base, machine);
    if (configured === undefined && firstService === undefined && trees.length === 0) {
      firstService = await askFirstService(context, prompts);
    }
  } else if (trees[0] !== undefined) {
    base = adopt(base, trees[0]);
    const count = trees[0].services.length;
    adoptionNotes.push(
      `${tilde(trees[0].serviceDir, home)} is used as it is, with ${count === 1 ? 'its service' : `its ${count} services`}: ${trees[0].because}.`,
    );
    for (const other of trees.slice(1))
      adoptionNotes.push(`${tilde(other.serviceDir, home)} holds services, too.`);
  }

  const layout = layoutFrom(wishes, base, {
    places: context.places,
    cwd: context.cwd,
    engine,
    systemThere: systemEngine(context) !== undefined,
    findShell: (name) => findShell(context, name),
  });
  if (
    given.logs !== undefined &&
    layout.logs !== 'inside' &&
    /^\/(?:var\/)?run(?:\/|$)/.test(typedPath(given.logs, context))
  ) {
    throw usageError(`--logs ${shellWord(given.logs)}: /run is emptied at every start of the machine`);
  }

  const planned = planInit(
    {
      layout,
      places: context.places,
      scripts: renderSessionScripts(layout, machine.programs, readTemplates(context)),
      manifest: readManifest(context),
    },
    context.files,
  );
  const found = survey(planned.plan, context.files);
  const problems = [...planned.problems, ...found.problems];
  const first =
    firstService === undefined || firstService === OTHER ? '' : ` --first-service ${shellWord(firstService)}`;
  const command = `${commandFor(layout, context.places)}${first}`;
  const notes = [...adoptionNotes, ...(await notesOn(context, layout, planned, machine))];
  const report = (): void =>
    printJson(context, {
      ok: problems.length === 0,
      dryRun,
      layout,
      changes: toJson(found),
      notes,
      problems,
      command,
    });
  if (problems.length > 0) {
    if (json) {
      report();
      return 1;
    }
    throw blockedError('init', problems);
  }

  const sayNotes = (): void => {
    for (const note of notes) say(context, `${context.colours.yellow('Note:')} ${note}\n`);
  };
  if (found.changes.length === 0) {
    if (json) report();
    else {
      say(context, 'Nothing to do: everything is as it should be.\n');
      sayNotes();
    }
    return dryRun || json || firstService === undefined ? 0 : addFirst(context, firstService);
  }
  if (dryRun) {
    if (json) report();
    else {
      say(context, 'Nothing is changed; this is what would be made:\n\n');
      showPreview(context, found, planned, true);
      sayNotes();
      say(context, `Without questions: ${command}\n`);
    }
    return 0;
  }
  if (prompts !== undefined) {
    context.out('\n');
    showPreview(context, found, planned, false);
    sayNotes();
    if (first !== '')
      say(
        context,
        `\nThen: homerun ${shellWords(['add-service', firstService as string, '--template', firstService as string])}\n`,
      );
    context.out('\n');
    if (!(await prompts.confirm({ message: 'Make it so?', initial: true }))) throw cancelled();
  }

  applySurvey(found, planWorld(context));
  const left = survey(planned.plan, context.files);
  if (left.changes.length > 0 || left.problems.length > 0) {
    throw new HomerunError(
      'not-as-planned',
      'init: the disk is not as it was left: another program changed it',
      {
        hint: 'Look what differs: homerun init --dry-run',
      },
    );
  }
  if (json) {
    report();
    return 0;
  }
  if (prompts === undefined) {
    showPreview(context, found, planned, false);
    sayNotes();
  }
  say(context, `${context.colours.green('Done.')} \`homerun undo\` takes it back.\n\n`);
  const newRunner = found.changes.some((change) => change.kind === 'write' && change.named === layout.runner);
  say(context, `${nextSteps(context, layout, newRunner)}\n`);
  say(context, `${context.colours.dim('Without questions:')}\n  ${command}\n`);
  return firstService === undefined ? 0 : addFirst(context, firstService);
};

/** The first service is made like any other. */
async function addFirst(context: Context, template: string): Promise<number> {
  context.out('\n');
  const { run: addService } = await import('./add-service.ts');
  if (template === OTHER) return addService(context, { words: [], options: { log: true, enable: true } });
  return addService(context, {
    words: [template],
    options: { template, yes: true, log: true, enable: true },
  });
}
