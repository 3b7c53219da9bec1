/** The forms for programs: the one place where the documents of `--json` are printed. */
import type { Context } from './context.ts';

/** Within a version fields may be added; none changes its meaning or goes. */
const VERSION = 1;

/**
 * Prints the one document of a command's --json; what it says besides its version is described in
 * schema/COMMAND.schema.json.
 */
export function printJson(context: Pick<Context, 'out'>, document: object): void {
  context.out(`${JSON.stringify({ version: VERSION, ...document }, null, 2)}\n`);
}
