/**
 * A service template: a folder with `template.json` (what to ask, what is needed, where the facts come from) and the
 * files of a service directory as handlebars templates. templates/README.md describes it for people;
 * schema/template.schema.json for editors. Pure: text in, a checked value out, or which field is wrong and how.
 */

export type QuestionKind =
  | 'text'
  | 'number'
  | 'yes-no'
  | 'choice'
  /** A path: `~/` is the home folder, a relative one hangs on it. Rendered absolute. */
  | 'path'
  /** A program with its arguments, read as a shell reads words (src/scaffold/typed-command.ts). */
  | 'command'
  /** Arguments, read the same way; may be empty. */
  | 'arguments';

export interface Question {
  /** The name in the template's files and of `--set KEY=VALUE`. */
  readonly key: string;
  readonly message: string;
  /** One sentence on why, or what to type. */
  readonly help?: string;
  readonly kind: QuestionKind;
  /** The answer without a question. Without a default the answer must be given. */
  readonly default?: string | number | boolean;
  /** Shown in the empty field, and used by --show, where there is no default. */
  readonly example?: string;
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
  /** For text: a regular expression for the whole answer, and what it means in words. */
  readonly pattern?: string;
  readonly expected?: string;
  readonly min?: number;
  readonly max?: number;
  /** Text or path: may be left empty. */
  readonly optional?: boolean;
  /** Path: what must be there already. */
  readonly exists?: 'file' | 'directory';
  /** Command: it must stay in the foreground, so flags that are known to background it are corrected. */
  readonly foreground?: boolean;
  /** Asked only when that other answer has this value. */
  readonly when?: Readonly<Record<string, string | boolean>>;
}

/** What keeps one program in the foreground. Flags are whole words; a space in one means two words in a row. */
export interface ForegroundRule {
  /** The program's file name. */
  readonly program: string;
  /** The rule holds only when this is the first word after the program (`serve`). */
  readonly subcommand?: string;
  /** Flags that send it to the background (or away from its log): what stands there instead; empty to leave out. */
  readonly never?: Readonly<Record<string, string>>;
  /** One of these must be there; the first is put in when none is. Each entry is a list of alternatives. */
  readonly always?: readonly (readonly string[])[];
  /** Letters that take no value, so that a flag of one letter is also found in `-fNT`. */
  readonly bundle?: string;
  /** Completes "pulseaudio: ...". */
  readonly why: string;
}

/** A line in a configuration file that makes trouble, or is missing. */
export interface SettingRule {
  /** `~/` is the home folder, `$CONFIG/` is $XDG_CONFIG_HOME. The first that is there is read. */
  readonly files: readonly string[];
  /** Regular expression (flags `m`, `i`). */
  readonly pattern: string;
  readonly trouble: 'present' | 'absent';
  readonly why: string;
}

export interface Conflicts {
  /** Templates and services that must not run beside it. */
  readonly services?: readonly string[];
  /** Programs of this user (names as in `ps -o comm`) that already do its work when they run. */
  readonly programs?: readonly string[];
  /** D-Bus names that the bus would start another copy for. */
  readonly dbus?: readonly string[];
  /** Files in /etc/xdg/autostart and ~/.config/autostart that start it too. */
  readonly autostart?: readonly string[];
  /** Systemd user units that start it too. */
  readonly units?: readonly string[];
  readonly note?: string;
}

export interface NeededProgram {
  /** The first of these that is there is used. */
  readonly any: readonly string[];
  /** Needed only when that answer has this value. */
  readonly when?: Readonly<Record<string, string | boolean>>;
}

export interface TemplateDescription {
  readonly title: string;
  readonly description: string;
  readonly group: string;
  readonly questions: readonly Question[];
  readonly needs: {
    readonly programs: readonly NeededProgram[];
    readonly environment: readonly string[];
    /** What a person has to make first (a configuration file): `~/` is the home folder. */
    readonly files: readonly { readonly path: string; readonly why: string }[];
  };
  readonly foreground: readonly ForegroundRule[];
  readonly settings: readonly SettingRule[];
  readonly conflicts: Conflicts;
  /** Seconds for `sv -w` when a stop takes longer than sv's own 7. */
  readonly slowStop: number | null;
  /** What a person should know afterwards: signals, first steps. A sentence each. */
  readonly notes: readonly string[];
  readonly sources: readonly string[];
}

export type ParsedTemplate =
  | { readonly ok: true; readonly description: TemplateDescription }
  | { readonly ok: false; readonly field: string; readonly why: string };

const KINDS: readonly QuestionKind[] = ['text', 'number', 'yes-no', 'choice', 'path', 'command', 'arguments'];

/** Names that the files of a template have from homerun itself. */
export const RESERVED_KEYS: readonly string[] = ['service', 'home', 'shell', 'envFolder', 'logFolder'];

