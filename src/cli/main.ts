/** homerun's entry: the words of the command line become one command's run. */
import { Command, CommanderError, Option } from 'commander';
import { HomerunError } from '../system/errors.ts';
import { createContext } from '../system/node/context.ts';
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
    done(await run(context, { words: command.args, options: command.opts() }));
  });
}

/** Prints `homerun: WHAT: WHY` and what to do; a stack only with --debug. */
function report(error: unknown, context: Context, debug: boolean): number {
  if (error instanceof HomerunError) {
    context.err(`homerun: ${error.message}\n`);
    if (error.hint !== undefined) context.err(`${error.hint}\n`);
    if (debug && error.stack !== undefined) context.err(`${error.stack}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  context.err(`homerun: internal error: ${message}\n`);
  context.err(
    debug && error instanceof Error && error.stack !== undefined
      ? `${error.stack}\n`
      : 'Run it again with --debug to see where.\n',
  );
  return 1;
}

async function main(argv: readonly string[]): Promise<number> {
  const context = createContext();
  const debug = argv.includes('--debug');
  const words = argv.filter((word) => word !== '--debug');
  let code = 0;
  const program = new Command('homerun');
  program
    .description('Your own runit, at home: daemons of your own, supervised under your own user.')
    .version(HOMERUN_VERSION, '--version', 'prints the version')
    .helpOption('-h, --help', 'shows this help')
    .exitOverride()
    .configureOutput({ writeOut: context.out, writeErr: context.err });
  for (const spec of commands) {
    addCommand(program, spec, context, (result) => {
      code = result;
    });
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return report(error, context, debug);
  }
  return code;
}

// The reader of a pipe (`head`, a pager) has gone: end quietly, as a program that does not catch SIGPIPE would.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(128 + 13);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
