/** The paths that a command's own words name: its arguments, and the script that an interpreter is told to run. Pure. */
import { basename } from 'node:path';
import { absolute, type Started } from '../shell/meaning.ts';
import type { ProcessFact } from './snapshot.ts';

/** Paths among the arguments of a command, `--option=/path` too; relative ones only where they say so (`./`). */
export function pathsOf(started: Started): readonly string[] {
  return started.args.flatMap((word) => {
    const value = /^--?[\w-]+=(.*)$/s.exec(word ?? '')?.[1] ?? word;
    if (value === null || !/^(\/|\.\.?\/)[^\s:,;*?|&<>$`]+$/.test(value) || value.length > 1000) return [];
    const path = absolute(value, started.cwd);
    return path === null ? [] : [path];
  });
}

/** Programs that run another program's text: what they are told to run is what the service is about. */
const INTERPRETERS =
  /^(node|nodejs|deno|bun|python[\d.]*|pypy[\d.]*|perl|ruby|php[\d.]*|lua[\d.]*|tclsh|guile|java|sh|dash|bash|ksh|ksh93|mksh|ash|zsh)$/;

export function isInterpreter(name: string): boolean {
  return INTERPRETERS.test(name);
}

/** The script that an interpreter is told to run; null when it is told otherwise (`-c`, `-m`), undefined for others. */
export function scriptOf(started: Pick<Started, 'program' | 'args' | 'cwd'>): string | null | undefined {
  if (!isInterpreter(started.program?.split('/').pop() ?? '')) return undefined;
  for (const word of started.args) {
    if (word === null || word === '-' || /^-(c|m|e|E|jar)$/.test(word)) return null;
    if (word.startsWith('-')) continue;
    return absolute(word, started.cwd);
  }
  return null;
}

/** Has the process the command line that the script ends with, as far as that is known? `name`: of the program. */
export function isSameCommand(
  process: Pick<ProcessFact, 'argv'>,
  name: string,
  args: readonly (string | null)[],
): boolean {
  // Some daemons write a title over their command line: `nginx: master process`.
  if (process.argv.length === 1 && process.argv[0]?.startsWith(`${name}:`) === true) return true;
  const words = process.argv.slice(1);
  const isTail = (tail: readonly string[]): boolean =>
    tail.length === args.length && args.every((arg, at) => arg === null || arg === tail[at]);
  // A script: its interpreter's words stand before its own name.
  const script = words.findIndex((word) => basename(word) === name);
  return isTail(words) || (script >= 0 && isTail(words.slice(script + 1)));
}