/** Thrown inside the parser only. */
class Wrong extends Error {
  readonly field: string;
  constructor(field: string, why: string) {
    super(why);
    this.field = field;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}

function object(value: unknown, field: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Wrong(field, `is ${show(value)}, expected an object`);
  for (const key of Object.keys(value))
    if (!known.includes(key))
      throw new Wrong(
        field === '' ? key : `${field}.${key}`,
        `is not known here; known are ${known.join(', ')}`,
      );
  return value as Fields;
}

function text(value: unknown, field: string): string {
  if (typeof value !== 'string' || value.trim() === '')
    throw new Wrong(field, `is ${show(value)}, expected text`);
  return value;
}

function list<T>(value: unknown, field: string, each: (value: unknown, field: string) => T): readonly T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Wrong(field, `is ${show(value)}, expected a list`);
  return value.map((entry, index) => each(entry, `${field}[${index}]`));
}

function oneOf<T extends string>(value: unknown, field: string, allowed: readonly T[]): T {
  if (!allowed.includes(value as T))
    throw new Wrong(
      field,
      `is ${show(value)}, expected ${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1)}`,
    );
  return value as T;
}

function number(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new Wrong(field, `is ${show(value)}, expected a number`);
  return value;
}

function expression(value: unknown, field: string): string {
  const source = text(value, field);
  try {
    new RegExp(source);
  } catch (error) {
    throw new Wrong(field, `is no regular expression: ${(error as Error).message}`);
  }
  return source;
}

function when(value: unknown, field: string): Readonly<Record<string, string | boolean>> {
  const fields = value as Fields;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Wrong(field, `is ${show(value)}, expected an object of answers`);
  for (const [key, answer] of Object.entries(fields))
    if (typeof answer !== 'string' && typeof answer !== 'boolean')
      throw new Wrong(`${field}.${key}`, `is ${show(answer)}, expected text, true or false`);
  return fields as Readonly<Record<string, string | boolean>>;
}

function parseQuestion(value: unknown, field: string): Question {
  const fields = object(value, field, [
    ...[
      'key',
      'message',
      'help',
      'kind',
      'default',
      'example',
      'choices',
      'pattern',
      'expected',
      'min',
      'max',
    ],
    ...['optional', 'exists', 'foreground', 'when'],
  ]);
  const key = text(fields.key, `${field}.key`);
  if (!/^[a-z][A-Za-z0-9]*$/.test(key))
    throw new Wrong(`${field}.key`, `is ${show(key)}, expected letters and digits, a small letter first`);
  if (RESERVED_KEYS.includes(key))
    throw new Wrong(`${field}.key`, `is ${show(key)}, which homerun sets itself`);
  const kind = oneOf(fields.kind, `${field}.kind`, KINDS);
  const choices = list(fields.choices, `${field}.choices`, (entry, at) => {
    const choice = object(entry, at, ['value', 'label']);
    return { value: text(choice.value, `${at}.value`), label: text(choice.label, `${at}.label`) };
  });
  if (kind === 'choice' && choices.length < 2)
    throw new Wrong(`${field}.choices`, `has ${choices.length}, expected at least 2`);
  if (fields.default !== undefined) {
    const expected = kind === 'number' ? 'number' : kind === 'yes-no' ? 'boolean' : 'string';
    if (typeof fields.default !== expected)
      throw new Wrong(
        `${field}.default`,
        `is ${show(fields.default)}, expected a ${expected} for kind ${kind}`,
      );
    if (kind === 'choice' && !choices.some((choice) => choice.value === fields.default))
      throw new Wrong(`${field}.default`, `is ${show(fields.default)}, which is no choice`);
  }
  if (fields.optional !== undefined && typeof fields.optional !== 'boolean')
    throw new Wrong(`${field}.optional`, `is ${show(fields.optional)}, expected true or false`);
  return {
    key,
    message: text(fields.message, `${field}.message`),
    kind,
    ...(fields.help === undefined ? {} : { help: text(fields.help, `${field}.help`) }),
    ...(fields.default === undefined ? {} : { default: fields.default as string | number | boolean }),
    ...(fields.example === undefined ? {} : { example: text(fields.example, `${field}.example`) }),
    ...(kind === 'choice' ? { choices } : {}),
    ...(fields.pattern === undefined ? {} : { pattern: expression(fields.pattern, `${field}.pattern`) }),
    ...(fields.expected === undefined ? {} : { expected: text(fields.expected, `${field}.expected`) }),
    ...(fields.min === undefined ? {} : { min: number(fields.min, `${field}.min`) }),
    ...(fields.max === undefined ? {} : { max: number(fields.max, `${field}.max`) }),
    ...(fields.optional === undefined ? {} : { optional: fields.optional }),
    ...(fields.foreground === undefined ? {} : { foreground: fields.foreground === true }),
    ...(fields.exists === undefined
      ? {}
      : { exists: oneOf(fields.exists, `${field}.exists`, ['file', 'directory'] as const) }),
    ...(fields.when === undefined ? {} : { when: when(fields.when, `${field}.when`) }),
  };
}

