/**
 * chpst's command line, by each of its names, as a list of steps in the order in which C does them, then a program to
 * execute (chpst(8); daemontools' manual for the other names). Words are strings with one character a byte.
 */
import { type Option, optionProblemLine, parseOptions, scanUnsignedLong } from './getopt.ts';

/** The resources that chpst limits, with Linux's numbers, in the order in which it sets them. */
export const RESOURCES = {
  data: 2,
  stack: 3,
  lockedMemory: 8,
  addressSpace: 9,
  openFiles: 7,
  processes: 6,
  fileSize: 1,
  core: 4,
  residentSet: 5,
  cpuSeconds: 0,
} as const;
export type Resource = keyof typeof RESOURCES;

export type ChpstStep =
  /** A session of its own; a failure is no matter. */
  | { readonly step: 'session' }
  /** Variables from the files of a directory. A folder in it is passed over (`-e`) or fatal (envdir). */
  | { readonly step: 'envdir'; readonly directory: string; readonly skipsFolders: boolean }
  | { readonly step: 'root'; readonly directory: string }
  | { readonly step: 'nice'; readonly increment: number }
  /** $GID and $UID of an account. `groups`: the account may be `[:]user[:group]...`. */
  | { readonly step: 'envuidgid'; readonly account: string; readonly groups: boolean }
  | { readonly step: 'setuidgid'; readonly account: string; readonly groups: boolean }
  /** `quiet`: without the lock it ends with 0 and no word. */
  | { readonly step: 'lock'; readonly file: string; readonly waits: boolean; readonly quiet: boolean }
  | { readonly step: 'close'; readonly descriptor: 0 | 1 | 2 }
  /** Soft limits, as C's long: negative ones stand for the hard limit. */
  | { readonly step: 'limits'; readonly limits: readonly (readonly [resource: Resource, value: bigint])[] };

export interface ChpstPlan {
  readonly steps: readonly ChpstStep[];
  /** The program, as it is looked for. */
  readonly file: string;
  readonly argv: readonly string[];
  readonly verbose: boolean;
  /** Says nothing and ends with 0 when the program cannot be executed (setlock -x). */
  readonly quiet: boolean;
}

/** What is written to stderr before it ends with 100. */
export interface ChpstUsage {
  readonly usage: string;
}

/** What C's `chpst -V` prints on Debian 12. */
const VERSION = '$Id: f279d44141c981dd7535a12260efcf1ef7beed26 $\n';

const USAGES: Readonly<Record<string, string>> = {
  chpst:
    '[-vVP012] [-u user[:group]] [-U user[:group]] [-b argv0] [-e dir] [-/ root] [-n nice] [-l|-L lock] [-m n] [-d n] [-o n] [-p n] [-f n] [-c n] [-t n] prog',
  setuidgid: 'account child',
  envuidgid: 'account child',
  envdir: 'dir child',
  pgrphack: 'child',
  setlock: '[ -nNxX ] file program [ arg ... ]',
  softlimit:
    '[-a allbytes] [-c corebytes] [-d databytes] [-f filebytes] [-l lockbytes] [-m membytes] [-o openfiles] [-p processes] [-r residentbytes] [-s stackbytes] [-t cpusecs] child',
};

class Usage extends Error {
  readonly text: string;
  constructor(text: string) {
    super(text);
    this.text = text;
  }
}

/** One command line being read. */
interface Reading {
  /** By which problems with options are told: the last part of argv[0]. */
  readonly optionName: string;
  /** The same without a leading `d`, as daemontools' programs are named in some systems. */
  readonly name: string;
  readonly args: readonly string[];
}

/** The plan of a command line; `calledAs` is argv[0]. */
export function parseChpst(calledAs: string, args: readonly string[]): ChpstPlan | ChpstUsage {
  const optionName = calledAs.slice(calledAs.lastIndexOf('/') + 1);
  const reading = { optionName, name: optionName.startsWith('d') ? optionName.slice(1) : optionName, args };
  try {
    return (PROGRAMS[reading.name] ?? chpst)(reading);
  } catch (error) {
    if (error instanceof Usage) return { usage: error.text };
    throw error;
  }
}

const PROGRAMS: Readonly<Record<string, (reading: Reading) => ChpstPlan>> = {
  // No prototype, so that a link named "constructor" is chpst.
  __proto__: null as never,
  setuidgid: (reading) => {
    const [account, command] = wordAndCommand(reading);
    return plan([{ step: 'setuidgid', account, groups: false }], command);
  },
  envuidgid: (reading) => {
    const [account, command] = wordAndCommand(reading);
    return plan([{ step: 'envuidgid', account, groups: false }], command);
  },
  envdir: (reading) => {
    const [directory, command] = wordAndCommand(reading);
    return plan([{ step: 'envdir', directory, skipsFolders: false }], command);
  },
  pgrphack: (reading) => {
    if (reading.args.length === 0) throw usage(reading, 'pgrphack');
    return plan([{ step: 'session' }], reading.args);
  },
  setlock,
  softlimit,
};

