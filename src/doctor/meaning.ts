/** A script's first line and what its commands mean, read once for a script; used by collect and by checks. Pure. */
import { NO_MEANING, readMeaning as readCommands, type Meaning as ShellMeaning } from '../shell/meaning.ts';
import { isShell, readShebang, type Shebang, shellName } from '../shell/shebang.ts';
import type { ScriptFact } from './snapshot.ts';

export interface Meaning extends ShellMeaning {
  readonly shebang: Shebang;
  /** The shell's name; of any other script nothing but its first line is read. */
  readonly shell: string;
}

/** The variables whose values may be put in: what each session sets alike. */
const KNOWN = ['HOME', 'USER', 'LOGNAME', 'PATH', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_STATE_HOME'];

type Environment = Readonly<Record<string, string | null | undefined>>;

const cache = new WeakMap<ScriptFact, WeakMap<Environment, Map<string, Meaning>>>();

function read(script: ScriptFact, cwd: string, environment: Environment): Meaning {
  const shebang = readShebang(script);
  const shell = shebang.kind === 'script' ? shellName(shebang) : '';
  if (!isShell(shell)) return { ...NO_MEANING, shebang, shell };
  const known = Object.fromEntries(
    KNOWN.flatMap((name) => (typeof environment[name] === 'string' ? [[name, environment[name]]] : [])),
  );
  return { ...readCommands(script.text, { cwd, environment: known }), shebang, shell };
}

/**
 * Reads a script that is started in `cwd` (the service's directory; `DIR/log` for log/run).
 * `environment`: what is known of the environment it gets (HOME, USER ...).
 */
export function readMeaning(script: ScriptFact, cwd: string, environment: Environment): Meaning {
  const byEnvironment = cache.get(script) ?? new WeakMap<Environment, Map<string, Meaning>>();
  cache.set(script, byEnvironment);
  const byFolder = byEnvironment.get(environment) ?? new Map<string, Meaning>();
  byEnvironment.set(environment, byFolder);
  const known = byFolder.get(cwd);
  if (known !== undefined) return known;
  const meaning = read(script, cwd, environment);
  byFolder.set(cwd, meaning);
  return meaning;
}
