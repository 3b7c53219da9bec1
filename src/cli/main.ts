/**
 * homerun's entry. The status of everything is what is asked for most, so it is run without loading the parser and
 * the other commands' records.
 */
import { configFile } from '../layout/layout.ts';
import { HomerunError } from '../system/errors.ts';
import { createContext } from '../system/node/context.ts';
import type { Arguments, Context } from './context.ts';

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

async function main(argv: readonly string[]): Promise<number> {
  const context = createContext();
  const debug = argv.includes('--debug');
  const words = argv.filter((word) => word !== '--debug');
  try {
    const plain = plainStatus(words, context);
    if (plain !== null) return await (await import('./run/status.ts')).run(context, plain);
    const { runProgram } = await import('./program.ts');
    return await runProgram(words.length === 0 ? ['--help'] : words, context);
  } catch (error) {
    return report(error, context, debug);
  }
}

// The reader of a pipe (`head`, a pager) has gone: end quietly, as a program that does not catch SIGPIPE would.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(128 + 13);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
