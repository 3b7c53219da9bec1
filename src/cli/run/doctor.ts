import { resolve } from 'node:path';
import { checksById } from '../../doctor/checks/registry.ts';
import { collect, DEFAULT_SAMPLE } from '../../doctor/collect/collect.ts';
import { about, type Diagnosis, diagnose, isHealthy } from '../../doctor/diagnose.ts';
import { describeAction, isMendable, type Mendable, mend, type Outcome, planOf } from '../../doctor/fix.ts';
import { diagnosisToJson, mendableToJson, outcomeToJson } from '../../doctor/json.ts';
import { maskSnapshot, parseSnapshot } from '../../doctor/mask.ts';
import { formatFinding, formatReport, riskWord, shortened } from '../../doctor/report.ts';
import { errorText } from '../../doctor/words.ts';
import { formatDiff, shellCommand } from '../../plan/preview.ts';
import { survey } from '../../plan/survey.ts';
import { errnoCode, HomerunError, usageError } from '../../system/errors.ts';
import type { Context, RunCommand } from '../context.ts';
import { doctorHands, doctorWorld } from '../doctor-world.ts';
import { say } from '../fold.ts';
import { printJson } from '../json.ts';
import { openPrompts } from '../prompts.ts';
import { listChecks } from './explain.ts';

interface Options {
  readonly fix: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly sample: number;
  readonly save: string | undefined;
  readonly from: string | undefined;
}

/** Longer watching than this is a mistake of the unit, seconds. */
const LONGEST_SAMPLE = 600;

function readOptions(options: Readonly<Record<string, unknown>>): Options {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  const sample = text('sample');
  const seconds = sample === undefined ? DEFAULT_SAMPLE : Number(sample);
  if (sample === '' || !(seconds >= 0 && seconds <= LONGEST_SAMPLE)) {
    throw usageError(`doctor: --sample ${sample}: expected seconds, 0 to ${LONGEST_SAMPLE}`);
  }
  const read = {
    fix: options.fix === true,
    yes: options.yes === true,
    dryRun: options.dryRun === true,
    json: options.json === true,
    sample: seconds,
    save: text('save'),
    from: text('from'),
  };
  if (read.from !== undefined && (read.fix || read.save !== undefined)) {
    throw usageError('doctor: --from judges what was saved: it goes with neither --fix nor --save');
  }
  return read;
}

function readFrom(context: Context, file: string): Diagnosis {
  const path = resolve(context.cwd, file);
  let text: string;
  try {
    text = context.files.readFileSync(path, 'utf8');
  } catch (error) {
    throw new HomerunError('unreadable', `doctor: ${path}: ${errorText(errnoCode(error) ?? String(error))}`, {
      exitCode: 2,
      hint: 'Such a file is written by: homerun doctor --save FILE',
    });
  }
  const parsed = parseSnapshot(text);
  if (!parsed.ok) {
    throw new HomerunError('no-snapshot', `doctor: ${path}: not written by doctor --save: ${parsed.why}`, {
      exitCode: 2,
    });
  }
  return diagnose(parsed.snapshot);
}

/** A name that is neither a service nor an entry is a typing error, not a fault of the tree. */
function refuseUnknown(diagnosis: Diagnosis, names: readonly string[]): void {
  const { snapshot } = diagnosis;
  const known = new Set([
    ...snapshot.entries.map((entry) => entry.name),
    ...snapshot.services.map((service) => service.name),
    ...snapshot.services.map((service) => service.dir.split('/').pop() ?? ''),
  ]);
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new HomerunError(
      'no-service',
      `doctor: ${unknown.join(', ')}: there is no such service in ${snapshot.layout.serviceDir} or ${snapshot.layout.serviceAll}`,
      { exitCode: 2, hint: 'homerun status lists the services' },
    );
  }
}

export const run: RunCommand = async (context, { words, options: given }) => {
  if (given.list === true) {
    listChecks(context, given.json === true);
    return 0;
  }
  const options = readOptions(given);
  if (given.bruteForce === true) {
    if (options.json) throw usageError('doctor: --brute-force and --json do not go together');
    const { bruteForce } = await import('./brute-force.ts');
    return bruteForce(context, words, given.sample === undefined ? undefined : options.sample);
  }
  if (options.from !== undefined) {
    const diagnosis = about(readFrom(context, options.from), words);
    print(context, diagnosis, options);
    return isHealthy(diagnosis) ? 0 : 1;
  }
  const world = doctorWorld(context);
  const look = async (sample: number): Promise<Diagnosis> => {
    const diagnosis = diagnose(await collect(world, { services: words, sample }));
    refuseUnknown(diagnosis, words);
    return about(diagnosis, words);
  };
  const first = await look(options.sample);
  if (options.save !== undefined) {
    const path = resolve(context.cwd, options.save);
    try {
      context.files.writeFileSync(path, `${JSON.stringify(maskSnapshot(first.snapshot), null, 1)}\n`, {
        mode: 0o600,
      });
    } catch (error) {
      throw new HomerunError(
        'unwritable',
        `doctor: ${path}: cannot be written (${errnoCode(error) ?? error})`,
        {
          exitCode: 2,
        },
      );
    }
  }
  if (!options.fix && !options.dryRun) {
    print(context, first, options);
    if (options.save !== undefined && !options.json)
      say(context, `\nSaved, with your name and home masked: ${options.save}\n`);
    return isHealthy(first) ? 0 : 1;
  }
  if (options.dryRun) return dryRun(context, first, options);
  return fix(context, first, options, look);
};

