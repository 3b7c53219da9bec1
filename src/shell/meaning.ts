/**
 * What a run script does, as far as reading tells: the directory it stands in, the variables it sets, the programs it
 * starts and the one it becomes.
 */
import { isAbsolute, normalize } from 'node:path';
import { readAssignment } from './assignment.ts';
import { readCommands, type SimpleCommand } from './commands.ts';
import { expandAssigned, expandFields, expandWord, type Lookup } from './expand.ts';
import { isBuiltin, unwrap, type Wrapped } from './programs.ts';
import type { Word } from './tokens.ts';

/** A program that the script starts, wrappers such as chpst and env taken away. */
export interface Started {
  /** From 1. */
  readonly line: number;
  readonly command: SimpleCommand;
  /** The program's word; null when only the shell would know it. */
  readonly program: string | null;
  /** The word as written. */
  readonly raw: string;
  readonly args: readonly (string | null)[];
  /** Wrappers before it, outermost first: `chpst -u x -e env`. */
  readonly wrappers: readonly Wrapped[];
  readonly exec: boolean;
  readonly background: boolean;
  /** It runs only when something else says so: in `if`, a loop, `case`, or behind `&&` and `||`. */
  readonly conditional: boolean;
  /** Working directory at that line; null when unknown. */
  readonly cwd: string | null;
  /** PATH at that line when the script sets it; undefined when it leaves it; null when only a shell would know. */
  readonly path: string | null | undefined;
}

/** A file or directory that the script names, with where. */
export interface Named {
  readonly path: string;
  readonly line: number;
  readonly conditional: boolean;
}

export interface Meaning {
  readonly commands: readonly SimpleCommand[];
  readonly started: readonly Started[];
  /** What the script becomes or waits for in the end: its last command at the outermost level. */
  readonly last: Started | null;
  /** stderr of what follows goes where stdout goes: `exec 2>&1`, or on the last command. */
  readonly joinsStderr: boolean;
  /** stdout is sent to a file by `exec >file`, or on the last command. */
  readonly stdoutFile: { readonly path: string | null; readonly line: number } | null;
  /** Where it goes with `cd`, and files that it (or what it starts) writes to by redirection. */
  readonly directories: readonly Named[];
  readonly writes: readonly Named[];
  /** It reads other files (`. FILE`, `source`, eval): variables and functions may come from there. */
  readonly sources: boolean;
  /** Those that are known; `bare`: a name without a slash, which is looked for on PATH. */
  readonly reads: readonly (Named & { readonly bare: boolean })[];
}

/** What a script without a line means. */
export const NO_MEANING: Meaning = {
  commands: [],
  started: [],
  last: null,
  joinsStderr: false,
  stdoutFile: null,
  directories: [],
  writes: [],
  sources: false,
  reads: [],
};

export interface Surroundings {
  /** Where the script is started: a path. */
  readonly cwd: string;
  /** The environment it is started with; null: set, and its value is not known. */
  readonly environment: Readonly<Record<string, string | null | undefined>>;
  /** What `environment` does not name is not set; else it may be. */
  readonly complete?: boolean;
}

/** The path from a directory; null when the directory is not known and the path is relative. */
export function absolute(path: string, cwd: string | null): string | null {
  if (!isAbsolute(path) && cwd === null) return null;
  const whole = isAbsolute(path) ? path : `${cwd}/${path}`;
  return ODD_NAME.test(whole) ? normalize(whole) : whole;
}

/** An empty name, `.` or `..`: without one there is nothing for `normalize` to do, which costs much for its nothing. */
const ODD_NAME = /\/\.{0,2}(?:\/|$)/;

/** Commands whose words are assignments. */
const EXPORTING = new Set(['export', 'readonly', 'typeset', 'declare', 'local']);

