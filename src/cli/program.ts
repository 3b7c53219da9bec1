/** The words of the command line become one command's run, by commander and the commands' records. */
import { Command, CommanderError, Option } from 'commander';
import { putBackDefault } from '../supervisor/native/output.ts';
import { usageError } from '../system/errors.ts';
import { svUpDown } from './commands/sv-words.ts';
import type { Context } from './context.ts';
import { fold, wrapText } from './fold.ts';
import { groups } from './registry.ts';
import { type CommandSpec, exitCodesOf } from './spec.ts';

declare const HOMERUN_VERSION: string;

/** Help has so many columns, or fewer where the terminal has. */
const HELP_WIDTH = 80;

/** Lines of a word and what it means; where that does not fit the width the meanings go below the words. */
function pairs(lines: readonly (readonly [string, string])[], columns: number): string {
  const width = Math.max(...lines.map(([word]) => word.length)) + 4;
  const beside = lines.every(([, meaning]) => width + meaning.length <= columns) || width < 10;
  const indent = beside ? width : 6;
  return lines
    .map(([word, meaning]) => {
      const [first, ...rest] = wrapText(meaning, columns - indent).map((line, index) =>
        index === 0 && beside ? line : ' '.repeat(indent) + line,
      );
      return [beside ? `  ${word.padEnd(width - 2)}${first}` : `  ${word}\n${first}`, ...rest].join('\n');
    })
    .join('\n');
}

function helpWidth({ terminal, columns }: Context): number {
  return terminal ? Math.min(columns, HELP_WIDTH) : HELP_WIDTH;
}

/** Adds one command's record to commander; `done` gets its exit code. */
function addCommand(
  program: Command,
  spec: CommandSpec,
  context: Context,
  done: (code: number) => void,
): void {
  const columns = helpWidth(context);
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
    const examples = spec.examples.map(({ command: line, meaning }) => [line, meaning] as const);
    command.addHelpText('after', `\nExamples:\n${pairs(examples, columns)}`);
  }
  const codes = exitCodesOf(spec).map(([number, meaning]) => [String(number), meaning] as const);
  command.addHelpText('after', `\nExit codes:\n${pairs(codes, columns)}`);
  command.showHelpAfterError(`How it is used: homerun ${spec.name} --help`);
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
  // Some commands run for days, and Node's own handler opens a debugger, which runs what any user of the machine gives it.
  putBackDefault('SIGUSR1');
  let code = 0;
  const program = new Command('homerun');
  program
    .description('Your own runit, at home: daemons of your own, supervised under your own user.')
    .version(HOMERUN_VERSION, '--version', 'prints the version')
    .helpOption('-h, --help', 'shows this help')
    .addHelpText(
      'after',
      fold(
        [
          '',
          'Without a command: the status of everything, once it is set up.',
          'Every other word of sv(8) works too, for your services: homerun term mpd',
          'Options and examples of a command: homerun COMMAND --help',
          'With --debug any command shows where in the program an error comes from.',
        ].join('\n'),
        helpWidth(context),
      ),
    )
    // Narrower columns than commander's own 40 are better than words that the terminal breaks.
    // That there are options goes without saying in the list of commands, and leaves the summaries room.
    .configureHelp({
      minWidthToWrap: 16,
      subcommandTerm: (each) => `${each.name()} ${each.usage().replace(/^\[options\] ?/, '')}`.trimEnd(),
    })
    .exitOverride()
    .configureOutput({
      writeOut: context.out,
      writeErr: context.err,
      getOutHelpWidth: () => helpWidth(context),
      outputError: (text, write) => {
        write(text.replace(/^error: /, 'homerun: ').replace(/^\((Did you mean .*)\)$/m, '$1'));
        if (words[0]?.startsWith('-') === true) write('How it is used: homerun --help\n');
        else if (/^error: unknown command '[^']*'\n$/.test(text)) write('All there are: homerun --help\n');
      },
    });
  const upDown = namesService(words) ? svUpDown : [];
  for (const { title, commands } of groups) {
    program.commandsGroup(`${title}:`);
    for (const spec of commands) {
      addCommand(program, upDown.find(({ name }) => name === spec.name) ?? spec, context, (result) => {
        code = result;
      });
    }
  }
  program.helpCommand('help [command]', 'shows this, or the help of a command');
  const [first, second] = words;
  if (first === 'help' && second !== undefined && !program.commands.some((each) => each.name() === second)) {
    throw usageError(`help: there is no command "${second}"`, 'All there are: homerun --help');
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  return code;
}