function usage({ name }: Reading, program: string, before = ''): Usage {
  return new Usage(`${before}usage: ${name} ${USAGES[program]}\n\n`);
}

function plan(steps: readonly ChpstStep[], command: readonly string[]): ChpstPlan {
  return { steps, file: command[0] as string, argv: command, verbose: false, quiet: false };
}

/** The arguments of a program without options: one word, and a command. */
function wordAndCommand(reading: Reading): [string, readonly string[]] {
  const [word, ...command] = reading.args;
  if (word === undefined || command.length === 0) throw usage(reading, reading.name);
  return [word, command];
}

/** The options that are none of its problems: a problem ends it with the usage. */
function read(reading: Reading, program: string, spec: string) {
  const { options, rest } = parseOptions(reading.args, spec);
  return {
    rest,
    *options(): Generator<Exclude<Option, { problem: unknown }>> {
      for (const option of options) {
        if ('problem' in option) {
          throw usage(reading, program, optionProblemLine(reading.optionName, option));
        }
        yield option;
      }
    },
  };
}

/** A number as C's long, with nothing after its digits; no digits are 0. */
function long(reading: Reading, text: string): bigint {
  const { value, length } = scanUnsignedLong(text);
  if (length !== text.length) throw usage(reading, 'chpst');
  return BigInt.asIntN(64, value);
}

const MEMORY = ['data', 'stack', 'lockedMemory', 'addressSpace'] as const;

/** The limits that were asked for. Values below -1 are numbers from 2^63 up, which C takes for "not asked for". */
function limitsStep(limits: ReadonlyMap<Resource, bigint>): ChpstStep {
  return {
    step: 'limits',
    limits: (Object.keys(RESOURCES) as Resource[]).flatMap((resource) => {
      const value = limits.get(resource);
      return value === undefined || value < -1n ? [] : [[resource, value] as const];
    }),
  };
}

const CHPST_LIMITS: Readonly<Record<string, readonly Resource[]>> = {
  m: MEMORY,
  d: ['data'],
  o: ['openFiles'],
  p: ['processes'],
  f: ['fileSize'],
  c: ['core'],
  r: ['residentSet'],
  t: ['cpuSeconds'],
};

function chpst(reading: Reading): ChpstPlan {
  const { options, rest } = read(reading, 'chpst', 'u:U:b:e:m:d:o:p:f:c:r:t:/:n:l:L:vP012V');
  const limits = new Map<Resource, bigint>();
  const given = new Map<string, string>();
  let nice = 0n;
  for (const { letter, argument } of options()) {
    const resources = CHPST_LIMITS[letter];
    if (resources !== undefined) {
      const value = long(reading, argument);
      for (const resource of resources) limits.set(resource, value);
    } else if (letter === 'n') {
      const digits = /^[-+]/.test(argument) ? argument.slice(1) : argument;
      nice = long(reading, digits);
      if (argument.startsWith('-')) nice = -nice;
    } else if (letter === 'V') {
      throw usage(reading, 'chpst', VERSION);
    } else if ((letter === 'l' || letter === 'L') && (given.has('l') || given.has('L'))) {
      throw usage(reading, 'chpst');
    } else given.set(letter, argument);
  }
  if (rest.length === 0) throw usage(reading, 'chpst');

  const steps: ChpstStep[] = [];
  const on = (letter: string, make: (argument: string) => ChpstStep): void => {
    const argument = given.get(letter);
    if (argument !== undefined) steps.push(make(argument));
  };
  on('P', () => ({ step: 'session' }));
  on('e', (directory) => ({ step: 'envdir', directory, skipsFolders: true }));
  on('/', (directory) => ({ step: 'root', directory }));
  if (nice !== 0n) steps.push({ step: 'nice', increment: Number(BigInt.asIntN(32, nice)) });
  on('U', (account) => ({ step: 'envuidgid', account, groups: true }));
  on('u', (account) => ({ step: 'setuidgid', account, groups: true }));
  on('l', (file) => ({ step: 'lock', file, waits: true, quiet: false }));
  on('L', (file) => ({ step: 'lock', file, waits: false, quiet: false }));
  on('0', () => ({ step: 'close', descriptor: 0 }));
  on('1', () => ({ step: 'close', descriptor: 1 }));
  on('2', () => ({ step: 'close', descriptor: 2 }));
  steps.push(limitsStep(limits));
  const [file, ...args] = rest as [string, ...string[]];
  return { steps, file, argv: [given.get('b') ?? file, ...args], verbose: given.has('v'), quiet: false };
}

