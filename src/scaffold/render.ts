/**
 * Renders a template's files with handlebars: no HTML escapes, unknown names are errors, and every value goes in
 * through a helper that quotes it (`sh`, `args`, `line`, `program`, `quoted`). A bare `{{name}}` in a template is refused,
 * so a value typed by a person can never become shell syntax, in a user's own templates either.
 */
import Handlebars from 'handlebars';
import { PATIENCE_FILE } from '../layout/patience.ts';
import { alwaysQuoted, shellWord } from '../shell/words.ts';
import { HomerunError } from '../system/errors.ts';
import type { Answers } from './answers.ts';
import { formatWord, type Word } from './typed-command.ts';

/** What homerun itself puts in, besides the answers. */
export interface RenderFacts {
  readonly service: string;
  readonly home: string;
  /** Absolute path of the shell for `#!` lines. */
  readonly shell: string;
  /** The folder of variables for all services. */
  readonly envFolder: string;
  /** Where svlogd writes: absolute, or `./main`. Null: the service gets no log. */
  readonly logFolder: string | null;
  /** What the file `patience` says, in seconds (layout/patience.ts). Null: there is none. */
  readonly patience: number | null;
  /** The absolute path of a program, by its name or a path; undefined where it is not there. */
  findProgram(name: string): string | undefined;
}

/** The texts of a template's folder by their path in it (`run.hbs`, `control/t.hbs`). */
export type TemplateTexts = Readonly<Record<string, string>>;

export interface RenderedFile {
  /** Relative to the service directory. */
  readonly path: string;
  readonly contents: string;
  /** Begins with `#!`. */
  readonly executable: boolean;
}

const HELPERS = ['sh', 'args', 'line', 'program', 'quoted', 'plain'];

/**
 * Refuses values that go in without a helper (they would be pasted unquoted), and names that there are not, which
 * handlebars would pass to a helper as nothing.
 */
function checkText(text: string, known: readonly string[], file: string): void {
  const broken = (line: number, why: string, hint: string): never => {
    throw new HomerunError('template-broken', `${file}: line ${line}: ${why}`, { hint });
  };
  const value = (expression: hbs.AST.Expression): void => {
    if (expression.type === 'SubExpression') {
      for (const each of (expression as hbs.AST.SubExpression).params) value(each);
      return;
    }
    if (expression.type !== 'PathExpression') return;
    const name = (expression as hbs.AST.PathExpression).original;
    if (!known.includes(name))
      broken(
        expression.loc.start.line,
        `there is no value ${name}`,
        `There are the keys of the questions in its template.json, and homerun's own: ${known.join(', ')}.`,
      );
  };
  const check = (statement: hbs.AST.Statement): void => {
    if (statement.type === 'MustacheStatement') {
      const mustache = statement as hbs.AST.MustacheStatement;
      const name = (mustache.path as hbs.AST.PathExpression).original;
      if (!HELPERS.includes(name))
        broken(
          mustache.loc.start.line,
          `{{${name}}} would go in unquoted`,
          `Write {{sh ${name}}} (one word), or {{args ${name}}} for a list of words.`,
        );
      for (const each of mustache.params) value(each);
    }
    if (statement.type === 'PartialStatement') {
      const { params, hash } = statement as hbs.AST.PartialStatement;
      for (const each of [...params, ...(hash?.pairs.map((pair) => pair.value) ?? [])]) value(each);
    }
    if (statement.type === 'BlockStatement') {
      const block = statement as hbs.AST.BlockStatement;
      for (const each of block.params) value(each);
      for (const program of [block.program, block.inverse])
        for (const inner of program?.body ?? []) check(inner);
    }
  };
  for (const statement of Handlebars.parse(text).body) check(statement);
}

