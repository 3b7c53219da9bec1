/** The first line of a program, as the kernel reads it. Pure. */
import type { ScriptFact } from '../snapshot.ts';

export interface Shebang {
  /** `script`: `#!` and an interpreter. `elf`: a binary. `none`: neither, the kernel says "exec format error". */
  readonly kind: 'script' | 'elf' | 'none';
  /** The interpreter as the kernel looks for it: with the carriage return of a DOS line. */
  readonly interpreter: string;
  /** All that follows it, one argument, as on Linux. */
  readonly argument: string;
  /** What stands before `#!` in a file that was meant to have one: a byte order mark, blanks, blank lines. */
  readonly junk: 'byte order mark' | 'white space' | null;
  /** The line ends in a carriage return. */
  readonly crlf: boolean;
}

const NOTHING: Shebang = { kind: 'none', interpreter: '', argument: '', junk: null, crlf: false };

export function readShebang(script: Pick<ScriptFact, 'text' | 'head'>): Shebang {
  if (script.head.startsWith('7f454c46')) return { ...NOTHING, kind: 'elf' };
  const first = script.text.split('\n', 1)[0] ?? '';
  if (!first.startsWith('#!')) {
    const meant = /^[\uFEFF\s]+#!/.test(script.text);
    if (!meant) return NOTHING;
    return { ...NOTHING, junk: script.head.startsWith('efbbbf') ? 'byte order mark' : 'white space' };
  }
  const match = /^#![ \t]*([^ \t]*)[ \t]*(.*?)[ \t]*$/.exec(first);
  return {
    kind: 'script',
    interpreter: match?.[1] ?? '',
    argument: match?.[2] ?? '',
    junk: null,
    crlf: first.endsWith('\r'),
  };
}

/** `#!/usr/bin/env X`: the name X and env's options; null for any other interpreter. */
export function envInterpreter(
  shebang: Shebang,
): { readonly name: string; readonly split: boolean; readonly extra: string } | null {
  if (shebang.kind !== 'script' || !/\/env\r?$/.test(shebang.interpreter)) return null;
  const words = shebang.argument
    .replace(/\r$/, '')
    .split(/[ \t]+/)
    .filter((word) => word !== '');
  const split = /^-(S|-split-string)/.test(words[0] ?? '');
  const rest = split ? words.slice(1) : words;
  const name = rest.find((word) => !word.startsWith('-') && !word.includes('=')) ?? '';
  return { name, split, extra: rest.slice(rest.indexOf(name) + 1).join(' ') };
}

/** `sh`, `ksh`, `bash` ...: the interpreter's own name, through env as well; empty for a binary. */
export function shellName(shebang: Shebang): string {
  const name = envInterpreter(shebang)?.name ?? shebang.interpreter;
  return name.replace(/\r$/, '').split('/').pop() ?? '';
}

const SHELLS = new Set(['sh', 'dash', 'bash', 'ksh', 'ksh93', 'mksh', 'oksh', 'pdksh', 'zsh', 'ash', 'yash']);

export function isShell(name: string): boolean {
  return SHELLS.has(name);
}
