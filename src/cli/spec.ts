/**
 * One record per command: its words, options and examples. Help, completion and the manual pages are made from these
 * records, so nothing is listed twice. Pure data; what a command does is loaded only when it is called.
 */
import type { RunCommand } from './context.ts';

/** Names that `homerun completion --list KIND` prints. variable: set for services; session: of the caller's environment. */
export const NAME_KINDS = [
  'service',
  'installed',
  'template',
  'check',
  'shell',
  'variable',
  'session',
] as const;
export type NameKind = (typeof NAME_KINDS)[number];

export interface OptionSpec {
  /** As commander writes it: `-n, --lines <number>`. `<x>` takes a value, `[x]` may take one. */
  readonly flags: string;
  readonly summary: string;
  /** May be given several times; the values come as an array. */
  readonly repeat?: boolean;
  readonly choices?: readonly string[];
  /** What a shell completes the value to. */
  readonly completes?: NameKind | 'file' | 'directory';
}

export interface ExampleSpec {
  readonly command: string;
  readonly meaning: string;
}

export interface CommandSpec {
  readonly name: string;
  /** As commander writes it: `[name]`, `<service...>`; empty without words. */
  readonly words: string;
  readonly summary: string;
  /** Paragraphs for --help and the manual page. */
  readonly description?: readonly string[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly ExampleSpec[];
  /** Without 2 for wrong usage, which every command has: exitCodesOf. */
  readonly exitCodes?: readonly (readonly [number, string])[];
  /** What a shell completes the words to. */
  readonly completes?: NameKind;
  /** Its first word is one of these; what a shell completes the words behind it to. */
  readonly actions?: Readonly<Record<string, readonly NameKind[]>>;
  /** Not shown in the list of commands. */
  readonly hidden?: boolean;
  /** Words and options go to the command unread (`words` holds all of them). */
  readonly passThrough?: boolean;
  /** It plans changes of files by what it finds: a change that was interrupted is taken back first. */
  readonly changesFiles?: boolean;
  readonly load: () => Promise<RunCommand>;
}

/** What help and manual say of exit codes. */
export function exitCodesOf({ exitCodes = [] }: CommandSpec): readonly (readonly [number, string])[] {
  return exitCodes.some(([code]) => code === 2) ? exitCodes : [...exitCodes, [2, 'wrong usage']];
}
