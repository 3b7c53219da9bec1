/**
 * homerun's entry. What is asked for most often (the status, and the names that a shell completes) is in the same small
 * file, which starts nearly as fast as Node does; whatever is imported with import() here is loaded from the other
 * commands' files (scripts/build.mjs).
 */
import { configFile } from '../layout/layout.ts';
import { isHomerunError } from '../system/errors.ts';
import { createContext } from '../system/node/context.ts';
import type { Arguments, Context } from './context.ts';
import { foldErrors } from './fold.ts';
import { run as runCompletion } from './run/completion.ts';
import { run as runStatus } from './run/status.ts';

declare const HOMERUN_VERSION: string;

/** Prints `homerun: WHAT: WHY` and what to do; a stack only with --debug. */
function report(error: unknown, context: Context, debug: boolean): number {
  if (isHomerunError(error)) {
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

/** What `homerun` alone says before anything is set up. */
function firstSteps({ colours }: Context): string {
  const steps = [
    ['homerun demo', 'shows the whole way through in a temporary home folder'],
    ['homerun init', 'sets it up: asks, shows every file, and then makes them'],
    ['homerun add-service', 'makes a service, from a template or a command'],
    ['homerun --help', 'everything else'],
  ] as const;
  return [
    'homerun: your own runit, at home: daemons of your own, under your own user.',
    'Nothing is set up yet.',
    '',
    ...steps.map(([command, meaning]) => `  ${colours.bold(command.padEnd(19))}  ${meaning}`),
    '',
  ].join('\n');
}

/** The words of a plain `status`: names, --json, --tree. Anything else is for the parser. */
function plainStatus(words: readonly string[], context: Context): Arguments | null {
  if (words.length === 0) {
    return context.files.existsSync(configFile(context.places)) ? { words: [], options: {} } : null;
  }
  if (words[0] !== 'status') return null;
  const names = words.slice(1).filter((word) => !word.startsWith('-'));
  const options = words.slice(1).filter((word) => word.startsWith('-'));
  if (options.some((option) => option !== '--json' && option !== '--tree')) return null;
  return {
    words: names,
    options: Object.fromEntries(options.map((option) => [option.slice(2), true])),
  };
}

/** What needs no parser: its exit code, or null for all other words. */
async function runQuickly(words: readonly string[], context: Context): Promise<number | null> {
  const plain = plainStatus(words, context);
  if (plain !== null) return runStatus(context, plain);
  if (words.length === 3 && words[0] === 'completion' && words[1] === '--list') {
    const kind = words[2] as string;
    if (kind === 'service' || kind === 'installed') {
      return runCompletion(context, { words: [], options: { list: kind } });
    }
  }
  if (words.length === 1 && words[0] === '--version') {
    context.out(`${HOMERUN_VERSION}\n`);
    return 0;
  }
  return null;
}

async function main(argv: readonly string[]): Promise<number> {
  const { stderr } = process;
  const context = foldErrors(createContext(), stderr.isTTY ? stderr.columns : undefined);
  const debug = argv.includes('--debug');
  const words = argv.filter((word) => word !== '--debug');
  try {
    const quick = await runQuickly(words, context);
    if (quick !== null) return quick;
    if (words.length === 0) {
      context.out(firstSteps(context));
      return 0;
    }
    const { runProgram } = await import('./program.ts');
    return await runProgram(words, context);
  } catch (error) {
    return report(error, context, debug);
  }
}

// The reader of a pipe (`head`, a pager) has gone: end quietly, as a program that does not catch SIGPIPE would.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(128 + 13);
  throw error;
});

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
