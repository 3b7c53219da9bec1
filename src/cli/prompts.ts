/**
 * Questions to a person: clack behind one door. Ctrl-C or Esc at any of them throws `cancelled`, exit code 1; the
 * caller asks everything before it writes anything, so the disk is as it was.
 */
import { HomerunError } from '../system/errors.ts';
import { wrapText } from './fold.ts';

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
  readonly disabled?: boolean;
}

export interface Prompts {
  intro(title: string): void;
  /** A framed piece of text between questions. */
  note(text: string, title: string): void;
  info(text: string): void;
  warn(text: string): void;
  outro(text: string): void;
  text(question: {
    readonly message: string;
    /** What an empty answer means. */
    readonly initial: string;
    /** Shown in the empty field. */
    readonly placeholder?: string;
    /** Why this answer will not do; undefined when it will. */
    readonly check?: (answer: string) => string | undefined;
  }): Promise<string>;
  select<Value extends string>(question: {
    readonly message: string;
    readonly choices: readonly Choice<Value>[];
    readonly initial: Value;
  }): Promise<Value>;
  /** A long list, narrowed by typing. */
  search<Value extends string>(question: {
    readonly message: string;
    readonly choices: readonly Choice<Value>[];
    readonly placeholder: string;
  }): Promise<Value>;
  confirm(question: { readonly message: string; readonly initial: boolean }): Promise<boolean>;
  /** A turning mark while something is waited for; stop it with the final text. */
  waiting(text: string): { stop(text: string): void };
}

export function cancelled(): HomerunError {
  return new HomerunError('cancelled', 'cancelled: nothing was changed');
}

/** What `nearness` says of a choice that does not hold what was typed. */
export const NOWHERE = 4;

/** How near a choice is to what was typed: 0 the name itself, 1 its beginning, 2 inside the name, 3 behind it. */
export function nearness(search: string, { value, label, hint }: Choice<string>): number {
  const typed = search.trim().toLowerCase();
  const name = value.toLowerCase();
  if (name === typed) return 0;
  if (name.startsWith(typed)) return 1;
  if (`${name} ${label.toLowerCase()}`.includes(typed)) return 2;
  return hint?.toLowerCase().includes(typed) === true ? 3 : NOWHERE;
}

/**
 * The choices in the order of their nearness to what is typed, as clack's autocomplete calls for them. It would keep
 * its mark on a choice as long as that one matches somehow: each new letter puts the mark on the nearest.
 */
function byNearness<Value extends string>(choices: readonly Choice<Value>[]) {
  let last = '';
  return function (this: { userInput: string; focusedValue: unknown }): Choice<Value>[] {
    const typed = this.userInput.trim();
    if (typed !== last) this.focusedValue = undefined;
    last = typed;
    if (typed === '') return [...choices];
    return [...choices].sort((a, b) => nearness(typed, a) - nearness(typed, b));
  };
}

/** Loads clack, which takes longer than everything else: only a wizard that asks should call this. */
export async function openPrompts(): Promise<Prompts> {
  const clack = await import('@clack/prompts');
  const answered = <Value>(value: unknown): Value => {
    if (clack.isCancel(value)) throw cancelled();
    return value as Value;
  };
  const { styleText } = await import('node:util');
  const bar = `${styleText('gray', clack.S_BAR)}  `;
  const broken = (message: string): string[] => {
    const columns = (process.stdout.columns ?? 80) - 4;
    const [question = '', ...rest] = message.split('\n');
    const whys = rest.flatMap((why) => {
      const plain = why.replaceAll(/\u001b\[[0-9;]*m/g, '');
      return wrapText(plain, columns).map((line) => (plain === why ? line : styleText('dim', line)));
    });
    return [...wrapText(question, columns), ...whys];
  };
  // clack indents the lines of a select's question by itself, those of a text it does not. Where it has to break them,
  // the next line begins with the blank.
  const framed = (text: string): string => wrapText(text, (process.stdout.columns ?? 80) - 4).join('\n');
  const hanging = (message: string): string => broken(message).join(`\n${bar}`);
  return {
    intro: (title) => clack.intro(title),
    note: (text, title) => clack.note(text, title),
    info: (text) => clack.log.info(framed(text)),
    warn: (text) => clack.log.warn(framed(text)),
    outro: (text) => clack.outro(text),
    text: async ({ message, initial, placeholder, check }) =>
      answered<string>(
        await clack.text({
          message: hanging(message),
          initialValue: initial,
          defaultValue: initial,
          ...(placeholder === undefined ? {} : { placeholder }),
          validate: (value) => check?.(value === undefined || value === '' ? initial : value),
        }),
      ),
    select: async <Value extends string>({
      message,
      choices,
      initial,
    }: Parameters<Prompts['select']>[0] & { choices: readonly Choice<Value>[]; initial: Value }) =>
      answered<Value>(
        await clack.select({
          message: broken(message).join('\n'),
          initialValue: initial,
          options: choices.map((choice) => ({ ...choice })) as never,
          showInstructions: false,
        }),
      ),
    search: async <Value extends string>({
      message,
      choices,
      placeholder,
    }: {
      message: string;
      choices: readonly Choice<Value>[];
      placeholder: string;
    }) =>
      answered<Value>(
        await clack.autocomplete({
          message,
          placeholder,
          maxItems: 10,
          options: byNearness(choices) as never,
          // What stands behind a name counts too: "notifications" finds dunst.
          filter: (search, option) => nearness(search, option as Choice<Value>) < NOWHERE,
        }),
      ),
    confirm: async ({ message, initial }) =>
      answered<boolean>(await clack.confirm({ message, initialValue: initial })),
    waiting: (text) => {
      const spinner = clack.spinner();
      spinner.start(text);
      return { stop: (final) => spinner.stop(final) };
    },
  };
}