/** `more` is what --dry-run and --fix have to say besides: a key of the document. */
function print(context: Context, diagnosis: Diagnosis, options: Options, more = {}): void {
  if (options.json) printJson(context, { ...diagnosisToJson(diagnosis), ...more });
  else context.out(formatReport(diagnosis, context.columns, context.colours));
}

/** What a fix would do: files as the plan shows them, then what is told to the supervisor. */
function preview(context: Context, finding: Mendable): string {
  const { fix } = finding;
  const lines: string[] = [];
  if (fix.operations.length > 0) {
    const found = survey(planOf(finding), context.files);
    lines.push(...found.problems.map(({ path, why }) => `${path}: ${why}`));
    for (const change of found.changes) {
      const text =
        change.kind === 'write'
          ? formatDiff(change, context.identity.home, context.colours)
          : shortened(shellCommand(change), context.identity);
      lines.push(...text.trimEnd().split('\n'));
    }
  }
  lines.push(
    ...[...(fix.first ?? []), ...fix.actions].map((each) =>
      shortened(describeAction(each), context.identity),
    ),
  );
  return lines.map((line) => `    ${line}\n`).join('');
}

function dryRun(context: Context, diagnosis: Diagnosis, options: Options): number {
  const mendable = diagnosis.findings.filter(isMendable);
  print(context, diagnosis, options, { would: mendable.map(mendableToJson) });
  if (options.json) return isHealthy(diagnosis) ? 0 : 1;
  for (const finding of mendable) {
    context.out(
      `\n${context.colours.bold(`${planOf(finding).title} (${riskWord(finding.fix)})`)}\n${preview(context, finding)}`,
    );
  }
  say(
    context,
    mendable.length === 0 ? '\nThere is nothing that --fix could mend.\n' : '\nNothing was changed.\n',
  );
  return isHealthy(diagnosis) ? 0 : 1;
}

async function fix(
  context: Context,
  first: Diagnosis,
  options: Options,
  look: (sample: number) => Promise<Diagnosis>,
): Promise<number> {
  const { colours } = context;
  const ask = context.interactive && !options.yes && !options.json;
  if (!first.findings.some(isMendable)) {
    print(context, first, options, { mended: [] });
    if (!options.json && !isHealthy(first))
      say(context, 'There is nothing that --fix could mend: what to do stands at "why".\n');
    return isHealthy(first) ? 0 : 1;
  }
  if (!ask && !options.yes) {
    throw usageError(
      'doctor: --fix asks before each change, and there is no terminal to ask on',
      'To apply safe and restarting fixes without a question: homerun doctor --fix --yes',
    );
  }
  const tell = (text: string): void => {
    if (!options.json) context.out(text);
  };
  const agree = async (finding: Mendable): Promise<boolean> => {
    if (!ask) return finding.fix.risk !== 'destructive' && finding.severity !== 'info';
    tell(`\n${formatFinding(finding, first, context.columns, colours)}${preview(context, finding)}`);
    const prompts = await openPrompts();
    return prompts.confirm({ message: `${finding.fix.title}?`, initial: finding.fix.risk === 'safe' });
  };
  const begun: string[] = [];
  const { outcomes, last } = await mend(first, {
    hands: doctorHands(context),
    clock: context.clock,
    look: (quick) => look(quick ? 0 : options.sample),
    agree,
    checks: checksById,
    begin: (finding) => {
      const title = planOf(finding).title.replace(/^doctor: /, '');
      begun.push(title);
      tell(`${colours.dim('mending')}  ${title}\n`);
    },
    done: (outcome) => tell(formatOutcome(outcome, context)),
  }).catch((error: unknown) => {
    // Leaving at a later question does not take back what was agreed to before.
    if (!(error instanceof HomerunError) || error.code !== 'cancelled' || begun.length === 0) throw error;
    throw new HomerunError(
      'cancelled',
      `doctor: cancelled; done before that, and kept: ${begun.join('; ')}`,
      {
        hint: 'What is left: homerun doctor\nTo take the last change of files back: homerun undo',
      },
    );
  });
  if (options.json) {
    print(context, last, options, { mended: outcomes.map(outcomeToJson) });
  } else {
    context.out(`\n${formatReport(last, context.columns, colours)}`);
    if (outcomes.some((each) => each.result === 'mended' && (each.finding.fix?.operations.length ?? 0) > 0)) {
      say(context, 'To take the last change back: homerun undo\n');
    }
  }
  return isHealthy(last) ? 0 : 1;
}

function formatOutcome(outcome: Outcome, { colours }: Context): string {
  const { finding, result } = outcome;
  const name = `${finding.service === null ? '' : `${finding.service}: `}${finding.check}`;
  switch (result) {
    case 'mended':
      return `${colours.green('mended ')}  ${name}\n`;
    case 'still there':
      return `${colours.red('remains')}  ${name}: the fix was applied, and the fault is still seen\n`;
    case 'failed':
      return `${colours.red('failed ')}  ${name}: ${outcome.why}\n`;
    case 'left':
      return finding.severity === 'info' ? '' : `${colours.dim('left   ')}  ${name}\n`;
  }
}
