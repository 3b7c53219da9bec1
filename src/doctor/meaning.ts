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

interface Known {
  readonly values: Readonly<Record<string, string>>;
  /** The values in one word: the environment that collect has and that which checks see are two of the same. */
  readonly key: string;
}

const knowns = new WeakMap<Environment, Known>();

function knownOf(environment: Environment): Known {
  const found = knowns.get(environment);
  if (found !== undefined) return found;
  const values: Record<string, string> = {};
  for (const name of KNOWN) {
    const value = environment[name];
    if (typeof value === 'string') values[name] = value;
  }
  const known = { values, key: JSON.stringify(values) };
  knowns.set(environment, known);
  return known;
}

/** By script, then by the directory and the environment. */
const cache = new WeakMap<ScriptFact, Map<string, Meaning>>();

function read(script: ScriptFact, cwd: string, environment: Known['values']): Meaning {
  const shebang = readShebang(script);
  const shell = shebang.kind === 'script' ? shellName(shebang) : '';
  if (!isShell(shell)) return { ...NO_MEANING, shebang, shell };
  return { ...readCommands(script.text, { cwd, environment }), shebang, shell };
}

/**
 * Reads a script that is started in `cwd` (the service's directory; `DIR/log` for log/run).
 * `environment`: what is known of the environment it gets (HOME, USER ...).
 */
export function readMeaning(script: ScriptFact, cwd: string, environment: Environment): Meaning {
  const { values, key } = knownOf(environment);
  const readings = cache.get(script) ?? new Map<string, Meaning>();
  cache.set(script, readings);
  const place = `${cwd}\0${key}`;
  const known = readings.get(place);
  if (known !== undefined) return known;
  const meaning = read(script, cwd, values);
  readings.set(place, meaning);
  return meaning;
}
