/**
 * Starting programs as runsv's fork and exec do: exactly the environment, descriptors, signal dispositions and mask,
 * limit of open files and session that C would give, whatever Node has changed in this process. posix_spawn(3) does
 * it without a copy of this process, and tells at once when the program could not be executed.
 *
 * Signals that this process ignores stay ignored in the child if `keepIgnored` names them; all others get their
 * default. Nothing of this process changes but, around the call, its soft limit of open files (limits.ts).
 */
import { libcFunction } from './libc.ts';
import { withOpenFilesLimit } from './limits.ts';
import { packString, packStrings, type StringTable } from './strings.ts';

const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;

/** What all children of this process have in common. */
export interface Common {
  /** Entries `NAME=VALUE`, one character a byte. The same list each time saves work. */
  readonly environment: readonly string[];
  /** Mask of ignored signals, which this process must ignore itself. */
  readonly keepIgnored: bigint;
  /** Descriptors above 2 to hand on. */
  readonly descriptors: readonly number[];
  readonly openFiles: bigint;
}

export interface Child {
  /** Path of the program, relative to the child's directory. */
  readonly file: string;
  /** All of argv. One character a byte. */
  readonly argv: readonly string[];
  /** Descriptor of the directory to start in, and a path to go to from there. */
  readonly directory?: number | undefined;
  readonly subdirectory?: string | undefined;
  /** Descriptors to put in the place of 0, 1 and 2; those not named stay this process's. */
  readonly stdin?: number | undefined;
  readonly stdout?: number | 'closed' | undefined;
  readonly stderr?: number | undefined;
  /** More descriptors to put in the place of numbers above 2; theirs must be higher than all of these places. */
  readonly others?: readonly (readonly [from: number, to: number])[] | undefined;
  /** Mask of blocked signals. */
  readonly blocked: bigint;
  /** The leader of a session of its own. */
  readonly session?: boolean | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: C functions
type CFunction = (...args: any[]) => number;

interface Library {
  readonly spawn: CFunction;
  readonly attributesInit: CFunction;
  readonly setFlags: CFunction;
  readonly setMask: CFunction;
  readonly setDefault: CFunction;
  readonly actionsInit: CFunction;
  readonly actionsDestroy: CFunction;
  readonly dup2: CFunction;
  readonly close: CFunction;
  readonly chdir: CFunction;
  readonly fchdir: CFunction;
}

function load(): Library {
  const c = (prototype: string) => libcFunction(prototype) as CFunction;
  return {
    spawn: c('int posix_spawn(void *, const char *, void *, void *, void *, void *)'),
    attributesInit: c('int posix_spawnattr_init(void *)'),
    setFlags: c('int posix_spawnattr_setflags(void *, short)'),
    setMask: c('int posix_spawnattr_setsigmask(void *, void *)'),
    setDefault: c('int posix_spawnattr_setsigdefault(void *, void *)'),
    actionsInit: c('int posix_spawn_file_actions_init(void *)'),
    actionsDestroy: c('int posix_spawn_file_actions_destroy(void *)'),
    close: c('int posix_spawn_file_actions_addclose(void *, int)'),
    dup2: c('int posix_spawn_file_actions_adddup2(void *, int, int)'),
    chdir: c('int posix_spawn_file_actions_addchdir_np(void *, const char *)'),
    fchdir: c('int posix_spawn_file_actions_addfchdir_np(void *, int)'),
  };
}

let library: Library | undefined;

// Larger than any C library's: the structures are 336 and 80 bytes in glibc, a set of signals 128.
const attributes = Buffer.alloc(1024);
const actions = Buffer.alloc(512);
const signals = new BigUint64Array(32);
const pidOut = new Int32Array(32);

let environmentOf: readonly string[] | undefined;
let environmentTable: StringTable | undefined;

function environment(entries: readonly string[]): StringTable {
  if (environmentOf !== entries || environmentTable === undefined) {
    environmentTable = packStrings(entries);
    environmentOf = entries;
  }
  return environmentTable;
}

/** Starts a program. Returns its pid, or the errno of whatever failed: fork, a descriptor, the directory, exec. */
export function spawnChild(
  common: Common,
  child: Child,
): { readonly pid: number } | { readonly errno: number } {
  library ??= load();
  const c = library;
  c.attributesInit(attributes);
  c.setFlags(
    attributes,
    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (child.session === true ? POSIX_SPAWN_SETSID : 0),
  );
  signals[0] = BigInt.asUintN(64, ~common.keepIgnored);
  c.setDefault(attributes, signals);
  signals[0] = child.blocked;
  c.setMask(attributes, signals);

  c.actionsInit(actions);
  // A copy onto itself takes the mark "close at exec" away, which Node set on whatever it found open.
  for (const fd of common.descriptors) c.dup2(actions, fd, fd);
  c.dup2(actions, child.stdin ?? 0, 0);
  if (child.stdout === 'closed') c.close(actions, 1);
  else c.dup2(actions, child.stdout ?? 1, 1);
  c.dup2(actions, child.stderr ?? 2, 2);
  for (const [from, to] of child.others ?? []) c.dup2(actions, from, to);
  if (child.directory !== undefined) c.fchdir(actions, child.directory);
  if (child.subdirectory !== undefined) c.chdir(actions, packString(child.subdirectory));

  const argv = packStrings(child.argv);
  const env = environment(common.environment);
  const file = packString(child.file);
  const errno = withOpenFilesLimit(common.openFiles, () =>
    c.spawn(pidOut, file, actions, attributes, argv.table, env.table),
  );
  c.actionsDestroy(actions);
  return errno === 0 ? { pid: pidOut[0] as number } : { errno };
}
