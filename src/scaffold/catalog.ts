/**
 * The templates that there are: homerun's own in templates/services, and the user's in
 * `$XDG_CONFIG_HOME/homerun/templates`, which win over homerun's of the same name.
 */
import { join } from 'node:path';
import { configFolder, type LayoutPlaces } from '../layout/layout.ts';
import { errnoCode, HomerunError } from '../system/errors.ts';
import type { Files } from '../system/ports.ts';
import type { TemplateTexts } from './render.ts';
import {
  type ForegroundRule,
  parseForegroundRules,
  parseTemplate,
  type TemplateDescription,
} from './template.ts';

export interface Template {
  readonly name: string;
  /** The template's folder. */
  readonly folder: string;
  /** From the user's own folder. */
  readonly own: boolean;
  readonly description: TemplateDescription;
}

export interface BrokenTemplate {
  readonly name: string;
  readonly folder: string;
  readonly own: boolean;
  /** `FILE: FIELD WHY`. */
  readonly problem: string;
}

export interface Catalog {
  /** Sorted by name. */
  readonly templates: readonly Template[];
  /** Templates that cannot be used, each with what is wrong. */
  readonly broken: readonly BrokenTemplate[];
  /** What keeps programs in the foreground: of every template, and of programs without one. */
  readonly rules: readonly ForegroundRule[];
  readonly partials: TemplateTexts;
}

/** `$XDG_CONFIG_HOME/homerun/templates`. */
export function ownTemplatesFolder(places: LayoutPlaces): string {
  return join(configFolder(places), 'templates');
}

function list(files: Files, folder: string): readonly string[] {
  try {
    return files.readdirSync(folder).sort();
  } catch (error) {
    if (errnoCode(error) === 'ENOENT' || errnoCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}

function readOne(files: Files, folder: string, name: string, own: boolean): Template | BrokenTemplate {
  const file = join(folder, 'template.json');
  const broken = (problem: string): BrokenTemplate => ({ name, folder, own, problem });
  let text: string;
  try {
    text = files.readFileSync(file, 'utf8');
  } catch (error) {
    return broken(`${file}: ${errnoCode(error) === 'ENOENT' ? 'is not there' : (error as Error).message}`);
  }
  const parsed = parseTemplate(text);
  if (!parsed.ok) return broken(`${file}: ${parsed.field === '' ? '' : `"${parsed.field}" `}${parsed.why}`);
  if (!files.existsSync(join(folder, 'run.hbs'))) return broken(`${join(folder, 'run.hbs')}: is not there`);
  return { name, folder, own, description: parsed.description };
}

/** Reads all templates. `installation` is homerun's own folder. */
export function readCatalog(files: Files, installation: string, places: LayoutPlaces): Catalog {
  const all = new Map<string, Template | BrokenTemplate>();
  for (const own of [false, true]) {
    const folder = own ? ownTemplatesFolder(places) : join(installation, 'templates/services');
    for (const name of list(files, folder)) {
      const path = join(folder, name);
      if (name.startsWith('.') || !files.statSync(path).isDirectory()) continue;
      all.set(name, readOne(files, path, name, own));
    }
  }
  const partialsFolder = join(installation, 'templates/partials');
  const partials = Object.fromEntries(
    list(files, partialsFolder)
      .filter((name) => name.endsWith('.hbs'))
      .map((name) => [
        name.replace(/\.hbs$/, ''),
        // A partial stands on a line of its own, which brings the line end.
        files.readFileSync(join(partialsFolder, name), 'utf8'),
      ]),
  );
  const entries = [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const templates = entries.filter((entry): entry is Template => 'description' in entry);
  const others = parseForegroundRules(
    JSON.parse(files.readFileSync(join(installation, 'templates/foreground.json'), 'utf8')),
  );
  return {
    templates,
    broken: entries.filter((entry): entry is BrokenTemplate => 'problem' in entry),
    rules: [...templates.flatMap((template) => template.description.foreground), ...others],
    partials,
  };
}

/**
 * The template of that name, or an error that says what is wrong with it, or which one was meant (`near` finds the
 * nearest of a list of names).
 */
export function findTemplate(
  catalog: Catalog,
  name: string,
  near: (name: string, names: readonly string[]) => string | undefined,
): Template {
  const found = catalog.templates.find((template) => template.name === name);
  if (found !== undefined) return found;
  const broken = catalog.broken.find((template) => template.name === name);
  if (broken !== undefined) {
    throw new HomerunError('template-broken', `the template ${name} is broken: ${broken.problem}`, {
      hint: `Mend ${broken.folder}${broken.own ? ", or move it away to use homerun's own of that name" : ''}.`,
    });
  }
  const meant = near(
    name,
    catalog.templates.map((template) => template.name),
  );
  throw new HomerunError('no-template', `add-service: there is no template ${JSON.stringify(name)}`, {
    hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}homerun templates lists them. For any other program: homerun add-service NAME --command 'PROGRAM ARG...'`,
    exitCode: 2,
  });
}

/** The texts of a template's folder by path, template.json left out. */
export function readTemplateTexts(files: Files, template: Template): TemplateTexts {
  const texts: Record<string, string> = {};
  const walk = (folder: string, prefix: string) => {
    for (const name of list(files, folder)) {
      if (name.startsWith('.') || name.endsWith('~') || (prefix === '' && name === 'template.json')) continue;
      const path = join(folder, name);
      if (files.statSync(path).isDirectory()) walk(path, `${prefix}${name}/`);
      else texts[`${prefix}${name}`] = files.readFileSync(path, 'utf8');
    }
  };
  walk(template.folder, '');
  return texts;
}
