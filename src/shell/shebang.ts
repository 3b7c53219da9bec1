/** The first line of a program, as the kernel reads it, and which interpreters are Bourne-like shells. */

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

/**
 * @param text the script's text; of a binary it may be empty
 * @param head its first bytes as hexadecimal digits, where they tell more than the text
 */
export function readShebang({ text, head = '' }: { readonly text: string; readonly head?: string }): Shebang {
  if (head.startsWith('7f454c46')) return { ...NOTHING, kind: 'elf' };
  const end = text.indexOf('\n');
  const first = end < 0 ? text : text.slice(0, end);
  if (!first.startsWith('#!')) {
    const meant = /^[\uFEFF\s]+#!/.test(text);
    if (!meant) return NOTHING;
    const mark = head.startsWith('efbbbf') || (head === '' && text.startsWith('\uFEFF'));
    return { ...NOTHING, junk: mark ? 'byte order mark' : 'white space' };
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

/** The program's own name: of `/usr/bin/env` it is `env`. */
export function programName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `sh`, `ksh`, `bash` ...: the interpreter's own name, through env as well; empty for a binary. */
export function shellName(shebang: Shebang): string {
  return programName((envInterpreter(shebang)?.name ?? shebang.interpreter).replace(/\r$/, ''));
}

const SHELLS = new Set(
  'sh dash ash bash ksh ksh93 mksh lksh oksh loksh pdksh posh yash zsh busybox'.split(' '),
);

/** Whether a program of this name reads the language that is read here. */
export function isShell(name: string): boolean {
  return SHELLS.has(name);
}