/** A script's text read command by command. */
class Reading {
  readonly #variables = new Map<string, string | null>();
  readonly #environment: Surroundings['environment'];
  readonly #complete: boolean;
  #cwd: string | null;
  #path: string | null | undefined;
  #joinsStderr = false;
  #stdoutFile: Meaning['stdoutFile'] = null;
  #sources = false;
  #last: Started | null = null;
  readonly #started: Started[] = [];
  readonly #directories: Named[] = [];
  readonly #writes: Named[] = [];
  readonly #reads: (Named & { readonly bare: boolean })[] = [];

  constructor({ cwd, environment, complete = false }: Surroundings) {
    this.#cwd = cwd;
    this.#complete = complete;
    this.#environment = environment;
  }

  read(text: string): Meaning {
    const commands = readCommands(text);
    for (const command of commands) this.#command(command);
    if (this.#last !== null) this.#redirected(this.#last.command);
    return {
      commands,
      started: this.#started,
      last: this.#last,
      joinsStderr: this.#joinsStderr,
      stdoutFile: this.#stdoutFile,
      directories: this.#directories,
      writes: this.#writes,
      sources: this.#sources,
      reads: this.#reads,
    };
  }

  #lookup(variables: ReadonlyMap<string, string | null>): Lookup {
    return (name) => {
      const set = variables.get(name);
      const value =
        set === undefined && Object.hasOwn(this.#environment, name) ? this.#environment[name] : set;
      if (value !== undefined) return value;
      // IFS is what it always is unless the script sets it.
      return this.#complete || name === 'IFS' ? undefined : null;
    };
  }

  #command(command: SimpleCommand): void {
    const { words, line, conditional } = command;
    const first = words[0];
    const name = first === undefined ? '' : expandWord(first, this.#lookup(this.#variables));
    const exports = name !== null && EXPORTING.has(name);
    // What stands before a command holds for it alone.
    const lasting = first === undefined || exports || command.assignments.length === 0;
    const variables = lasting ? this.#variables : new Map(this.#variables);
    this.#assign(command, [...command.assignments, ...(exports ? words.slice(1) : [])], variables);
    const lookup = this.#lookup(variables);
    for (const { operator, target } of command.redirections) {
      if (target === null || !/^&?>/.test(operator) || operator === '>&') continue;
      const file = expandWord(target, lookup);
      const path = file === null ? null : absolute(file, this.#cwd);
      if (path !== null) this.#writes.push({ path, line, conditional });
    }
    if (first === undefined) return;
    if (name === '.' || name === 'source' || name === 'eval') this.#sources = true;
    if (name === '.' || name === 'source') this.#readFile(command, lookup);
    if (name === 'cd') this.#changeDirectory(command, lookup);
    else this.#start(command, name, lookup);
  }

  #assign(command: SimpleCommand, words: readonly Word[], variables: Map<string, string | null>): void {
    // What is set in only one branch is not known afterwards.
    const uncertain = command.inside.length > 0 && command.inFunction === null;
    for (const word of words) {
      const assignment = readAssignment(word);
      if (assignment === undefined) continue;
      const { name, parts, append } = assignment;
      const value = append ? null : expandAssigned(parts, this.#lookup(variables));
      if (name === 'PATH') this.#path = value;
      variables.set(name, uncertain ? null : value);
    }
  }

  #readFile({ words, line, conditional, end }: SimpleCommand, lookup: Lookup): void {
    const file = words[1] === undefined ? null : expandWord(words[1], lookup);
    const path = file === null || file === '' ? null : absolute(file, this.#cwd);
    if (file === null || path === null) return;
    this.#reads.push({ path, line, conditional: conditional || end === '||', bare: !file.includes('/') });
  }

  #changeDirectory(command: SimpleCommand, lookup: Lookup): void {
    const word = command.words.slice(1).find((each) => !/^-[LP@e]+$|^--$/.test(each.text));
    const target = word === undefined ? lookup('HOME') : expandWord(word, lookup);
    const to = target == null || target === '-' ? null : absolute(target, this.#cwd);
    const conditional = command.conditional || command.end === '||';
    if (to !== null) this.#directories.push({ path: to, line: command.line, conditional });
    this.#cwd = command.inside.length > 0 ? null : to;
  }

  #start(command: SimpleCommand, name: string | null, lookup: Lookup): void {
    const { words, line, conditional, background } = command;
    const top = command.inside.length === 0;
    const exec = name === 'exec';
    if (
      !exec &&
      (command.words[0]?.raw.startsWith('((') || (name !== null && isBuiltin(name) && name !== 'command'))
    ) {
      if (top) this.#last = null;
      return;
    }
    let fields = words.flatMap((word): { word: Word; value: string | null }[] => {
      const values = expandFields(word, lookup);
      return values === null ? [{ word, value: null }] : values.map((value) => ({ word, value }));
    });
    if (fields.length === 0) return;
    if (exec) {
      fields = fields.slice(1);
      while (/^-[acl]+$|^--$/.test(fields[0]?.value ?? ''))
        fields = fields.slice(/^-[cl]*a$/.test(fields[0]?.value ?? '') ? 2 : 1);
      if (fields.length === 0) {
        this.#redirected(command);
        return;
      }
    }
    const { at, wrappers } = unwrap(fields.map(({ value }) => value));
    const started: Started = {
      line,
      command,
      program: fields[at]?.value ?? null,
      raw: fields[at]?.word.raw ?? '',
      args: fields.slice(at + 1).map(({ value }) => value),
      wrappers,
      exec,
      background,
      conditional,
      cwd: this.#cwd,
      path: this.#path,
    };
    this.#started.push(started);
    if (command.inFunction === null && (top || exec)) this.#last = started;
  }

  /** Redirections that hold for what comes after them. */
  #redirected({ redirections, line }: SimpleCommand): void {
    const lookup = this.#lookup(this.#variables);
    for (const { operator, descriptor, target } of redirections) {
      if (/^&?>>?\|?$/.test(operator) && (descriptor === 1 || operator.startsWith('&'))) {
        const file = target === null ? null : expandWord(target, lookup);
        this.#stdoutFile = { path: file === null ? null : absolute(file, this.#cwd), line };
      }
      if (operator.startsWith('&>') || (operator === '>&' && descriptor === 2 && target?.text === '1'))
        this.#joinsStderr = true;
    }
  }
}

