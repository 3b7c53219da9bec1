/**
 * What the command line and the person say about a new service, put together and checked. Every question has a flag;
 * without a terminal only flags and defaults count, and what is missing is wrong usage.
 */
import { basename } from 'node:path';
import { nearestName } from '../everyday/names.ts';
import { freeName, nameProblem, takenBy } from '../scaffold/add-service.ts';
import {
  type Answer,
  type AnswerPlaces,
  type Answers,
  applies,
  checkAnswer,
  defaultText,
} from '../scaffold/answers.ts';
import { type Catalog, findTemplate, type Template } from '../scaffold/catalog.ts';
import { correctForeground, forbiddenFlags, oneShotWarning, unsupervisable } from '../scaffold/foreground.ts';
import { findObstacles, type LookAround, type Obstacle, resolveCommand } from '../scaffold/obstacles.ts';
import type { Question } from '../scaffold/template.ts';
import { literalOf, readCommand, type TypedCommand, type Word } from '../scaffold/typed-command.ts';
import { shellWord } from '../shell/words.ts';
import { HomerunError, usageError } from '../system/errors.ts';
import type { Context } from './context.ts';
import type { Prompts } from './prompts.ts';

export interface Flags {
  readonly name: string | undefined;
  readonly template: string | undefined;
  readonly command: string | undefined;
  readonly set: readonly string[];
  readonly env: readonly string[];
  readonly log: boolean;
  readonly logDir: string | undefined;
  readonly down: boolean;
  readonly enable: boolean;
}

export interface Draft {
  readonly name: string;
  readonly template: Template;
  readonly answers: Answers;
  /** The answers as typed, for the line that does the same without questions. */
  readonly typed: Readonly<Record<string, string>>;
  readonly environment: readonly (readonly [string, string])[];
  /** What was corrected, a sentence each. */
  readonly remarks: readonly string[];
  readonly obstacles: readonly Obstacle[];
}

/** `KEY=VALUE` words. A key twice: the last one counts. */
function pairs(words: readonly string[], flag: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const each of words) {
    const at = each.indexOf('=');
    if (at < 1) throw usageError(`add-service: ${flag} ${each}: expected KEY=VALUE`);
    found.set(each.slice(0, at), each.slice(at + 1));
  }
  return found;
}

function readEnvironment(words: readonly string[]): [string, string][] {
  return [...pairs(words, '--env')].map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw usageError(
        `add-service: --env ${name}: no name of a variable: letters, digits and _, no digit first`,
      );
    if (/[\u0000\n]/.test(value))
      throw usageError(
        `add-service: --env ${name}: the value holds a line end, and an environment file is one line`,
      );
    return [name, value];
  });
}

function places(look: LookAround): AnswerPlaces {
  const kind = (path: string, test: 'isFile' | 'isDirectory'): boolean => {
    try {
      return look.files.statSync(path)[test]();
    } catch {
      return false;
    }
  };
  return {
    home: look.places.home,
    isFile: (path) => kind(path, 'isFile'),
    isDirectory: (path) => kind(path, 'isDirectory'),
  };
}

/** The program that `arguments` questions add to. */
function mainProgram(template: Template): string {
  return basename(template.description.needs.programs[0]?.any[0] ?? '');
}

export class Drafter {
  readonly #context: Context;
  readonly #catalog: Catalog;
  readonly #look: LookAround;
  readonly #flags: Flags;
  /** Null: nothing may be asked. */
  readonly #prompts: Prompts | null;

  constructor(context: Context, catalog: Catalog, look: LookAround, flags: Flags, prompts: Prompts | null) {
    this.#context = context;
    this.#catalog = catalog;
    this.#look = look;
    this.#flags = flags;
    this.#prompts = prompts;
  }

  /** @throws HomerunError `usage` for what is missing or wrong, `cancelled` when the person leaves */
  async draft(): Promise<Draft> {
    const flags = this.#flags;
    this.#checkName(flags.name);
    const typedCommand = flags.command === undefined ? null : this.#readCommand(flags.command);
    this.#prompts?.intro('homerun add-service');
    const template = await this.#template(typedCommand);
    const set = new Map(pairs(flags.set, '--set'));
    this.#refuseUnknown(template, set);
    const remarks = [...(typedCommand?.remarks ?? [])];
    const { answers, typed } = await this.#answers(template, set, typedCommand, remarks);
    const environment = [...(typedCommand?.assignments ?? []), ...readEnvironment(flags.env)] as [
      string,
      string,
    ][];
    const finished = this.#finishCommands(template, answers, remarks);
    const name = await this.#name(template, finished.answers);
    const obstacles = [...finished.obstacles, ...findObstacles(this.#look, template, finished.answers)];
    return { name, template, answers: finished.answers, typed, environment, remarks, obstacles };
  }

  #readCommand(line: string): TypedCommand {
    const read = readCommand(line);
    if (!read.ok) throw usageError(`add-service: --command ${JSON.stringify(line)}: ${read.why}`);
    return read.command;
  }

  #checkName(name: string | undefined): void {
    if (name === undefined) return;
    const problem = this.#nameProblem(name);
    if (problem !== undefined)
      throw new HomerunError(
        problem.includes('is there already') ? 'name-taken' : 'bad-name',
        `add-service: ${JSON.stringify(name)} can be no service: ${problem}`,
        { hint: 'Choose another name. Nothing was changed.' },
      );
  }

