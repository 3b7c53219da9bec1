/** Reads every script of a service, and looks at each path that it names: interpreters, programs, directories. */
import { basename, dirname, join } from 'node:path';
import { readCommands } from '../../shell/commands.ts';
import { candidates, type Started, svlogdDirectories } from '../../shell/meaning.ts';
import type { Wrapped } from '../../shell/programs.ts';
import { envInterpreter, readShebang } from '../../shell/shebang.ts';
import { readScript } from '../../shell/syntax.ts';
import { type Meaning, readMeaning } from '../meaning.ts';
import { pathsOf } from '../named-paths.ts';
import { pathAtHome, pathsWithBlanks } from '../program-word.ts';
import type { LogFact, ScriptFact, ServiceFact } from '../snapshot.ts';
import type { Looker } from './looker.ts';

export interface Surroundings {
  /** What is known of the environment of services: runsvdir's, or the caller's when there is none. */
  readonly environment: Readonly<Record<string, string | null | undefined>>;
  readonly looker: Looker;
}

/** Scripts that are started by other programs are read so deep: run → daemon script → what it execs. */
const DEPTH = 2;
/** A program above this size is no script that is worth reading, bytes. */
const DAEMON_LIMIT = 256 * 1024;
const TAIL = -4096;
const CONFIG_LIMIT = 16 * 1024;
const ENV_LIMIT = 4096;
/** So many paths that a script's commands name are looked at from below; a script with more is no script. */
const MOST_PATHS = 300;

/** Looks at a script's interpreter. */
export function lookAtInterpreter(script: ScriptFact, { looker, environment }: Surroundings): void {
  const shebang = readShebang(script);
  if (shebang.kind !== 'script' || shebang.interpreter === '') return;
  looker.look(shebang.interpreter);
  if (shebang.crlf) looker.look(shebang.interpreter.replace(/\r$/, ''));
  const env = envInterpreter(shebang);
  if (env === null || env.name === '') return;
  for (const folder of (environment.PATH ?? '').split(':')) {
    if (folder.startsWith('/') && looker.look(join(folder, env.name)).can.execute === 'ok') break;
  }
}

/** Looks at paths, and where one is not there, at the directories on the way to it: where does it end? */
class Ways {
  readonly #looker: Looker;
  #left = MOST_PATHS;

  constructor(looker: Looker) {
    this.#looker = looker;
  }

