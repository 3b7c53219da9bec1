/** `NAME=VALUE` words. */
import { ASSIGNMENT, type Part, type Word } from './tokens.ts';

export interface Assignment {
  readonly name: string;
  /** `NAME+=`. */
  readonly append: boolean;
  readonly parts: readonly Part[];
}

/** `NAME=VALUE` taken apart; undefined for any other word. */
export function readAssignment(word: Word): Assignment | undefined {
  const first = word.parts[0];
  const match = first?.kind === 'text' ? ASSIGNMENT.exec(first.text) : null;
  if (first?.kind !== 'text' || match === null) return undefined;
  const rest = first.text.slice(match[0].length);
  const append = match[0].endsWith('+=');
  return {
    name: match[0].slice(0, append ? -2 : -1),
    append,
    parts: [...(rest === '' && first.quote === '' ? [] : [{ ...first, text: rest }]), ...word.parts.slice(1)],
  };
}
