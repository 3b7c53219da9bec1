/** Every command with --json has a published schema, which the command, the README and the package name. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/registry.ts';
import { validatorOf } from '../setup/document.ts';

const read = (path: string): string => readFileSync(path, 'utf8');
const withJson = commands.flatMap(({ name, options }) => {
  const option = options.find(({ flags }) => flags === '--json');
  return option === undefined ? [] : [{ name, summary: option.summary }];
});
/** template.json is read, not printed. */
const files = readdirSync('schema').filter((file) => file !== 'template.schema.json');
const schemas = new Map(
  files.map((file) => [file.replace('.schema.json', ''), JSON.parse(read(`schema/${file}`)) as Schema]),
);

interface Schema {
  readonly $schema: string;
  readonly title: string;
  readonly $defs?: Readonly<Record<string, unknown>>;
}

describe('the documents of --json', () => {
  it('have a schema each, which --help and the manual page name, and there is no other', () => {
    expect(withJson.length).toBeGreaterThan(10);
    expect([...schemas.keys()].toSorted()).toEqual(withJson.map(({ name }) => name).toSorted());
    for (const { name, summary } of withJson) {
      expect(summary).toContain(`(schema/${name}.schema.json)`);
      // Its escapes of - and line ends apart.
      const page = read(`man/homerun-${name}.1`).replaceAll('\\', '').replaceAll(/\s+/g, ' ');
      expect(page).toContain(`schema/${name}.schema.json`);
    }
    expect(JSON.parse(read('package.json')).files).toContain('schema');
    const told = /With `--json`, ([^.]*?) print one JSON document/.exec(read('README.md'))?.[1] ?? '';
    expect([...told.matchAll(/`([^`]*)`/g)].map(([, name]) => name).toSorted()).toEqual(
      withJson.map(({ name }) => (name === 'env' ? 'env list' : name)).toSorted(),
    );
  });

  it('have schemas that are in order, of one draft and with a title that says the version', () => {
    for (const [name, { $schema, title }] of schemas) {
      expect($schema).toBe('https://json-schema.org/draft/2020-12/schema');
      expect(title).toBe(`homerun ${name === 'env' ? 'env list' : name} --json, version 1`);
      expect(validatorOf(name)).toBeTypeOf('function');
    }
  });

  it('mean the same by a name that several schemas define', () => {
    const first = new Map<string, unknown>();
    for (const [name, { $defs = {} }] of schemas) {
      for (const [shape, definition] of Object.entries($defs)) {
        expect({ name, shape, definition }).toEqual({
          name,
          shape,
          definition: first.get(shape) ?? definition,
        });
        first.set(shape, definition);
      }
    }
  });

  it('are printed in one place', () => {
    const elsewhere = readdirSync('src/cli', { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && path !== 'json.ts')
      .filter((path) => /\bout\(\s*(?:json\s*\?\s*)?`\$\{JSON\.stringify/.test(read(`src/cli/${path}`)));
    expect(elsewhere).toEqual([]);
  });
});