  look(path: string): void {
    if (this.#left <= 0) return;
    this.#left -= 1;
    if (this.#looker.look(path).to !== null) return;
    // From the top: a long way that breaks at its beginning costs no more than a short one.
    for (let end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1)) {
      if (this.#looker.look(path.slice(0, end)).to === null) return;
    }
  }
}

function lookAtProgram(started: Started, around: Surroundings, ways: Ways, depth: number): void {
  const { looker, environment } = around;
  // A relative word that was meant to count from the home folder.
  if (started.program !== null && !started.program.startsWith('/') && typeof environment.HOME === 'string') {
    looker.look(join(environment.HOME, started.program));
  }
  for (const path of pathsOf(started)) ways.look(path);
  for (const path of candidates(started, environment.PATH)) {
    const fact = looker.look(path);
    if (fact.to === null) {
      if (started.program?.includes('/')) ways.look(path);
      for (const whole of pathsWithBlanks(started)) looker.look(whole);
      const moved = pathAtHome(started.program, environment.HOME ?? '');
      if (moved !== undefined) looker.look(moved);
      continue;
    }
    if (fact.to.kind === 'file' && depth > 0) {
      const script = looker.script(path);
      if (script !== null && !script.binary && script.size < DAEMON_LIMIT) {
        readFurther(script, started.cwd ?? dirname(path), around, depth - 1);
      }
    }
    if (fact.can.execute === 'ok') return;
  }
}

function readFurther(script: ScriptFact, cwd: string, around: Surroundings, depth: number): Meaning {
  lookAtInterpreter(script, around);
  const meaning = readMeaning(script, cwd, around.environment);
  const { looker } = around;
  const ways = new Ways(looker);
  for (const started of meaning.started) {
    if (started.cwd !== null && started.cwd !== cwd) looker.look(started.cwd);
    lookAtProgram(started, around, ways, started === meaning.last ? depth : 0);
    for (const wrapper of started.wrappers) {
      for (const file of lockFiles(wrapper, started.cwd)) looker.lock(file);
      if (!wrapper.program.endsWith('chpst') && !wrapper.program.endsWith('envdir')) continue;
      for (const directory of envDirectories(wrapper.args, started.cwd)) {
        looker.look(directory);
        const names = looker.paths[directory]?.to?.kind === 'directory' ? looker.list(directory, 100) : null;
        if (names !== null && !('error' in names))
          for (const name of names.names) noteOddities(join(directory, name), looker);
      }
    }
  }
  for (const { path } of meaning.directories) looker.look(path);
  for (const { path } of meaning.reads) noteEnds(path, looker);
  for (const { path } of meaning.writes) {
    looker.look(path);
    looker.look(dirname(path));
  }
  if (meaning.stdoutFile?.path != null) {
    looker.look(meaning.stdoutFile.path);
    looker.look(dirname(meaning.stdoutFile.path));
  }
  return meaning;
}

/** What a variable's file should not have; its value itself may be a secret, and is not kept. */
function noteOddities(path: string, looker: Looker): void {
  if (looker.look(path).can.read !== 'ok') return;
  const bytes = looker.bytes(path, ENV_LIMIT)?.bytes;
  if (bytes === undefined) return;
  const end = bytes.indexOf(10);
  const first = end < 0 ? bytes : bytes.subarray(0, end);
  const odd: string[] = [];
  if (first.at(-1) === 13) odd.push('a carriage return at its end (DOS line ends)');
  if (first.includes(0)) odd.push('a NUL byte, which becomes a new line');
  if (odd.length > 0) looker.oddities[path] = odd;
}

/** Where a file that a script reads with `.` ends its shell. What else stands in it may be secret, and is not kept. */
function noteEnds(path: string, looker: Looker): void {
  if (looker.look(path).can.read !== 'ok') return;
  const text = looker.bytes(path, DAEMON_LIMIT)?.bytes.toString('utf8');
  if (text === undefined) return;
  const odd = readCommands(text).flatMap(({ words, line, inFunction, inside }) => {
    if (inFunction !== null || inside.includes('(')) return [];
    const [name, program] = words.map((word) => word.text);
    if (name === 'exit') return [`line ${line} of it: exit`];
    return name === 'exec' && program !== undefined ? [`line ${line} of it: exec ${basename(program)}`] : [];
  });
  const { problem } = readScript(text);
  if (problem !== null) odd.push(`its grammar is broken at line ${problem.line}`);
  if (/\r\n/.test(text)) odd.push('its lines end in carriage returns (DOS line ends)');
  if (odd.length > 0) looker.oddities[path] = odd.slice(0, 3);
}

/** The directories of chpst's `-e`. */
export function envDirectories(args: readonly (string | null)[], cwd: string | null): string[] {
  const found: string[] = [];
  args.forEach((word, at) => {
    if (word === null) return;
    const value = /^-[vVP012]*e$/.test(word) ? args[at + 1] : /^-e(.+)$/.exec(word)?.[1];
    if (typeof value !== 'string') return;
    if (value.startsWith('/')) found.push(value);
    else if (cwd !== null) found.push(join(cwd, value));
  });
  return found;
}

/** The lock files of chpst's `-l` and `-L`, of flock and of setlock. */
export function lockFiles({ program, args }: Wrapped, cwd: string | null): string[] {
  const at = (file: string | null | undefined): string[] =>
    typeof file !== 'string' ? [] : file.startsWith('/') ? [file] : cwd === null ? [] : [join(cwd, file)];
  if (/(^|\/)(flock|setlock)$/.test(program)) return at(args.at(-1));
  if (!/(^|\/)chpst$/.test(program)) return [];
  return args.flatMap((word, index) => {
    if (word === null || !/^-[vVP012]*[lL]/.test(word)) return [];
    return at(/^-[vVP012]*[lL](.+)$/.exec(word)?.[1] ?? args[index + 1]);
  });
}

/** Pid and lock files that a daemon's last words name. */
const PID_FILE = /(\/[^\s:'"`,;()]+(?:\.pid|\.lock|-lock|\/pid))\b/g;

/** Looks at pid files, and whether the process in each is there. */
export function lookAtPidFiles(words: string, { looker }: Surroundings): void {
  for (const match of words.matchAll(PID_FILE)) {
    const text = looker.text(match[1] as string, 32);
    const pid = /^\s*(\d{1,10})\s*$/.exec(text ?? '')?.[1];
    if (pid !== undefined) looker.look(`/proc/${pid}`);
  }
}

/** The program of svlogd's `!` line: its first word, on the PATH where it has no folder. */
function lookAtProcessor(config: string | null, { looker, environment }: Surroundings): void {
  const word = /^!\s*([^\s;|&<>()$`"'\\=]+)(?=\s|$)/m.exec(config ?? '')?.[1];
  if (word === undefined) return;
  if (word.startsWith('/')) looker.look(word);
  else if (!word.includes('/')) {
    for (const folder of (environment.PATH ?? '').split(':'))
      if (folder.startsWith('/')) looker.look(join(folder, word));
  }
}

export function collectScripts(service: ServiceFact, around: Surroundings): LogFact[] {
  const { looker } = around;
  const { dir } = service;
  for (const name of ['run', 'finish', 'check']) {
    const script = looker.script(join(dir, name));
    if (script !== null) readFurther(script, dir, around, name === 'run' ? DEPTH : 0);
  }
  for (const name of looker.listed(join(dir, 'control'))) {
    const script = looker.script(join(dir, 'control', name));
    if (script !== null) readFurther(script, dir, around, 0);
  }
  if (service.log === null) return [];
  const logDir = looker.look(join(dir, 'log')).real ?? join(dir, 'log');
  const script = looker.script(join(dir, 'log/run'));
  if (script === null) return [];
  const meaning = readFurther(script, logDir, around, 0);
  return meaning.started.flatMap(svlogdDirectories).flatMap((path) => {
    if (path === null) return [];
    const fact = looker.look(path);
    for (const name of ['current', 'lock', 'config']) looker.look(join(path, name));
    // The nearest directory that is there: where a missing one could be made.
    for (let above = dirname(path); ; above = dirname(above)) {
      if (looker.look(above).to !== null || above === '/') break;
    }
    const config = looker.bytes(join(path, 'config'), CONFIG_LIMIT)?.bytes.toString('utf8') ?? null;
    lookAtProcessor(config, around);
    const names = fact.to?.kind === 'directory' ? looker.list(path, 2000) : { error: 'ENOENT' };
    return [
      {
        service: dir,
        path,
        names: 'error' in names ? [] : names.names,
        count: 'error' in names ? 0 : names.count,
        config,
        tail: looker.bytes(join(path, 'current'), TAIL)?.bytes.toString('utf8') ?? '',
      },
    ];
  });
}

/** The log directories of a service that was not asked for: one that was may want the same. Nothing in them is read. */
export function collectOtherLogs(dir: string, { looker, environment }: Surroundings): LogFact[] {
  const script = looker.script(join(dir, 'log/run'));
  if (script === null || script.binary) return [];
  const logDir = looker.look(join(dir, 'log')).real ?? join(dir, 'log');
  return readMeaning(script, logDir, environment)
    .started.flatMap(svlogdDirectories)
    .flatMap((path) => {
      if (path === null) return [];
      looker.look(path);
      return [{ service: dir, path, names: [], count: 0, config: null, tail: '' }];
    });
}
