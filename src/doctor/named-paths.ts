/** The paths that a command's own words name: its arguments, and the script that an interpreter is told to run. Pure. */
import { absolute, type Started } from '../shell/meaning.ts';

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

/** The script that an interpreter is told to run; null when it is told otherwise (`-c`, `-m`), undefined for others. */
export function scriptOf(started: Pick<Started, 'program' | 'args' | 'cwd'>): string | null | undefined {
  if (!INTERPRETERS.test(started.program?.split('/').pop() ?? '')) return undefined;
  for (const word of started.args) {
    if (word === null || word === '-' || /^-(c|m|e|E|jar)$/.test(word)) return null;
    if (word.startsWith('-')) continue;
    return absolute(word, started.cwd);
  }
  return null;
}