function parseRule(value: unknown, field: string): ForegroundRule {
  const fields = object(value, field, ['program', 'subcommand', 'never', 'always', 'bundle', 'why']);
  const never = fields.never === undefined ? {} : fields.never;
  if (typeof never !== 'object' || never === null || Array.isArray(never))
    throw new Wrong(
      `${field}.never`,
      `is ${show(never)}, expected an object: flag to what stands there instead`,
    );
  for (const [flag, instead] of Object.entries(never))
    if (typeof instead !== 'string')
      throw new Wrong(`${field}.never.${flag}`, `is ${show(instead)}, expected text (empty to leave it out)`);
  return {
    program: text(fields.program, `${field}.program`),
    why: text(fields.why, `${field}.why`),
    never: never as Record<string, string>,
    always: list(fields.always, `${field}.always`, (entry, at) => list(entry, at, text)),
    ...(fields.subcommand === undefined
      ? {}
      : { subcommand: text(fields.subcommand, `${field}.subcommand`) }),
    ...(fields.bundle === undefined ? {} : { bundle: text(fields.bundle, `${field}.bundle`) }),
  };
}

/** The rules of a list (template.json's `foreground`, or templates/foreground.json). */
export function parseForegroundRules(value: unknown, field = 'foreground'): readonly ForegroundRule[] {
  return list(value, field, parseRule);
}

function parseNeeds(value: unknown): TemplateDescription['needs'] {
  const fields = value === undefined ? {} : object(value, 'needs', ['programs', 'environment', 'files']);
  return {
    programs: list(fields.programs, 'needs.programs', (entry, at): NeededProgram => {
      if (typeof entry === 'string') return { any: [text(entry, at)] };
      const needed = object(entry, at, ['any', 'when']);
      const any = list(needed.any, `${at}.any`, text);
      if (any.length === 0) throw new Wrong(`${at}.any`, 'names no program');
      return { any, ...(needed.when === undefined ? {} : { when: when(needed.when, `${at}.when`) }) };
    }),
    environment: list(fields.environment, 'needs.environment', text),
    files: list(fields.files, 'needs.files', (entry, at) => {
      const file = object(entry, at, ['path', 'why']);
      return { path: text(file.path, `${at}.path`), why: text(file.why, `${at}.why`) };
    }),
  };
}

function parseConflicts(value: unknown): Conflicts {
  if (value === undefined) return {};
  const kinds = ['services', 'programs', 'dbus', 'autostart', 'units'] as const;
  const fields = object(value, 'conflicts', [...kinds, 'note']);
  const conflicts: Record<string, unknown> = {};
  for (const kind of kinds)
    if (fields[kind] !== undefined) conflicts[kind] = list(fields[kind], `conflicts.${kind}`, text);
  if (fields.note !== undefined) conflicts.note = text(fields.note, 'conflicts.note');
  return conflicts as Conflicts;
}

/** V8 counts characters; an editor counts lines. */
function withLine(message: string, json: string): string {
  const at = /(.*?)(?: in JSON)? at position (\d+)/s.exec(message);
  if (at === null) return message;
  return `line ${json.slice(0, Number(at[2])).split('\n').length}: ${at[1]}`;
}

/** Reads template.json's text; says which field is wrong and what was expected there. */
export function parseTemplate(json: string): ParsedTemplate {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return { ok: false, field: '', why: `it is not JSON: ${withLine((error as Error).message, json)}` };
  }
  try {
    const fields = object(value, '', [
      ...['$schema', 'title', 'description', 'group', 'questions', 'needs', 'foreground', 'settings'],
      ...['conflicts', 'slowStop', 'notes', 'sources'],
    ]);
    const questions = list(fields.questions, 'questions', parseQuestion);
    const keys = questions.map((question) => question.key);
    questions.forEach((question, index) => {
      if (keys.indexOf(question.key) !== index)
        throw new Wrong(`questions[${index}].key`, `is ${show(question.key)} a second time`);
      for (const key of Object.keys(question.when ?? {}))
        if (!keys.slice(0, index).includes(key))
          throw new Wrong(`questions[${index}].when.${key}`, 'names no question before this one');
    });
    return {
      ok: true,
      description: {
        title: text(fields.title, 'title'),
        description: text(fields.description, 'description'),
        group: fields.group === undefined ? 'other' : text(fields.group, 'group'),
        questions,
        needs: parseNeeds(fields.needs),
        foreground: parseForegroundRules(fields.foreground),
        settings: list(fields.settings, 'settings', (entry, at) => {
          const rule = object(entry, at, ['files', 'pattern', 'trouble', 'why']);
          return {
            files: list(rule.files, `${at}.files`, text),
            pattern: expression(rule.pattern, `${at}.pattern`),
            trouble: oneOf(rule.trouble, `${at}.trouble`, ['present', 'absent'] as const),
            why: text(rule.why, `${at}.why`),
          };
        }),
        conflicts: parseConflicts(fields.conflicts),
        slowStop: fields.slowStop === undefined ? null : number(fields.slowStop, 'slowStop'),
        notes: list(fields.notes, 'notes', text),
        sources: list(fields.sources, 'sources', text),
      },
    };
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, field: error.field, why: error.message };
    throw error;
  }
}
