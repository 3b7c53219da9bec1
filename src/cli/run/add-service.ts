import { basename, isAbsolute, join, resolve } from 'node:path';
import { collect, DEFAULT_SAMPLE } from '../../doctor/collect/collect.ts';
import { diagnose } from '../../doctor/diagnose.ts';
import type { Finding } from '../../doctor/finding.ts';
import { findingToJson } from '../../doctor/json.ts';
import { formatFinding } from '../../doctor/report.ts';
import { nearestName } from '../../everyday/names.ts';
import { defaultLayout, type Layout, sharedEnvFolder } from '../../layout/layout.ts';
import { applySurvey } from '../../plan/apply.ts';
import { formatContents, formatTree, tilde, toJson } from '../../plan/preview.ts';
import { survey } from '../../plan/survey.ts';
import { logTarget, type NewService, planService } from '../../scaffold/add-service.ts';
import { type Answer, absolutePath, checkAnswer, defaultText } from '../../scaffold/answers.ts';
import {
  type Catalog,
  findTemplate,
  readCatalog,
  readTemplateTexts,
  type Template,
} from '../../scaffold/catalog.ts';
import { findProgram, type LookAround } from '../../scaffold/obstacles.ts';
import { type RenderedFile, renderTemplate } from '../../scaffold/render.ts';
import { homerunLine, shellWord } from '../../shell/words.ts';
import { HomerunError, usageError } from '../../system/errors.ts';
import { isSupervised, readText } from '../../system/node/services.ts';
import { type Draft, Drafter, type Flags } from '../add-service-draft.ts';
import type { Arguments, Context, RunCommand } from '../context.ts';
import { doctorWorld } from '../doctor-world.ts';
import { chooseEngine } from '../engine.ts';
import { say } from '../fold.ts';
import { printJson } from '../json.ts';
import { findLayout, loadLayout } from '../layout.ts';
import { planWorld } from '../plan-world.ts';
import { openPrompts, type Prompts } from '../prompts.ts';
import { type Proof, proveUp } from '../prove-up.ts';
import { findSupervisors, serviceNames } from '../supervisor.ts';

