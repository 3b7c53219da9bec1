/** What --json prints, held against the published schemas. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020.js';

const FOLDER = resolve(import.meta.dirname, '../../schema');
const ajv = new Ajv2020({ allErrors: true, strict: true, validateFormats: false });

/**
 * The validator of schema/COMMAND.schema.json, or of one of the shapes that it defines. Throws where the schema itself
 * is not in order.
 */
export function validatorOf(command: string, shape?: string): ValidateFunction {
  const key = shape === undefined ? command : `${command}#/$defs/${shape}`;
  let found = ajv.getSchema(key);
  if (found === undefined) {
    ajv.addSchema(JSON.parse(readFileSync(join(FOLDER, `${command}.schema.json`), 'utf8')), command);
    found = ajv.getSchema(key);
  }
  if (found === undefined) throw new Error(`schema/${command}.schema.json: it defines no ${shape}`);
  return found;
}

/** The one document on stdout, its version first, as the schema of the command has it; throws with what differs. */
// biome-ignore lint/suspicious/noExplicitAny: the schema has said what it is.
export function documentOf(command: string, stdout: string): any {
  const document: object = JSON.parse(stdout);
  const validate = validatorOf(command);
  validate(document);
  if (validate.errors != null) {
    const errors = validate.errors.map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
    throw new Error(`no document of homerun ${command} --json:\n${errors.join('\n')}\n${stdout}`);
  }
  if (Object.keys(document)[0] !== 'version') throw new Error(`${command}: its version is not its first key`);
  return document;
}