function engine(partials: TemplateTexts, facts: RenderFacts): typeof Handlebars {
  const handlebars = Handlebars.create();
  // One word, quoted where it must be.
  handlebars.registerHelper('sh', (value: unknown) => shellWord(String(value)));
  // Each word of a command or a list of arguments, with a space before it.
  handlebars.registerHelper('args', (words: readonly Word[]) =>
    words.map((word) => ` ${formatWord(word)}`).join(''),
  );
  // The words of a command as one word, for a program that gives it to a shell itself.
  handlebars.registerHelper('line', (words: readonly Word[]) => shellWord(words.map(formatWord).join(' ')));
  // For {{#if (is key "value")}} and {{> interval seconds=(times minutes 60)}}.
  handlebars.registerHelper('is', (value: unknown, other: unknown) => value === other);
  handlebars.registerHelper('times', (value: number, factor: number) => value * factor);
  // The absolute path of a program, else its name. Several names: the first that is there.
  handlebars.registerHelper('program', (...names: unknown[]) => {
    const candidates = names.slice(0, -1).map(String);
    const found = candidates.map((name) => facts.findProgram(name)).find((path) => path !== undefined);
    return shellWord(found ?? (candidates[0] as string));
  });
  // One word, always in quotes: the directory in log/run.
  handlebars.registerHelper('quoted', (value: unknown) => alwaysQuoted(String(value)));
  // As it is: for configuration files that are no scripts, and for numbers.
  handlebars.registerHelper('plain', (value: unknown) => String(value));
  for (const [name, text] of Object.entries(partials)) handlebars.registerPartial(name, text);
  return handlebars;
}

/** What Handlebars says in several lines, with its drawing, in one. */
function inOurWords(message: string): string {
  const parse = /^Parse error on line (\d+):\n(?:\.\.\.)?(.*)\n[^\n]*\n.*got '(\w+)'/s.exec(message);
  if (parse !== null) {
    const near = JSON.stringify(parse[2]);
    return parse[3] === 'EOF'
      ? `line ${parse[1]}: it ends in the middle of {{...}} or of a block, after ${near}`
      : `line ${parse[1]}: Handlebars does not understand ${near}`;
  }
  const partial = /^The partial (.*) could not be found$/s.exec(message);
  return partial === null ? message.replaceAll('\n', ' ') : `there is no partial ${partial[1]}`;
}

/** Renders one text; errors name the file. */
function renderText(
  handlebars: typeof Handlebars,
  text: string,
  context: Readonly<Record<string, unknown>>,
  file: string,
): string {
  try {
    checkText(text, Object.keys(context), file);
    return handlebars.compile(text, { noEscape: true, strict: true })(context);
  } catch (error) {
    if (error instanceof HomerunError) throw error;
    throw new HomerunError('template-broken', `${file}: ${inOurWords((error as Error).message)}`, {
      hint: 'What stands in these files is told in templates/README.md.',
      cause: error,
    });
  }
}

/**
 * Renders every `.hbs` text of a template; other texts are taken as they are. A file that renders to nothing but
 * blanks is left out, so a question can decide whether it is there. Without a `log/run.hbs` the shared one is used,
 * and without a `patience` the seconds of `slowStop` stand in it.
 * `folder` is for messages.
 */
export function renderTemplate(
  texts: TemplateTexts,
  partials: TemplateTexts,
  answers: Answers,
  facts: RenderFacts,
  folder: string,
): readonly RenderedFile[] {
  const handlebars = engine(partials, facts);
  const context = {
    ...answers,
    service: facts.service,
    home: facts.home,
    shell: facts.shell,
    envFolder: facts.envFolder,
    logFolder: facts.logFolder ?? '',
  };
  const all: Record<string, string> = {
    'log/run.hbs': '{{> log-run}}\n',
    ...(facts.patience === null ? {} : { [PATIENCE_FILE]: `${facts.patience}\n` }),
    ...texts,
  };
  const files: RenderedFile[] = [];
  for (const [name, text] of Object.entries(all)) {
    if (name === 'template.json' || name === 'README.md') continue;
    if (facts.logFolder === null && name.startsWith('log/')) continue;
    const contents = name.endsWith('.hbs')
      ? renderText(handlebars, text, context, `${folder}/${name}`)
      : text;
    if (contents.trim() === '') continue;
    files.push({ path: name.replace(/\.hbs$/, ''), contents, executable: contents.startsWith('#!') });
  }
  const order = (path: string) => (path === 'run' ? 0 : path === 'log/run' ? 1 : 2);
  return files.sort((a, b) => order(a.path) - order(b.path) || (a.path < b.path ? -1 : 1));
}
