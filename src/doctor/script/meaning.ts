/**
 * What a run script does, as far as reading tells: the directory it stands in, the variables it sets, the programs it
 * starts and the one it becomes. Made once for a script; used by collect (which paths to look at) and by checks. Pure.
 */
import { isAbsolute, join, normalize } from 'node:path';
import type { ScriptFact } from '../snapshot.ts';
import { type SimpleCommand as Command, readCommands } from './commands.ts';
import { isShell, readShebang, type Shebang, shellName } from './shebang.ts';
import type { Word } from './tokens.ts';

export type Variables = ReadonlyMap<string, string | null>;

/** A longer value is not followed (`A=$A$A` over and over), characters. */
const LONGEST_VALUE = 64 * 1024;

/** The word's value when it can be known: `~`, `$NAME` and `${NAME}` of known variables; null otherwise. */
export function expand(word: Word, variables: Variables): string | null {
  if (word.literal) return word.text;
  let text = word.text;
  if (/^~(\/|$)/.test(word.raw)) {
    const home = variables.get('HOME');
    if (home === undefined || home === null) return null;
    text = home + text.slice(1);
  } else if (word.raw.startsWith('~')) return null;
  // A dollar or a star in single quotes beside an expansion: only a shell would tell them apart.
  let unknown = /[`*?[]/.test(text) || /'[^']*\$[^']*'/.test(word.raw);
  let room = LONGEST_VALUE;
  const value = text.replace(/\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*)|(.?))/g, (_all, braced, bare, other) => {
    const name = braced ?? bare;
    const known = name === undefined ? undefined : variables.get(name);
    if (known === undefined || known === null) {
      unknown = true;
      return other ?? '';
    }
    room -= known.length;
    if (room >= 0) return known;
    unknown = true;
    return '';
  });
  return unknown ? null : value;
}

/** A program that the script starts, wrappers such as chpst and env taken away. */
export interface Started {
  readonly line: number;
  readonly command: Command;
  /** The program's word; null when only the shell would know it. */
  readonly program: string | null;
  /** The word as written. */
  readonly raw: string;
  readonly args: readonly (string | null)[];
  /** Wrappers before it, outermost first: `chpst -u x -e env`. */
  readonly wrappers: readonly { readonly program: string; readonly args: readonly (string | null)[] }[];
  readonly exec: boolean;
  readonly background: boolean;
  /** It runs only when something else says so: in `if`, a loop, `case`, or behind `&&` and `||`. */
  readonly conditional: boolean;
  /** Working directory at that line; null when unknown. */
  readonly cwd: string | null;
  /** PATH at that line when the script sets it; undefined when it leaves it; null when only a shell would know. */
  readonly path: string | null | undefined;
  readonly variables: Variables;
}

export interface Meaning {
  readonly shebang: Shebang;
  /** The shell's name; empty when it is no shell script (then there is nothing more). */
  readonly shell: string;
  readonly commands: readonly Command[];
  readonly started: readonly Started[];
  /** What the script becomes or waits for in the end: its last command at the outermost level. */
  readonly last: Started | null;
  /** stderr of what follows goes where stdout goes: `exec 2>&1`, or on the last command. */
  readonly joinsStderr: boolean;
  /** stdout is sent to a file by `exec >file`, or on the last command. */
  readonly stdoutFile: { readonly path: string | null; readonly line: number } | null;
  /** Where it goes with `cd`, and files that it (or what it starts) writes to by redirection. */
  readonly directories: readonly {
    readonly path: string;
    readonly line: number;
    readonly conditional: boolean;
  }[];
  readonly writes: readonly { readonly path: string; readonly line: number; readonly conditional: boolean }[];
  /** It reads other files (`. FILE`, `source`, eval): variables and functions may come from there. */
  readonly sources: boolean;
}

/** Options that take the next word, by wrapper. `-` letters joined with their value (`-ufoo`) are seen, too. */
const WRAPPERS: Readonly<Record<string, { readonly values: string; readonly skip?: number }>> = {
  chpst: { values: 'uUb/enlLmdopfctC' },
  env: { values: 'uCS' },
  nice: { values: 'n' },
  ionice: { values: 'cnp' },
  stdbuf: { values: 'ioe' },
  nohup: { values: '' },
  setsid: { values: '' },
  time: { values: '' },
  command: { values: '' },
  chrt: { values: 'TPD', skip: 1 },
  taskset: { values: '', skip: 1 },
  timeout: { values: 'ks', skip: 1 },
  flock: { values: 'wE', skip: 1 },
  softlimit: { values: 'adfcsmrolptqn' },
  setlock: { values: '', skip: 1 },
  envdir: { values: '', skip: 1 },
  setuidgid: { values: '', skip: 1 },
  'dbus-run-session': { values: '' },
  fghack: { values: '' },
  pgrphack: { values: '' },
  setpriv: { values: '' },
};

const BUILTINS = new Set(
  (
    'cd : . [ [[ test echo printf read export set unset shift trap wait exit return break continue eval exec true ' +
    'false umask ulimit local typeset declare readonly alias unalias kill pwd command type hash getopts source let ' +
    'times fg bg jobs print whence integer shopt disown builtin function (('
  ) // words of bash and ksh, too
    .split(' '),
);

export function isBuiltin(word: string): boolean {
  return BUILTINS.has(word);
}

function unwrap(
  words: readonly Word[],
  variables: Variables,
): Pick<Started, 'program' | 'raw' | 'args' | 'wrappers'> {
  const values = words.map((word) => expand(word, variables));
  const wrappers: { program: string; args: (string | null)[] }[] = [];
  let at = 0;
  for (;;) {
    const word = values[at];
    const name = typeof word === 'string' ? (word.split('/').pop() ?? '') : '';
    const wrapper = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
    if (wrapper === undefined) break;
    const start = at + 1;
    let next = start;
    while (next < values.length) {
      const each = values[next];
      if (typeof each !== 'string') {
        if (name === 'env' && /^[A-Za-z_]\w*=/.test(words[next]?.text ?? '')) {
          next += 1;
          continue;
        }
        break;
      }
      if (each === '--') {
        next += 1;
        break;
      }
      if (name === 'env' && /^[A-Za-z_]\w*=/.test(each)) {
        next += 1;
        continue;
      }
      if (!each.startsWith('-') || each === '-') break;
      next += 1;
      const letter = each[each.length - 1] as string;
      if (!each.startsWith('--') && each.length === 2 && wrapper.values.includes(letter)) next += 1;
    }
    next += wrapper.skip ?? 0;
    if (next >= values.length) break;
    wrappers.push({ program: word as string, args: values.slice(start, next) });
    at = next;
  }
  return {
    program: values[at] ?? null,
    raw: words[at]?.raw ?? '',
    args: values.slice(at + 1),
    wrappers,
  };
}

const cache = new WeakMap<ScriptFact, Map<string, Meaning>>();

/**
 * Reads a script that is started in `cwd` (the service's directory; `DIR/log` for log/run).
 * `environment`: what is known of the environment it gets (HOME, USER ...).
 */
export function readMeaning(
  script: ScriptFact,
  cwd: string,
  environment: Readonly<Record<string, string | null | undefined>>,
): Meaning {
  const key = `${cwd}\0${environment.HOME ?? ''}`;
  const known = cache.get(script)?.get(key);
  if (known !== undefined) return known;
  const meaning = read(script, cwd, environment);
  const byKey = cache.get(script) ?? new Map<string, Meaning>();
  byKey.set(key, meaning);
  cache.set(script, byKey);
  return meaning;
}

function read(
  script: ScriptFact,
  start: string,
  environment: Readonly<Record<string, string | null | undefined>>,
): Meaning {
  const shebang = readShebang(script);
  const shell = shebang.kind === 'script' ? shellName(shebang) : '';
  const empty: Meaning = {
    shebang,
    shell,
    commands: [],
    started: [],
    last: null,
    joinsStderr: false,
    stdoutFile: null,
    directories: [],
    writes: [],
    sources: false,
  };
  if (!isShell(shell)) return empty;
  const commands = readCommands(script.text.replace(/\r\n/g, '\n'));
  const variables = new Map<string, string | null>();
  for (const name of ['HOME', 'USER', 'LOGNAME', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_STATE_HOME']) {
    const value = environment[name];
    if (typeof value === 'string') variables.set(name, value);
  }
  let cwd: string | null = start;
  let path: string | null | undefined;
  let joinsStderr = false;
  let stdoutFile: Meaning['stdoutFile'] = null;
  let sources = false;
  const started: Started[] = [];
  let last: Started | null = null;
  const directories: { path: string; line: number; conditional: boolean }[] = [];
  const writes: { path: string; line: number; conditional: boolean }[] = [];
  let before: Command | undefined;

  const redirected = (command: Command): void => {
    for (const redirect of command.redirections) {
      if (
        /^&?>>?\|?$/.test(redirect.operator) &&
        (redirect.descriptor === 1 || redirect.operator.startsWith('&'))
      ) {
        const target = redirect.target === null ? null : expand(redirect.target, variables);
        stdoutFile = { path: target === null ? null : absolute(target, cwd), line: command.line };
      }
      if (redirect.operator.startsWith('&>')) joinsStderr = true;
      if (redirect.operator === '>&' && redirect.descriptor === 2 && redirect.target?.text === '1')
        joinsStderr = true;
    }
  };

  for (const command of commands) {
    const first = command.words[0];
    const name = first === undefined ? '' : expand(first, variables);
    const sets = first === undefined || name === 'export' || name === 'readonly' || name === 'typeset';
    const given = [...command.assignments, ...(name === 'export' ? command.words.slice(1) : [])].flatMap(
      (word) => {
        const match = /^([A-Za-z_]\w*)=/.exec(word.text);
        if (match === null) return [];
        const value: Word = {
          ...word,
          text: word.text.slice(match[0].length),
          raw: word.raw.slice(match[0].length),
        };
        return [{ name: match[1] as string, value }];
      },
    );
    const local = sets ? variables : new Map(variables);
    for (const { name: variable, value } of given) {
      // What is set in only one branch is not known afterwards.
      const known =
        command.inside.length > 0 && command.inFunction === null ? null : expand(value, variables);
      local.set(variable, known);
      if (variable === 'PATH') {
        const text = value.text.replace(/\$\{?PATH\}?/, environment.PATH ?? '');
        path = /[$`]/.test(text) && known === null ? null : text;
      }
    }
    const conditional =
      command.inside.some((kind) => kind !== '{' && kind !== '(') ||
      command.inFunction !== null ||
      before?.end === '&&' ||
      before?.end === '||';
    before = command;
    for (const redirect of command.redirections) {
      if (!/^&?>/.test(redirect.operator) || redirect.operator === '>&') continue;
      const target = redirect.target === null ? null : expand(redirect.target, local);
      const path = target === null ? null : absolute(target, cwd);
      if (path !== null) writes.push({ path, line: command.line, conditional });
    }
    if (first === undefined) continue;
    if (name === '.' || name === 'source' || name === 'eval') sources = true;
    if (name === 'cd') {
      const word = command.words.slice(1).find((each) => !/^-[LP@e]+$|^--$/.test(each.text));
      const target: string | null =
        word === undefined ? (variables.get('HOME') ?? null) : expand(word, variables);
      const to = target === null || target === '-' ? null : absolute(target, cwd);
      if (to !== null)
        directories.push({ path: to, line: command.line, conditional: conditional || command.end === '||' });
      cwd = target === null || target === '-' || command.inside.length > 0 ? null : absolute(target, cwd);
      continue;
    }
    const exec = name === 'exec';
    let words = command.words;
    if (exec) {
      words = command.words.slice(1);
      while (/^-[acl]+$|^--$/.test(words[0]?.text ?? ''))
        words = words.slice(words[0]?.text === '-a' ? 2 : 1);
      if (words.length === 0) {
        redirected(command);
        continue;
      }
    } else if (name !== null && isBuiltin(name) && name !== 'command') {
      last = command.inside.length === 0 ? null : last;
      continue;
    }
    const one: Started = {
      line: command.line,
      command,
      ...unwrap(words, local),
      exec,
      background: command.end === '&',
      conditional,
      cwd,
      path,
      variables: new Map(local),
    };
    started.push(one);
    if (command.inFunction === null && (command.inside.length === 0 || exec)) last = one;
  }
  if (last !== null) redirected((last as Started).command);
  return { ...empty, commands, started, last, joinsStderr, stdoutFile, directories, writes, sources };
}

/** The path from a directory; null when the directory is not known and the path is relative. */
export function absolute(path: string, cwd: string | null): string | null {
  if (isAbsolute(path)) return normalize(path);
  return cwd === null ? null : join(cwd, path);
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

/** The directories that an svlogd command writes to (its words after the options). Relative ones count from `log`. */
export function svlogdDirectories(started: Started): readonly (string | null)[] {
  if (started.program === null || !/(^|\/)svlogd$/.test(started.program)) return [];
  const directories: (string | null)[] = [];
  for (let at = 0; at < started.args.length; at += 1) {
    const word = started.args[at] as string | null;
    if (word?.startsWith('-') && word !== '-' && directories.length === 0) {
      if (word === '--') continue;
      // -r C, -R XYZ, -l LEN, -b LEN: the value follows when the letter is the last of its word.
      if (/^-[tv]*[rRlb]$/.test(word)) at += 1;
      continue;
    }
    directories.push(word === null ? null : absolute(word, started.cwd));
  }
  return directories;
}
