/** The words of the command line become one command's run, by commander and the commands' records. */
import { Command, CommanderError, Option } from 'commander';
import { svUpDown } from './commands/sv-words.ts';
import type { Context } from './context.ts';
import { commands } from './registry.ts';
import type { CommandSpec } from './spec.ts';

declare const HOMERUN_VERSION: string;

/** Adds one command's record to commander; `done` gets its exit code. */
function addCommand(
  program: Command,
  spec: CommandSpec,
  context: Context,
  done: (code: number) => void,
): void {
  const command = program.command(`${spec.name}${spec.words === '' ? '' : ` ${spec.words}`}`, {
    hidden: spec.hidden === true,
  });
  command.summary(spec.summary).description([spec.summary, ...(spec.description ?? [])].join('\n\n'));
  for (const each of spec.options) {
    const option = new Option(each.flags, each.summary);
    if (each.choices !== undefined) option.choices([...each.choices]);
    if (each.repeat === true) {
      option.argParser((value: string, previous: string[] | undefined) => [...(previous ?? []), value]);
    }
    command.addOption(option);
  }
  if (spec.examples.length > 0) {
    const width = Math.max(...spec.examples.map((example) => example.command.length));
    command.addHelpText(
      'after',
      `\nExamples:\n${spec.examples.map((each) => `  ${each.command.padEnd(width)}  ${each.meaning}`).join('\n')}`,
    );
  }
  if (spec.exitCodes !== undefined) {
    command.addHelpText(
      'after',
      `\nExit codes:\n${spec.exitCodes.map(([code, meaning]) => `  ${code}  ${meaning}`).join('\n')}`,
    );
  }
  if (spec.passThrough === true) command.allowUnknownOption().allowExcessArguments();
  command.action(async () => {
    const run = await spec.load();
    const options: Readonly<Record<string, unknown>> = command.opts();
    if (spec.changesFiles === true && options.dryRun !== true && options.show !== true) {
      (await import('./recover.ts')).recover(context);
    }
    done(await run(context, { words: command.args, options }));
  });
}

/** `homerun up mpd` is sv's up; without a name it is about the supervisor. */
function namesService(words: readonly string[]): boolean {
  return (
    (words[0] === 'up' || words[0] === 'down') &&
    words.slice(1).some((word) => !word.startsWith('-')) &&
    !words.includes('--json')
  );
}

/** Runs the command that the words name; its exit code, or 2 for what commander refuses. */
export async function runProgram(words: readonly string[], context: Context): Promise<number> {
  let code = 0;
  const program = new Command('homerun');
  program
    .description('Your own runit, at home: daemons of your own, supervised under your own user.')
    .version(HOMERUN_VERSION, '--version', 'prints the version')
    .helpOption('-h, --help', 'shows this help')
    .addHelpText(
      'after',
      "\nWithout a command: the status of everything, once it is set up.\nEvery other word of sv(8) works too, with your service directory: homerun term mpd, homerun kill mpd.\n'homerun COMMAND --help' has the options and examples of each.",
    )
    .exitOverride()
    .configureOutput({
      writeOut: context.out,
      writeErr: context.err,
      outputError: (text, write) => write(text.replace(/^error: /, 'homerun: ')),
    });
  const own = namesService(words)
    ? commands.filter(({ name }) => name !== 'up' && name !== 'down')
    : commands;
  for (const spec of namesService(words) ? [...own, ...svUpDown] : own) {
    addCommand(program, spec, context, (result) => {
      code = result;
    });
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  return code;
}