/** Reads a script of a Bourne-like shell. Never throws. */
export function readMeaning(text: string, surroundings: Surroundings): Meaning {
  return new Reading(surroundings).read(text);
}

/** The candidates for a program's word, in the order the shell tries them; empty when it can't be known. */
export function candidates(started: Started, environmentPath: string | null | undefined): readonly string[] {
  const { program } = started;
  if (program === null || program === '') return [];
  if (program.includes('/')) {
    const path = absolute(program, started.cwd);
    return path === null ? [] : [path];
  }
  const path = started.path === undefined ? environmentPath : started.path;
  if (path === null || path === undefined) return [];
  return path
    .split(':')
    .map((folder) => absolute(program, folder === '' ? started.cwd : folder))
    .filter((each): each is string => each !== null);
}

/** The command is svlogd. */
export function isSvlogd(started: Started): boolean {
  return started.program !== null && /(^|\/)svlogd$/.test(started.program);
}

/** The directories that an svlogd command writes to (its words after the options); null for one that is not known. */
export function svlogdDirectories(started: Started): readonly (string | null)[] {
  if (!isSvlogd(started)) return [];
  const directories: (string | null)[] = [];
  let options = true;
  for (let at = 0; at < started.args.length; at += 1) {
    const word = started.args[at] as string | null;
    if (options && word?.startsWith('-') && word !== '-') {
      if (word === '--') options = false;
      // -r C, -R XYZ, -l LEN, -b LEN: the value follows when the letter is the last of its word.
      else if (/^-[tv]*[rRlb]$/.test(word)) at += 1;
      continue;
    }
    options = false;
    directories.push(word === null ? null : absolute(word, started.cwd));
  }
  return directories;
}