  #nameProblem(name: string): string | undefined {
    const bad = nameProblem(name);
    if (bad !== undefined) return bad;
    const taken = takenBy(this.#look.files, this.#look.layout, name);
    return taken === undefined ? undefined : `${taken} is there already`;
  }

  async #template(typed: TypedCommand | null): Promise<Template> {
    const { template, name } = this.#flags;
    if (template !== undefined && typed !== null && template !== 'command')
      throw usageError(`add-service: --template ${template} and --command exclude each other`);
    if (template !== undefined) return findTemplate(this.#catalog, template, nearestName);
    if (typed !== null) return findTemplate(this.#catalog, 'command', nearestName);
    if (this.#prompts !== null) return this.#ask(this.#prompts);
    // `homerun add-service dunst` can only mean one thing.
    const same = this.#catalog.templates.find((each) => each.name === name);
    if (same !== undefined) return same;
    throw usageError(
      'add-service: nothing says what to run',
      "Give --template TEMPLATE (homerun templates lists them) or --command 'PROGRAM ARG...'",
    );
  }

  async #ask(prompts: Prompts): Promise<Template> {
    const first = ['command', 'newtest', 'loop', 'interval'];
    const rank = (each: Template) => (first.includes(each.name) ? first.indexOf(each.name) : first.length);
    const sorted = [...this.#catalog.templates].sort(
      (a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1),
    );
    const name = this.#flags.name;
    const wanted = sorted.find((each) => each.name === name);
    if (wanted !== undefined) {
      const yes = await prompts.confirm({
        message: `There is a template ${wanted.name}: ${wanted.description.description} Use it?`,
        initial: true,
      });
      if (yes) return wanted;
    }
    const chosen = await prompts.search({
      message: 'What is to run?',
      placeholder: 'type to search, for example mail',
      choices: sorted.map((each) => ({
        value: each.name,
        label: each.name,
        hint: each.description.description,
      })),
    });
    return findTemplate(this.#catalog, chosen, nearestName);
  }

  #refuseUnknown(template: Template, set: ReadonlyMap<string, string>): void {
    const known = template.description.questions.map((question) => question.key);
    for (const key of set.keys())
      if (!known.includes(key))
        throw usageError(
          `add-service: --set ${key}: the template ${template.name} has no such question`,
          known.length === 0 ? 'It has no questions at all.' : `It has ${known.join(', ')}.`,
        );
  }

  async #answers(
    template: Template,
    set: ReadonlyMap<string, string>,
    command: TypedCommand | null,
    remarks: string[],
  ): Promise<{ answers: Record<string, Answer>; typed: Record<string, string> }> {
    const answers: Record<string, Answer> = {};
    const typed: Record<string, string> = {};
    for (const question of template.description.questions) {
      const { key } = question;
      if (command !== null && key === 'command') {
        answers.command = command.words;
        continue;
      }
      if (command !== null && key === 'directory' && command.directory !== null && !set.has(key)) {
        const home = command.directory.map((part) =>
          'variable' in part && part.variable === 'HOME' ? { literal: this.#look.places.home } : part,
        );
        const path = literalOf(home);
        if (path === null) throw usageError('add-service: --command: the directory of cd holds a variable');
        answers.directory = this.#check(
          template,
          question,
          path.startsWith('/') ? path : `${this.#context.cwd}/${path}`,
          remarks,
        );
        continue;
      }
      const given = set.get(key);
      if (given === undefined && !applies(question.when, answers)) {
        answers[key] = this.#check(template, question, defaultText(question) ?? '', []);
        continue;
      }
      // Where a command line was given, the rest has defaults that nobody needs to be asked for.
      const prompts = command === null ? this.#prompts : null;
      const answer =
        given ?? (prompts === null ? defaultText(question) : await this.#put(prompts, template, question));
      if (answer === undefined)
        throw usageError(
          `add-service: the template ${template.name} needs an answer: ${question.message}`,
          `Give it: --set ${key}=${question.example === undefined ? 'VALUE' : question.example}`,
        );
      answers[key] = this.#check(template, question, answer, remarks);
      if (answer !== defaultText(question)) typed[key] = answer;
    }
    return { answers, typed };
  }

  /** Why an answer will not do, or undefined. */
  #problem(template: Template, question: Question, answer: string): string | undefined {
    const checked = checkAnswer(question, answer, places(this.#look));
    if (!checked.ok) return checked.why;
    if (question.kind !== 'arguments') return undefined;
    const bad = forbiddenFlags(
      mainProgram(template),
      checked.value as readonly Word[],
      this.#catalog.rules,
    )[0];
    return bad === undefined ? undefined : `${bad.flag} will not do: ${bad.why}`;
  }

  #check(template: Template, question: Question, answer: string, remarks: string[]): Answer {
    const problem = this.#problem(template, question, answer);
    if (problem !== undefined) throw usageError(`add-service: ${question.key}: ${problem}`, question.help);
    const checked = checkAnswer(question, answer, places(this.#look));
    if (!checked.ok) throw usageError(`add-service: ${question.key}: ${checked.why}`);
    remarks.push(...checked.remarks);
    return checked.value;
  }

  async #put(prompts: Prompts, template: Template, question: Question): Promise<string> {
    const message = question.help === undefined ? question.message : `${question.message}\n${question.help}`;
    const initial = defaultText(question);
    if (question.kind === 'yes-no')
      return (await prompts.confirm({ message, initial: initial === 'true' })) ? 'yes' : 'no';
    if (question.kind === 'choice') {
      const choices = question.choices ?? [];
      return prompts.select({ message, choices, initial: initial ?? (choices[0]?.value as string) });
    }
    return prompts.text({
      message,
      initial: initial ?? '',
      ...(question.example === undefined ? {} : { placeholder: question.example }),
      check: (answer) => this.#problem(template, question, answer),
    });
  }

  /** Commands: corrected to stay in the foreground, and their programs found. */
  #finishCommands(
    template: Template,
    answers: Record<string, Answer>,
    remarks: string[],
  ): { answers: Answers; obstacles: readonly Obstacle[] } {
    const obstacles: Obstacle[] = [];
    const finished: Record<string, Answer> = { ...answers };
    for (const question of template.description.questions) {
      if (question.kind !== 'command') continue;
      let words = finished[question.key] as readonly Word[];
      if (question.foreground === true) {
        const corrected = correctForeground(words, this.#catalog.rules);
        words = corrected.words;
        remarks.push(...corrected.remarks);
        const never = unsupervisable(words);
        if (never !== null) obstacles.push({ weight: 'refuse', text: never });
        const shot = template.name === 'command' ? oneShotWarning(words) : null;
        if (shot !== null) obstacles.push({ weight: 'warn', text: shot });
        const program = basename(literalOf(words[0] as Word) ?? '');
        const better =
          template.name === 'command' ? templateFor(this.#catalog.templates, program) : undefined;
        if (better !== undefined)
          remarks.push(
            `there is a template for ${program}, which knows more about it: homerun add-service --template ${shellWord(better)}`,
          );
      }
      const directory =
        typeof finished.directory === 'string' && finished.directory !== '' ? finished.directory : null;
      const resolved = resolveCommand(this.#look, words, directory, this.#context.cwd);
      if (resolved.ok) words = resolved.words;
      else obstacles.push({ weight: 'refuse', text: resolved.why });
      finished[question.key] = words;
    }
    return { answers: finished, obstacles };
  }

  async #name(template: Template, answers: Answers): Promise<string> {
    if (this.#flags.name !== undefined) return this.#flags.name;
    const words = answers.command as readonly Word[] | undefined;
    const program = words?.[0] === undefined ? null : literalOf(words[0]);
    const base =
      program !== null && program !== undefined && nameProblem(basename(program)) === undefined
        ? basename(program)
        : template.name;
    const proposed = freeName(this.#look.files, this.#look.layout, base);
    if (this.#prompts === null) {
      this.#checkName(base);
      return base;
    }
    return this.#prompts.text({
      message: 'Name of the service\nIts directory, its link, and what svl and homerun call it.',
      initial: proposed,
      check: (answer) => this.#nameProblem(answer),
    });
  }
}

/** The template of that name, or the only one that is about this program. */
function templateFor(templates: readonly Template[], program: string): string | undefined {
  if (templates.some(({ name }) => name === program)) return program;
  const about = templates.filter(
    ({ description: { needs, foreground } }) =>
      needs.programs[0]?.any[0] === program &&
      foreground.some((rule) => rule.program === program && rule.subcommand === undefined),
  );
  return about.length === 1 ? about[0]?.name : undefined;
}
