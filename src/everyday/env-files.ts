/**
 * Environment variables as files, one each, in the form of chpst -e (an envdir): the name is the file's name, the value
 * its first line, with NUL for a newline; trailing blanks and tabs do not count; an empty file unsets the variable.
 */
import type { EnvDifference } from './service-facts.ts';

/** name → value; null: unset. */
export type Variables = ReadonlyMap<string, string | null>;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A name that shells take for a variable. */
export function isVariableName(name: string): boolean {
  return NAME.test(name);
}

/** The value that a file's contents give; null: the variable is unset. */
export function parseEnvFile(contents: string): string | null {
  if (contents === '') return null;
  const end = contents.indexOf('\n');
  const line = end === -1 ? contents : contents.slice(0, end);
  return line.replace(/[ \t]+$/, '').replaceAll('\0', '\n');
}

/** A file's contents for a value; null (unset) gives the empty file. */
export function formatEnvFile(value: string | null): string {
  return value === null ? '' : `${value.replaceAll('\n', '\0')}\n`;
}

/** What the files say: those of one service win over those of all. */
export function mergeVariables(shared: Variables, own: Variables): Variables {
  return new Map([...shared, ...own]);
}

/** /proc/PID/environ as a map. */
export function parseEnviron(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of text.split('\0')) {
    const equals = entry.indexOf('=');
    if (equals > 0 && !found.has(entry.slice(0, equals))) {
      found.set(entry.slice(0, equals), entry.slice(equals + 1));
    }
  }
  return found;
}

/** Where a running process has another value than the files give, by name. */
export function differences(files: Variables, process: ReadonlyMap<string, string>): EnvDifference[] {
  return [...files]
    .filter(([name, value]) => (process.get(name) ?? null) !== value)
    .map(([name, value]) => ({ name, file: value, process: process.get(name) ?? null }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** True when a run script's text reads an envdir: in homerun's own form, or with chpst -e (envdir, s6-envdir). */
export function readsEnvFiles(script: string): boolean {
  return /\/env\/?["']?\/\*|\benv\/\*|chpst\s[^\n]*-e|\benvdir\b/.test(script);
}

/**
 * `NAME=value` words, and the other words. The value may hold anything, also `=`.
 */
export function splitAssignments(words: readonly string[]): {
  readonly assignments: readonly (readonly [string, string])[];
  readonly others: readonly string[];
} {
  const assignments: (readonly [string, string])[] = [];
  const others: string[] = [];
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals > 0 && isVariableName(word.slice(0, equals))) {
      assignments.push([word.slice(0, equals), word.slice(equals + 1)]);
    } else others.push(word);
  }
  return { assignments, others };
}
