/** Renders homerun's templates into a folder, with the answers that nobody would have to type. */
import fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Answer, type Answers, checkAnswer, defaultText } from '../../src/scaffold/answers.ts';
import { type Catalog, readCatalog, readTemplateTexts, type Template } from '../../src/scaffold/catalog.ts';
import { type RenderedFile, type RenderFacts, renderTemplate } from '../../src/scaffold/render.ts';
import type { Files } from '../../src/system/ports.ts';

export const installation = resolve('.');
export const files = fs as unknown as Files;

export function catalogFor(home: string): Catalog {
  return readCatalog(files, installation, { home, user: 'slitt', env: {} });
}

/** Defaults, and examples where there is no default; `given` as a person would type it. */
export function sampleAnswers(template: Template, home: string, given: Record<string, string> = {}): Answers {
  const answers: Record<string, Answer> = {};
  for (const question of template.description.questions) {
    const typed = given[question.key] ?? defaultText(question) ?? question.example ?? '';
    const checked = checkAnswer(question, typed, { home, isFile: () => true, isDirectory: () => true });
    if (!checked.ok) throw new Error(`${template.name}: ${question.key}: ${checked.why}`);
    answers[question.key] = checked.value;
  }
  return answers;
}

export function factsFor(service: string, home: string, shell: string, patience: number | null): RenderFacts {
  return {
    service,
    home,
    shell,
    envFolder: join(home, '.config/homerun/env'),
    logFolder: join(home, '.local/state/homerun/log', service),
    patience,
    findProgram: (name) => name,
  };
}

export function renderSample(
  catalog: Catalog,
  name: string,
  home: string,
  shell: string,
  given: Record<string, string> = {},
): readonly RenderedFile[] {
  const template = catalog.templates.find((each) => each.name === name);
  if (template === undefined) throw new Error(`no template ${name}`);
  return renderTemplate(
    readTemplateTexts(files, template),
    catalog.partials,
    sampleAnswers(template, home, given),
    factsFor(name, home, shell, template.description.slowStop),
    template.folder,
  );
}

export function writeRendered(rendered: readonly RenderedFile[], folder: string): void {
  for (const file of rendered) {
    const path = join(folder, file.path);
    fs.mkdirSync(dirname(path), { recursive: true });
    fs.writeFileSync(path, file.contents);
    fs.chmodSync(path, file.executable ? 0o755 : 0o644);
  }
}