interface Options extends Flags {
  readonly show: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

function readOptions({ words, options }: Arguments): Options {
  if (words.length > 1)
    throw usageError(
      `add-service: one name at most, found ${words.join(', ')}`,
      "A command with its arguments is one word: --command 'PROGRAM ARG...'",
    );
  const text = (name: string) => options[name] as string | undefined;
  if (text('command') !== undefined && text('fromCommand') !== undefined)
    throw usageError('add-service: --command and --from-command are the same: give one');
  const read: Options = {
    name: words[0],
    template: text('template'),
    command: text('command') ?? text('fromCommand'),
    set: (options.set as readonly string[] | undefined) ?? [],
    env: (options.env as readonly string[] | undefined) ?? [],
    log: options.log !== false,
    logDir: text('logDir'),
    down: options.down === true,
    enable: options.enable !== false,
    show: options.show === true,
    yes: options.yes === true,
    dryRun: options.dryRun === true,
    json: options.json === true,
  };
  if (!read.log && read.logDir !== undefined)
    throw usageError('add-service: --no-log and --log-dir exclude each other');
  return read;
}

/** Where svlogd is to write as log/run says it; null without a log. */
function logPlace(options: Options, layout: Layout, name: string, context: Context): string | null {
  if (!options.log) return null;
  if (options.logDir === undefined) return logTarget(layout, name);
  const given = options.logDir.startsWith('~')
    ? absolutePath(options.logDir, context.identity.home)
    : resolve(context.cwd, options.logDir);
  if (/[\u0000-\u001f\u007f]/.test(given))
    throw usageError('add-service: --log-dir holds a control character');
  return given;
}

function render(
  look: LookAround,
  catalog: Catalog,
  template: Template,
  answers: Draft['answers'],
  service: string,
  log: string | null,
): readonly RenderedFile[] {
  return renderTemplate(
    readTemplateTexts(look.files, template),
    catalog.partials,
    answers,
    {
      service,
      home: look.places.home,
      shell: look.layout.shell,
      envFolder: sharedEnvFolder(look.places),
      logFolder: log,
      patience: template.description.slowStop,
      findProgram: (name) => findProgram(look, name),
    },
    template.folder,
  );
}

/** `--show`: the files of a template, with defaults and examples for what --set does not say. */
function show(context: Context, catalog: Catalog, options: Options): number {
  const name = options.template ?? options.name;
  if (name === undefined) throw usageError('add-service: --show needs --template TEMPLATE');
  const template = findTemplate(catalog, name, nearestName);
  const layout =
    findLayout(context) ?? defaultLayout(context.places, { shell: '/bin/sh', engine: chooseEngine(context) });
  const look = lookAround(context, layout);
  const answers: Record<string, Answer> = {};
  for (const question of template.description.questions) {
    const given = options.set.findLast((each) => each.startsWith(`${question.key}=`));
    const typed =
      given?.slice(question.key.length + 1) ?? defaultText(question) ?? question.example ?? question.key;
    const places = { home: context.identity.home, isFile: () => true, isDirectory: () => true };
    const checked = checkAnswer(question, typed, places);
    if (!checked.ok) throw usageError(`add-service: ${question.key}: ${checked.why}`);
    answers[question.key] = checked.value;
  }
  const service = options.template === undefined ? name : (options.name ?? name);
  const files = render(
    look,
    catalog,
    template,
    answers,
    service,
    logPlace(options, layout, service, context),
  );
  if (options.json) {
    printJson(context, { template: name, files });
    return 0;
  }
  context.out(
    files
      .map(({ path, contents }) => `${context.colours.bold(`==> ${path} <==`)}\n${contents.trimEnd()}\n`)
      .join('\n'),
  );
  return 0;
}

function lookAround(context: Context, layout: Layout): LookAround {
  return { files: context.files, places: context.places, identity: context.identity, layout };
}

/** The command line that does the same without questions. */
function replay(draft: Draft, options: Options): string {
  const words = ['homerun', 'add-service', shellWord(draft.name)];
  if (options.command !== undefined) words.push('--command', shellWord(options.command));
  else words.push('--template', shellWord(draft.template.name));
  const set = new Map(Object.entries(draft.typed));
  for (const [key, value] of set) words.push('--set', `${key}=${shellWord(value)}`);
  for (const each of options.env) {
    const at = each.indexOf('=') + 1;
    words.push('--env', `${each.slice(0, at)}${shellWord(each.slice(at))}`);
  }
  if (!options.log) words.push('--no-log');
  if (options.logDir !== undefined) words.push('--log-dir', shellWord(options.logDir));
  if (options.down) words.push('--down');
  if (!options.enable) words.push('--no-enable');
  return [...words, '--yes'].join(' ');
}

/** A supervisor looks at this service directory: some service in it has a runsv, or a runsvdir names the directory. */
function supervisorRuns(context: Context, layout: Layout): boolean {
  const supervised = serviceNames(context, layout.serviceDir).some((name) =>
    isSupervised(join(layout.serviceDir, name, 'supervise')),
  );
  return supervised || findSupervisors(context, layout.serviceDir).length > 0;
}

/** The last lines of a log as svlogd wrote them. */
function lastLines(folder: string | null, count: number): readonly string[] {
  const text = folder === null ? null : readText(join(folder, 'current'));
  return text === null ? [] : text.trimEnd().split('\n').filter(Boolean).slice(-count);
}

type Outcome =
  | { readonly state: 'made'; readonly why: 'not enabled' | 'no supervisor' | 'down' }
  | { readonly state: 'up'; readonly proof: Extract<Proof, { kind: 'up' }> }
  | { readonly state: 'failed'; readonly why: string };

async function watch(
  context: Context,
  layout: Layout,
  draft: Draft,
  options: Options,
  log: string | null,
): Promise<Outcome> {
  if (!options.enable) return { state: 'made', why: 'not enabled' };
  if (!supervisorRuns(context, layout)) return { state: 'made', why: 'no supervisor' };
  if (options.down) return { state: 'made', why: 'down' };
  const proof = await proveUp(join(layout.serviceDir, draft.name), log, context.clock);
  switch (proof.kind) {
    case 'up':
      return { state: 'up', proof };
    case 'not-taken':
      return { state: 'failed', why: `no runsv took it within ${proof.seconds} s` };
    case 'failed':
      return { state: 'failed', why: proof.why };
  }
}

/** What doctor finds about the service; empty when doctor cannot look. */
async function findings(context: Context, name: string) {
  const diagnosis = diagnose(
    await collect(doctorWorld(context), { services: [name], sample: DEFAULT_SAMPLE }),
  );
  const servicesOf = (each: Finding) => each.services ?? (each.service === null ? [] : [each.service]);
  const own = diagnosis.findings.filter((each) => servicesOf(each).includes(name));
  // Nothing about the service itself: then what hits every service may be the cause.
  const all = diagnosis.findings.filter((each) => servicesOf(each).length === 0 && each.severity === 'error');
  return { diagnosis, found: own.length > 0 ? own : all };
}

function sentence(text: string): string {
  return /[.:?]$/.test(text) ? text : `${text}.`;
}

async function reportFailure(context: Context, draft: Draft, why: string, log: string | null): Promise<void> {
  const { colours } = context;
  context.err(`homerun: ${draft.name} was made, but it is not up: ${why}\n`);
  const lines = lastLines(log, 8);
  if (lines.length > 0)
    context.out(
      `\n${colours.bold('The last lines of its log')}\n${lines.map((line) => `  ${line}\n`).join('')}`,
    );
  const { diagnosis, found } = await findings(context, draft.name);
  if (found.length > 0) context.out(`\n${colours.bold('What doctor finds')}\n\n`);
  for (const finding of found)
    context.out(`${formatFinding(finding, diagnosis, context.columns, colours)}\n`);
  const { name } = draft;
  say(
    context,
    [
      'The files are kept.',
      `To change them: ${homerunLine('edit', [name])}`,
      `To look again: ${homerunLine('doctor', [name])}`,
      `To take the service out: ${homerunLine('disable', [name])}`,
      '',
    ].join('\n'),
  );
}

function reportSuccess(
  context: Context,
  layout: Layout,
  draft: Draft,
  outcome: Exclude<Outcome, { state: 'failed' }>,
  log: string | null,
): void {
  const { colours, identity } = context;
  const short = (path: string) => tilde(path, identity.home);
  const name = shellWord(draft.name);
  if (outcome.state === 'up') {
    const { pid, logPid, seconds } = outcome.proof;
    const logged =
      logPid === null
        ? 'without a log'
        : `its log (pid ${logPid}) in ${short(join(log as string, 'current'))}`;
    say(context, `${colours.green('up')}: ${draft.name}: pid ${pid}, the same for ${seconds} s; ${logged}\n`);
  } else {
    const next = {
      'not enabled': `to link it into ${short(layout.serviceDir)}: ${homerunLine('enable', [draft.name])}`,
      'no supervisor': 'no supervisor runs; to start it: homerun up',
      down: `normally down; to start it: ${homerunLine('up', [draft.name])}`,
    }[outcome.why];
    say(context, `made: ${short(join(layout.serviceAll, draft.name))}; ${next}\n`);
  }
  // Their `sv` is the one for this tree.
  const own = shellWord(basename(layout.svl));
  const { notes: told, slowStop } = draft.template.description;
  const notes = told.map((note) =>
    note.replaceAll(/(?<![\w-])sv(?= )/g, () => own).replaceAll(/\bNAME\b/g, () => name),
  );
  const wait = `${own} -w ${slowStop} down ${name}`;
  if (slowStop !== null && !notes.some((note) => note.includes(wait)))
    notes.push(`A stop can take longer than 7 s: ${wait}`);
  for (const note of notes) say(context, `  ${colours.dim(sentence(note))}\n`);
}

export const run: RunCommand = async (context, args) => {
  const options = readOptions(args);
  const catalog = readCatalog(context.files, context.installation, context.places);
  if (options.show) return show(context, catalog, options);
  const layout = loadLayout(context);
  const look = lookAround(context, layout);
  const ask = context.interactive && !options.yes && !options.json;
  const prompts: Prompts | null = ask ? await openPrompts() : null;
  const draft = await new Drafter(context, catalog, look, options, prompts).draft();

  const started = options.enable && !options.down;
  const refused = draft.obstacles.filter((each) => each.weight === 'refuse' && started);
  if (refused.length > 0) {
    throw new HomerunError(
      'obstacle',
      `add-service: ${draft.name}: ${refused.map((each) => each.text).join('; ')}`,
      {
        hint: 'Nothing was changed. With --down or --no-enable it is made all the same, and not started.',
      },
    );
  }
  const warnings = draft.obstacles.map((each) => each.text);
  const tell = (text: string, warn: boolean) => {
    if (options.json) return;
    if (prompts !== null) {
      warn ? prompts.warn(text) : prompts.info(text);
    } else context.err(`homerun: ${warn ? 'warning: ' : ''}${text}\n`);
  };
  for (const remark of draft.remarks) tell(remark, false);
  for (const warning of warnings) tell(warning, true);

  const log = logPlace(options, layout, draft.name, context);
  const service: NewService = {
    name: draft.name,
    files: render(look, catalog, draft.template, draft.answers, draft.name, log),
    environment: draft.environment,
    down: options.down,
    enable: options.enable,
    logFolder: log !== null && isAbsolute(log) ? log : null,
  };
  const shown = survey(planService(service, layout, null), context.files);
  const { home } = context.identity;
  const folder = join(layout.serviceAll, draft.name);
  const logFolder = log === null ? null : isAbsolute(log) ? log : join(folder, 'log', log);
  const document = {
    dryRun: options.dryRun,
    name: draft.name,
    template: draft.template.name,
    folder,
    link: options.enable ? join(layout.serviceDir, draft.name) : null,
    log: logFolder,
    remarks: draft.remarks,
    warnings,
    changes: toJson(shown),
  };
  if (options.dryRun) {
    if (options.json) {
      printJson(context, document);
    } else {
      context.out(
        `${formatTree(shown, home, context.colours)}\n\n${formatContents(shown, home, context.colours)}\n`,
      );
      say(context, '\nNothing was changed.\n');
    }
    return 0;
  }
  if (prompts !== null) {
    prompts.note(formatTree(shown, home, context.colours), 'What it will make');
    const yes = await prompts.confirm({ message: `Make ${draft.name}?`, initial: true });
    if (!yes) throw new HomerunError('cancelled', 'cancelled: nothing was changed');
  }
  const mark = `${draft.name.slice(0, 40)}.${context.clock.now().toString(36)}`;
  applySurvey(survey(planService(service, layout, { mark }), context.files), planWorld(context));

  const spinner = prompts?.waiting(`Watching ${draft.name}: it has to stay up for 3 s`);
  const outcome = await watch(context, layout, draft, options, logFolder);
  spinner?.stop(outcome.state === 'failed' ? `${draft.name} is not up` : `${draft.name} is made`);
  if (options.json) {
    const failed = outcome.state === 'failed' ? (await findings(context, draft.name)).found : [];
    printJson(context, {
      ...document,
      up: outcome.state === 'up',
      pid: outcome.state === 'up' ? outcome.proof.pid : null,
      why: outcome.state === 'up' ? null : outcome.why,
      ...(outcome.state === 'failed'
        ? { lastLines: lastLines(logFolder, 8), findings: failed.map(findingToJson) }
        : {}),
    });
  } else if (outcome.state === 'failed') {
    await reportFailure(context, draft, outcome.why, logFolder);
  } else {
    reportSuccess(context, layout, draft, outcome, logFolder);
  }
  // On a line of its own, to be copied.
  if (prompts !== null) say(context, `\nThe same without questions:\n${replay(draft, options)}\n`);
  return outcome.state === 'failed' ? 1 : 0;
};
