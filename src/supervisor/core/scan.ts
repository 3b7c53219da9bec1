/**
 * runsvdir's decision: which services to start and which to stop, from what it knows and what the directory lists.
 *
 * A service is known by device and inode of its directory, so a renamed link is no restart and two links to one
 * directory are one service. What was not listed any more is gone. (runsvdir(8), DESCRIPTION.)
 */

/** C's table of services has so many places. */
export const MOST_SERVICES = 1000;

/** Seconds between two looks at the directory, and after a look that found something new or a runsv that ended. */
export const SLOW_LOOK = 5;
export const QUICK_LOOK = 1;
/** A dot goes to the log every so many seconds, so that old messages move out. */
export const DOT_EVERY = 900;
/** The clock went back by more than so many seconds: stamps are reset. */
export const TIME_WARP = 3;

/** A directory, or a link to one, in the service directory. */
export interface Listed {
  /** One character a byte. */
  readonly name: string;
  /** Device and inode, `DEV:INO`. */
  readonly id: string;
}

/** A service that runsvdir knows: what it remembers of it is the driver's business. */
export interface Known {
  readonly id: string;
  /** Its runsv lives. */
  readonly running: boolean;
}

export interface ScanDecision {
  /** To start, in the order of the listing; `isNew` when it was not known before. */
  readonly start: readonly { readonly listed: Listed; readonly isNew: boolean }[];
  /** To send TERM and to forget. */
  readonly stop: readonly string[];
  /** Names for which there is no place. */
  readonly refused: readonly string[];
  /** Something changed: the next look is a quick one. */
  readonly lookAgain: boolean;
}

/**
 * @param known the services by `id`, in any order
 * @param complete false when reading the directory broke off: then nothing counts as gone
 */
export function decideScan(
  known: readonly Known[],
  listing: readonly Listed[],
  complete: boolean,
  most: number = MOST_SERVICES,
): ScanDecision {
  const running = new Map(known.map(({ id, running }) => [id, running]));
  const seen = new Set<string>();
  const start: { listed: Listed; isNew: boolean }[] = [];
  const refused: string[] = [];
  let services = known.length;
  let lookAgain = !complete;
  for (const listed of listing) {
    if (seen.has(listed.id)) continue;
    const before = running.get(listed.id);
    if (before === undefined) {
      if (services >= most) {
        refused.push(listed.name);
        continue;
      }
      services += 1;
      lookAgain = true;
    }
    seen.add(listed.id);
    if (before !== true) start.push({ listed, isNew: before === undefined });
  }
  const stop = complete ? known.filter(({ id }) => !seen.has(id)).map(({ id }) => id) : [];
  return { start, stop, refused, lookAgain: lookAgain || stop.length > 0 };
}

/** runsvdir's command line. */
export interface RunsvdirOptions {
  /** `-P`: each runsv in a session of its own. */
  readonly sessions: boolean;
  /** `--shared`: homerun's own. */
  readonly shared: boolean;
  readonly directory: string;
  /** The place holder for the readproctitle log. */
  readonly log: string | undefined;
}

/**
 * Reads the arguments (without the program's name; one character a byte); undefined: wrong usage. As in C, of one
 * first word that starts with `-` only the next letter counts, `P` or `-`, and any other such word is the directory.
 * `--shared` is homerun's own, and only as the very first word.
 */
export function parseRunsvdirOptions(args: readonly string[]): RunsvdirOptions | undefined {
  const rest = [...args];
  const shared = rest[0] === '--shared';
  if (shared) rest.shift();
  const first = rest[0];
  if (first === undefined) return undefined;
  const sessions = first.startsWith('-P');
  if (sessions || first.startsWith('--')) rest.shift();
  const [directory, log] = rest;
  return directory === undefined ? undefined : { sessions, shared, directory, log };
}

/** The shortest log, and how many characters at its start stay. */
export const SHORTEST_LOG = 7;
const LABEL_LENGTH = 5;

/** Appends text to a readproctitle log of fixed length: what is after the label moves to the left. NULs are dropped. */
export function scrollLog(log: string, text: string): string {
  const fresh = text.replaceAll('\0', '');
  const body = log.slice(LABEL_LENGTH) + fresh;
  return log.slice(0, LABEL_LENGTH) + body.slice(body.length - (log.length - LABEL_LENGTH));
}
