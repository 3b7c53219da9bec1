/**
 * The statements at the top level of a script, as far as one must know them to put a line between two of them: where
 * each begins, and whether it replaces the shell (`exec` with a program, in this shell and not in a function, a
 * subshell, a background job or a here-document).
 */
import { type AndOr, type Command, type List, readScript } from './syntax.ts';
import { withoutCarriageReturns } from './tokens.ts';

export interface Statement {
  /** Lines, from 1; both belong to the statement, here-documents included. */
  readonly first: number;
  readonly last: number;
  /** `setting`: nothing but assignments, export, set and the like. */
  readonly kind: 'function' | 'setting' | 'command';
  /** The first word of a simple command, as written; empty for others. */
  readonly word: string;
  /** May end the shell by becoming another program. */
  readonly execs: boolean;
  /** Ends in `&`. */
  readonly background: boolean;
}

/** Commands that only set something up for what comes later. */
const SETTING = new Set(['export', 'unset', 'set', 'alias', 'readonly', 'typeset', 'umask', 'trap', ':']);

function listExecs(list: List): boolean {
  return list.some((each) => !each.background && andOrExecs(each));
}

/** Each part of a real pipeline is a subshell. */
function andOrExecs({ pipelines }: AndOr): boolean {
  return pipelines.some(({ commands }) => commands.length === 1 && commandExecs(commands[0] as Command));
}

function commandExecs(command: Command): boolean {
  switch (command.kind) {
    case 'simple':
      // `exec >log 2>&1` goes on in this shell: an exec replaces it only when it names a program.
      return command.words[0]?.raw === 'exec' && command.words.length > 1;
    case 'function':
    case '(':
      return false;
    case 'if':
      return (
        command.branches.some(({ condition, body }) => listExecs(condition) || listExecs(body)) ||
        listExecs(command.otherwise)
      );
    case 'while':
    case 'until':
      return listExecs(command.condition) || listExecs(command.body);
    case 'case':
      return command.arms.some(listExecs);
    default:
      return listExecs(command.body);
  }
}

function kindOf({ pipelines }: AndOr): Statement['kind'] {
  const commands = pipelines.flatMap((each) => each.commands);
  if (commands.length === 1 && commands[0]?.kind === 'function') return 'function';
  const setting = pipelines.every((each) => each.commands.length === 1) && commands.every(isSetting);
  return setting ? 'setting' : 'command';
}

function isSetting(command: Command): boolean {
  if (command.kind !== 'simple') return false;
  const word = command.words[0]?.raw ?? '';
  return word === '' || SETTING.has(word) || (word === 'exec' && command.words.length === 1);
}

/**
 * Reads a script's statements at the top level; DOS line ends are taken for what was meant.
 *
 * @returns undefined when the text is not finished or not understood (an open quote or construct), so that no place
 *   in it is known to be between two statements
 */
export function readStatements(text: string): Statement[] | undefined {
  const { list, problem } = readScript(withoutCarriageReturns(text));
  if (problem !== null) return undefined;
  return list.map((each) => {
    const command = each.pipelines[0]?.commands[0];
    return {
      first: each.first,
      last: each.last,
      kind: kindOf(each),
      word: command?.kind === 'simple' ? (command.words[0]?.raw ?? '') : '',
      execs: !each.background && andOrExecs(each),
      background: each.background,
    };
  });
}
