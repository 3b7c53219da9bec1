/**
 * What words become when a shell expands them, as far as that can be known without one: quotes, `~`, variables with
 * known values, field splitting. Where only a shell (or the disk) can tell, the answer is null.
 */
import { mayBePattern, type Part, type Word } from './tokens.ts';

/** A variable's value; undefined when it is not set; null when that is not known. */
export type Lookup = (name: string) => string | null | undefined;

/** A longer value is not followed (`A=$A$A` over and over), characters. */
const LONGEST_VALUE = 64 * 1024;

const SPECIAL_IN_VALUE = /[*?[{]/;

/** The value of `$NAME` or `${NAME:-WORD}`; null when it is not known. */
function variableValue(part: Part & { kind: 'variable' }, lookup: Lookup): string | null {
  const value = lookup(part.name);
  const { operator } = part;
  if (value === null) return null;
  if (operator === '') return value ?? '';
  const set = value !== undefined && !(operator.startsWith(':') && value === '');
  if (operator.endsWith('+')) return set ? expandParts(part.operand, lookup) : '';
  if (set) return value;
  return operator.endsWith('?') ? null : expandParts(part.operand, lookup);
}

/** Parts put together without splitting and without patterns, as in an assignment. */
function expandParts(parts: readonly Part[], lookup: Lookup): string | null {
  let text = '';
  for (const part of parts) {
    const value =
      part.kind === 'text' ? part.text : part.kind === 'variable' ? variableValue(part, lookup) : null;
    if (value === null || text.length + value.length > LONGEST_VALUE) return null;
    text += value;
  }
  return text;
}

/** The parts with `~` in front (and, in an assignment, behind each `:`) put in; null when it is another's home. */
function putTilde(parts: readonly Part[], lookup: Lookup, assignment: boolean): readonly Part[] | null {
  const result: Part[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.kind !== 'text' || part.quote !== '') {
      result.push(part);
      continue;
    }
    const places = assignment ? /(^|:)~/g : /^(~)/g;
    let at = 0;
    for (const match of part.text.matchAll(places)) {
      const tilde = match.index + match[0].length - 1;
      if (index > 0 && match.index === 0 && match[1] !== ':') continue;
      const rest = part.text.slice(tilde + 1);
      const ends = assignment ? /^[/:]/ : /^\//;
      const alone = rest === '' && index === parts.length - 1;
      // A quote right behind it makes it an ordinary character, but who knows how each shell sees that.
      if (!alone && !ends.test(rest)) return null;
      const home = lookup('HOME');
      if (home === null || home === undefined) return null;
      result.push({ kind: 'text', text: part.text.slice(at, tilde), quote: '' });
      result.push({ kind: 'text', text: home, quote: '"' });
      at = tilde + 1;
    }
    result.push({ ...part, text: part.text.slice(at) });
  }
  return result;
}

/** A word's value where a shell does not split it: the target of a redirection, the word of `case`. */
export function expandWord(word: Word, lookup: Lookup): string | null {
  if (word.literal) return word.text;
  const fields = expandFields(word, lookup);
  return fields?.length === 1 ? (fields[0] as string) : null;
}

/** The value of an assignment: neither split nor taken for a pattern. */
export function expandAssigned(parts: readonly Part[], lookup: Lookup): string | null {
  const bare = putTilde(parts, lookup, true);
  return bare === null ? null : expandParts(bare, lookup);
}

/** The fields that a word becomes among a command's words: none, one or more; null when that is not known. */
export function expandFields(word: Word, lookup: Lookup): readonly string[] | null {
  if (word.literal) return [word.text];
  const parts = putTilde(word.parts, lookup, false);
  if (parts === null || mayBePattern(parts)) return null;
  const fields: string[] = [];
  let field = '';
  let started = false;
  let room = LONGEST_VALUE;
  const end = (): void => {
    if (started) fields.push(field);
    field = '';
    started = false;
  };
  for (const part of parts) {
    if (part.kind === 'other') return null;
    const value = part.kind === 'text' ? part.text : variableValue(part, lookup);
    if (value === null) return null;
    room -= value.length;
    if (room < 0) return null;
    if (part.kind === 'text' || part.quote !== '') {
      field += value;
      started ||= value !== '' || part.quote !== '';
      continue;
    }
    // The value of a variable without quotes is split, and its patterns count.
    if (SPECIAL_IN_VALUE.test(value) || lookup('IFS') !== undefined) return null;
    if (part.operand.some((each) => each.kind !== 'text' || each.quote !== '')) return null;
    const [first = '', ...others] = value.split(/[ \t\n]+/);
    field += first;
    started ||= first !== '';
    for (const other of others) {
      end();
      field = other;
      started = other !== '';
    }
  }
  end();
  return fields;
}
