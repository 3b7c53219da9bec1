/** The option of every command that has a form for programs. */
import type { OptionSpec } from '../spec.ts';

/** `when`, where it does not always hold: `with list`. The form is published as schema/COMMAND.schema.json. */
export function jsonOption(command: string, when?: string): OptionSpec {
  const prefix = when === undefined ? '' : `${when}: `;
  return { flags: '--json', summary: `${prefix}prints one JSON document (schema/${command}.schema.json)` };
}
