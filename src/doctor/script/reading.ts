/**
 * What a script's text says without running it: the facts that the checks of run, log/run, finish, check, the runner,
 * svl and the session files are made from.
 */
import { readCommands, type SimpleCommand } from './commands.ts';
import type { Word } from './tokens.ts';

export interface Shebang {
  /** The line after `#!`, as it is. */
  readonly line: string;
  /** Absolute path of the interpreter (or what stands in its place). */
  readonly interpreter: string;
  /** The rest of the line: one argument for Linux, blanks included. */
  readonly argument: string | null;
  /** With `#!/usr/bin/env NAME`: NAME. */
  readonly environmentProgram: string | null;
}

export interface ScriptReading {
  readonly shebang: Shebang | null;
  /** The first bytes are a UTF-8 byte order mark. */
  readonly byteOrderMark: boolean;
  /** Lines (counted from 1) that end with a carriage return. */
  readonly carriageReturns: readonly number[];
  /** Not a byte in it, or blanks only. */
  readonly empty: boolean;
  /** A NUL byte: no script, but a program or garbage. */
  readonly binary: boolean;
  /** Blanks or an empty line stand before `#!`. */
  readonly shebangNotFirst: boolean;
  /** The interpreter is a shell whose grammar is known here. */
  readonly shell: boolean;
  /** Empty unless `shell`. */
  readonly commands: readonly SimpleCommand[];
}

const SHELLS = new Set([
  'sh',
  'dash',
  'bash',
  'ksh',
  'ksh93',
  'mksh',
  'lksh',
  'pdksh',
  'oksh',
  'loksh',
  'ash',
  'yash',
  'zsh',
  'busybox',
  'execlineb',
]);

/** The program's own name: `/usr/bin/env` gives `env`. */
export function programName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function readShebang(text: string): Shebang | null {
  const match = /^#![ \t]*([^\n]*)/.exec(text);
  if (match === null) return null;
  const line = (match[1] as string).replace(/[ \t]+$/, '');
  const [, interpreter = '', argument] = /^(\S*)(?:[ \t]+(.*))?$/.exec(line) ?? [];
  const words = (argument ?? '').split(/[ \t]+/).filter((word) => word !== '');
  const environmentProgram =
    programName(interpreter) === 'env'
      ? (words.find((word) => !word.startsWith('-') && !word.includes('=')) ?? null)
      : null;
  return { line, interpreter, argument: argument ?? null, environmentProgram };
}

/** Reads a script's text (decoded as latin1 or UTF-8; only ASCII matters here). */
export function readScript(text: string): ScriptReading {
  const byteOrderMark = text.startsWith('\ufeff') || text.startsWith('\u00ef\u00bb\u00bf');
  const body = text.replace(/^(\ufeff|\u00ef\u00bb\u00bf)/, '');
  const shebang = readShebang(body);
  const lines = body.split('\n');
  const carriageReturns = lines.flatMap((line, index) => (line.endsWith('\r') ? [index + 1] : []));
  const binary = text.includes('\0');
  const name =
    shebang === null
      ? null
      : programName(shebang.environmentProgram ?? shebang.interpreter).replace(/\r$/, '');
  const shell = !binary && (name === null ? true : SHELLS.has(name) && name !== 'execlineb');
  return {
    shebang,
    byteOrderMark,
    carriageReturns,
    empty: body.trim() === '',
    binary,
    shebangNotFirst: shebang === null && /^\s+#!/.test(body),
    shell,
    commands: shell ? readCommands(body.replace(/\r\n/g, '\n')) : [],
  };
}

/** A command's own name, or undefined for assignments and redirections alone. */
export function commandName(command: SimpleCommand): string | undefined {
  return command.words[0]?.text;
}

/** Commands that stand outside functions: what runs when the script is run. */
export function topCommands(reading: ScriptReading): readonly SimpleCommand[] {
  return reading.commands.filter((command) => command.inFunction === null);
}

/** The last command that runs when the script runs through: what runsv supervises. */
export function lastCommand(reading: ScriptReading): SimpleCommand | undefined {
  return topCommands(reading).at(-1);
}

/** `exec` with a program (not `exec 2>&1`, which only redirects). */
export function isExecOfProgram(command: SimpleCommand): boolean {
  return commandName(command) === 'exec' && command.words.length > 1;
}

/** The redirection joins stderr with stdout, as `2>&1` and `>&file` do. */
function joinsStderr(command: SimpleCommand): boolean {
  return command.redirections.some(
    (each) =>
      (each.descriptor === 2 && each.operator === '>&' && each.target?.text === '1') ||
      each.operator === '&>' ||
      each.operator === '&>>',
  );
}

/** Before the last command (or at it) stderr is made the same as stdout, so that a log service gets both. */
export function stderrIsLogged(reading: ScriptReading): boolean {
  const top = topCommands(reading);
  const last = top.at(-1);
  return top.some(
    (command) =>
      joinsStderr(command) &&
      (command === last || (commandName(command) === 'exec' && !isExecOfProgram(command))),
  );
}

/** Wrappers that run another program in their own place, and how many words of theirs stand before it. */
const OPTION_WITH_VALUE: Readonly<Record<string, readonly string[]>> = {
  chpst: [
    '-u',
    '-U',
    '-b',
    '-e',
    '-/',
    '-C',
    '-n',
    '-l',
    '-L',
    '-m',
    '-d',
    '-o',
    '-p',
    '-f',
    '-c',
    '-r',
    '-t',
  ],
  nice: ['-n', '--adjustment'],
  ionice: ['-c', '-n'],
  env: ['-u', '-C', '-S'],
  stdbuf: ['-i', '-o', '-e'],
  timeout: ['-s', '-k'],
  setpriv: [],
  setsid: [],
  nohup: [],
  'dbus-run-session': ['--config-file', '--dbus-daemon'],
  'ssh-agent': ['-a', '-t', '-E'],
};

/**
 * The program that a command ends up as, with its arguments: behind `exec`, `chpst ...`, `env A=b`, `nice` and the
 * like. Empty when there is none.
 */
export function programOf(command: SimpleCommand): readonly Word[] {
  let words = command.words;
  for (;;) {
    const name = programName(words[0]?.text ?? '');
    if (name === 'exec') {
      words = words.slice(1);
      while (words[0]?.text.startsWith('-')) words = words.slice(words[0].text === '-a' ? 2 : 1);
      continue;
    }
    if (name === 'command' || name === 'builtin') {
      words = words.slice(1);
      continue;
    }
    const valued = name === 'ssh-agent' ? undefined : OPTION_WITH_VALUE[name];
    if (valued === undefined) return words;
    let rest = words.slice(1);
    while (rest.length > 0) {
      const text = (rest[0] as Word).text;
      if (name === 'env' && /^[A-Za-z_]\w*=/.test(text)) rest = rest.slice(1);
      else if (text === '--') {
        rest = rest.slice(1);
        break;
      } else if (text.startsWith('-') && text.length > 1) rest = rest.slice(valued.includes(text) ? 2 : 1);
      else break;
    }
    if (name === 'timeout') rest = rest.slice(1);
    if (rest.length === 0) return words;
    words = rest;
  }
}