/** Without -n it does not wait, and with it, it does: the other way round than in daemontools, as in runit 2.1.2. */
function setlock(reading: Reading): ChpstPlan {
  const { options, rest } = read(reading, 'setlock', 'nNxX');
  let waits = false;
  let quiet = false;
  for (const { letter } of options()) {
    if (letter === 'n' || letter === 'N') waits = letter === 'n';
    else quiet = letter === 'x';
  }
  const [file, ...command] = rest;
  if (file === undefined || command.length === 0) throw usage(reading, 'setlock');
  return { ...plan([{ step: 'lock', file, waits, quiet }], command), quiet };
}

const SOFTLIMIT_LIMITS: Readonly<Record<string, readonly Resource[]>> = {
  a: ['addressSpace'],
  c: ['core'],
  d: ['data'],
  f: ['fileSize'],
  l: ['lockedMemory'],
  m: MEMORY,
  o: ['openFiles'],
  p: ['processes'],
  r: ['residentSet'],
  s: ['stack'],
  t: ['cpuSeconds'],
};

function softlimit(reading: Reading): ChpstPlan {
  const { options, rest } = read(reading, 'softlimit', 'a:c:d:f:l:m:o:p:r:s:t:');
  const limits = new Map<Resource, bigint>();
  for (const { letter, argument } of options()) {
    const value = argument === '=' ? -1n : long(reading, argument);
    for (const resource of SOFTLIMIT_LIMITS[letter] as readonly Resource[]) limits.set(resource, value);
  }
  if (rest.length === 0) throw usage(reading, 'softlimit');
  return plan([limitsStep(limits)], rest);
}

/** The soft limit to set, where `hard` is the hard one (2^64 - 1 for none). */
export function softLimit(value: bigint, hard: bigint): bigint {
  return value < 0n || value > hard ? hard : value;
}

// ---- accounts ----

/** chpst holds at most so many groups; more names are cut off, more numbers are refused. */
const GROUPS = 60;

/** `uid:gid[:gid]...` in numbers; undefined when it is none. Numbers wrap at 2^32, and no digits are 0. */
export function parseIds(text: string): { uid: number; gids: number[] } | undefined {
  const match = /^([0-9]*):([\s\S]*)$/.exec(text);
  if (match === null) return undefined;
  const number = (digits: string) => Number(BigInt.asUintN(32, scanUnsignedLong(digits).value));
  const gids = (match[2] as string).split(':');
  if (gids.length === GROUPS + 1 && gids.at(-1) === '') gids.pop();
  if (gids.length > GROUPS || !gids.every((gid) => /^[0-9]*$/.test(gid))) return undefined;
  return { uid: number(match[1] as string), gids: gids.map(number) };
}

/** `user[:group]...`; no `groups` when there is no colon. */
export function parseAccount(text: string): { user: string; groups?: string[] } {
  const colon = text.indexOf(':');
  if (colon === -1) return { user: text };
  return {
    user: text.slice(0, colon),
    groups: text
      .slice(colon + 1)
      .split(':')
      .slice(0, GROUPS),
  };
}

// ---- environment ----

/**
 * Reads the files of an envdir one after another. A file that is not there (a dangling link) leaves what was read
 * last in place, with its end now being a character: C's buffer works so, and so does this.
 */
export class EnvdirReader {
  /** C's buffer, with the NUL that a value got at its end. */
  private buffer = '';

  /** The change that a file makes: `NAME=VALUE`, or `NAME` to take it away. `content` is undefined when it is not there. */
  read(name: string, content: string | undefined): string {
    if (content !== undefined) this.buffer = content;
    if (this.buffer === '') return name;
    const end = this.buffer.indexOf('\n');
    const value = (end === -1 ? this.buffer : this.buffer.slice(0, end))
      .replace(/[ \t]+$/, '')
      .replaceAll('\0', '\n');
    this.buffer = `${value}\0`;
    return `${name}=${value}`;
  }

  /** A folder: it was opened and could not be read. */
  clear(): void {
    this.buffer = '';
  }
}

/**
 * Makes changes to an environment: each takes the first entry of its name away (the last entry moves to its place)
 * and, unless it is a bare name, is put at the end.
 */
export function changeEnvironment(environment: readonly string[], changes: readonly string[]): string[] {
  const entries = [...environment];
  for (const change of changes) {
    const split = change.indexOf('=');
    const prefix = split === -1 ? `${change}=` : change.slice(0, split + 1);
    const found = entries.findIndex((entry) => entry.startsWith(prefix));
    if (found !== -1) {
      const last = entries.pop() as string;
      if (found < entries.length) entries[found] = last;
    }
    if (split !== -1) entries.push(change);
  }
  return entries;
}

/** The paths that are tried for a program, by the PATH of the environment that chpst was started with. */
export function executablePaths(file: string, environment: readonly string[]): string[] {
  if (file.includes('/')) return [file];
  const path = environment.find((entry) => entry.startsWith('PATH='))?.slice(5) ?? '/bin:/usr/bin';
  return path.split(':').map((folder) => `${folder === '' ? '.' : folder}/${file}`);
}
