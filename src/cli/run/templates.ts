import { wrap } from '../../doctor/report.ts';
import { type BrokenTemplate, readCatalog, type Template } from '../../scaffold/catalog.ts';
import { usageError } from '../../system/errors.ts';
import type { Context, RunCommand } from '../context.ts';
import { say } from '../fold.ts';
import { printJson } from '../json.ts';

/** Headings in the order in which a newcomer needs them; other groups follow by name. */
const GROUPS: readonly string[] = [
  ...['building blocks', 'sound', 'mail and calendar', 'sync and backup', 'servers', 'agents and editors'],
  ...['X11 desktop', 'Wayland desktop'],
];

function matches(template: Template, word: string): boolean {
  const { title, description, group } = template.description;
  return `${template.name} ${title} ${description} ${group}`.toLowerCase().includes(word.toLowerCase());
}

function toJson(template: Template): Record<string, unknown> {
  const { name, folder, own, description } = template;
  return { name, folder, own, ...description };
}

function print(context: Context, templates: readonly Template[]): void {
  const { colours, columns, terminal } = context;
  const width = Math.max(...templates.map((template) => template.name.length));
  const groups = [...new Set(templates.map((template) => template.description.group))];
  const rank = (group: string) => (GROUPS.includes(group) ? GROUPS.indexOf(group) : GROUPS.length);
  groups.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  for (const group of groups) {
    context.out(`${group === groups[0] ? '' : '\n'}${colours.bold(group)}\n`);
    for (const template of templates.filter((each) => each.description.group === group)) {
      const text = `${template.description.description}${template.own ? ' (your own)' : ''}`;
      // Broken at blanks on a terminal; one line each where a program reads it.
      const lines = terminal ? wrap(text, columns - width - 4) : [text];
      const shown = lines.join(`\n${' '.repeat(width + 4)}`);
      context.out(`  ${colours.cyan(template.name.padEnd(width))}  ${shown}\n`);
    }
  }
}

function printBroken(context: Context, broken: readonly BrokenTemplate[]): void {
  for (const each of broken)
    context.err(`homerun: the template ${each.name} is broken and left out: ${each.problem}\n`);
}

export const run: RunCommand = async (context, { words, options }) => {
  if (words.length > 1) throw usageError('templates: one word at most', 'Several words: put them in quotes');
  const catalog = readCatalog(context.files, context.installation, context.places);
  const word = words[0] ?? '';
  const templates = catalog.templates.filter((template) => matches(template, word));
  if (options.json === true) {
    printJson(context, { templates: templates.map(toJson), broken: catalog.broken });
  } else {
    if (templates.length > 0) print(context, templates);
    else
      context.err(
        `homerun: no template has ${JSON.stringify(word)} in its name or description\nAll there are: homerun templates\n`,
      );
    printBroken(context, catalog.broken);
    if (templates.length > 0 && context.terminal)
      say(
        context,
        `\n${context.colours.dim('To make a service of one: homerun add-service --template NAME')}\n`,
      );
  }
  return templates.length > 0 && catalog.broken.length === 0 ? 0 : 1;
};
