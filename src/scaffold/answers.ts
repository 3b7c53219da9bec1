/** Answers to a template's questions: what a person typed becomes a checked value, or a reason why not. Pure. */
import { isAbsolute, join, normalize } from 'node:path';
import type { Question } from './template.ts';
import { readCommand, readWords, showWord, type Word } from './typed-command.ts';

/** Text, number and yes-no as they are; paths absolute; commands and arguments as words. */
export type Answer = string | number | boolean | readonly Word[];
export type Answers = Readonly<Record<string, Answer>>;

/** What validation may look at: the home folder, and what is there. */
export interface AnswerPlaces {
  readonly home: string;
  isFile(path: string): boolean;
  isDirectory(path: string): boolean;
}

export type CheckedAnswer =
  | { readonly ok: true; readonly value: Answer; readonly remarks: readonly string[] }
  | { readonly ok: false; readonly why: string };

const wrong = (why: string): CheckedAnswer => ({ ok: false, why });
const right = (value: Answer, remarks: readonly string[] = []): CheckedAnswer => ({
  ok: true,
  value,
  remarks,
});

/** `~/x` and relative paths made absolute. */
export function absolutePath(typed: string, home: string): string {
  const path = typed.replace(/^(?:~|\$HOME|\$\{HOME\})(?=\/|$)/, home);
  const whole = normalize(isAbsolute(path) ? path : join(home, path));
  return whole.length > 1 ? whole.replace(/\/$/, '') : whole;
}

function checkNumber(question: Question, typed: string): CheckedAnswer {
  if (!/^-?\d+(?:\.\d+)?$/.test(typed.trim())) return wrong(`${JSON.stringify(typed)} is no number`);
  const value = Number(typed.trim());
  if (question.min !== undefined && value < question.min)
    return wrong(`${typed} is less than ${question.min}`);
  if (question.max !== undefined && value > question.max)
    return wrong(`${typed} is more than ${question.max}`);
  if (question.pattern === undefined && !Number.isInteger(value)) return wrong(`${typed} is no whole number`);
  return right(value);
}

function checkPath(question: Question, typed: string, places: AnswerPlaces): CheckedAnswer {
  if (typed === '') return question.optional === true ? right('') : wrong('it is empty');
  const path = absolutePath(typed, places.home);
  if (question.exists === 'file' && !places.isFile(path)) return wrong(`${path} is not there, or is no file`);
  if (question.exists === 'directory' && !places.isDirectory(path))
    return wrong(`${path} is not there, or is no directory`);
  return right(path);
}

function checkText(question: Question, typed: string): CheckedAnswer {
  if (typed === '') return question.optional === true ? right('') : wrong('it is empty');
  if (question.pattern !== undefined && !new RegExp(`^(?:${question.pattern})$`, 'u').test(typed))
    return wrong(`${JSON.stringify(typed)} is not ${question.expected ?? `of the form ${question.pattern}`}`);
  return right(typed);
}

/** Checks what was typed (in a wizard, after `--set KEY=`, or as the default). */
export function checkAnswer(question: Question, typed: string, places: AnswerPlaces): CheckedAnswer {
  if (/[\u0000-\u001f\u007f]/.test(typed)) return wrong('it holds a control character or a line end');
  switch (question.kind) {
    case 'yes-no':
      if (/^(?:y|yes|true|1|on)$/i.test(typed)) return right(true);
      if (/^(?:n|no|false|0|off)$/i.test(typed)) return right(false);
      return wrong(`${JSON.stringify(typed)} is neither yes nor no`);
    case 'number':
      return checkNumber(question, typed);
    case 'choice':
      return question.choices?.some((choice) => choice.value === typed)
        ? right(typed)
        : wrong(
            `${JSON.stringify(typed)} is none of ${question.choices?.map((choice) => choice.value).join(', ')}`,
          );
    case 'path':
      return checkPath(question, typed, places);
    case 'text':
      return checkText(question, typed);
    case 'arguments': {
      const read = readWords(typed);
      return read.ok ? right(read.words) : wrong(read.why);
    }
    case 'command': {
      const read = readCommand(typed);
      if (!read.ok) return wrong(read.why);
      const { words, assignments, directory, remarks } = read.command;
      if (assignments.length > 0)
        return wrong(
          `${assignments[0]?.[0]}=... belongs into the environment: --env ${assignments[0]?.[0]}=VALUE`,
        );
      if (directory !== null)
        return wrong(`"cd ${showWord(directory)}" is not part of the command: it has a question of its own`);
      return right(words, remarks);
    }
  }
}

/** The default as a person would have typed it; undefined where the answer must be given. */
export function defaultText(question: Question): string | undefined {
  if (question.default !== undefined) return String(question.default);
  if (question.kind === 'arguments' || question.optional === true) return '';
  return undefined;
}

/** Whether a question (or a needed program) applies, given the answers before it. */
export function applies(
  when: Readonly<Record<string, string | boolean>> | undefined,
  answers: Answers,
): boolean {
  return Object.entries(when ?? {}).every(([key, value]) => answers[key] === value);
}
