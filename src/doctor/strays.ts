/** Processes of a service that are not (or no longer) supervised. Pure. */
import { programOf } from './program.ts';
import type { ProcessFact, ServiceFact, Snapshot } from './snapshot.ts';
import { treeOf } from './tree.ts';

/** What is the same for all services of a snapshot: made once, since there may be thousands of services and processes. */
interface Crowd {
  /** Own processes that are alive and not below any supervisor, in the order of the snapshot. */
  readonly outside: readonly ProcessFact[];
  /** Those of them whose stdout or stderr is this pipe, and those that stand in this directory (by inode). */
  readonly writing: ReadonlyMap<string, readonly ProcessFact[]>;
  readonly standing: ReadonlyMap<string, readonly ProcessFact[]>;
  /** svlogd processes with something open in or below this directory. */
  readonly loggers: ReadonlyMap<string, ReadonlySet<ProcessFact>>;
  /** Log directories by their service's directory. */
  readonly folders: ReadonlyMap<string, readonly string[]>;
}

const crowds = new WeakMap<Snapshot, Crowd>();

function crowdOf(snapshot: Snapshot): Crowd {
  const known = crowds.get(snapshot);
  if (known !== undefined) return known;
  const tree = treeOf(snapshot);
  const outside = snapshot.processes.filter(
    (process) =>
      process.uid === snapshot.who.uid &&
      process.state !== 'Z' &&
      !/^(runsvdir|runsv|svlogd|sv)$/.test(programOf(process).name) &&
      !tree.isSupervised(process),
  );
  const writing = new Map<string, ProcessFact[]>();
  const standing = new Map<string, ProcessFact[]>();
  const put = <Value>(map: Map<string, Value[]>, key: string, value: Value): void => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [value]);
    else list.push(value);
  };
  for (const process of outside) {
    if (process.cwdId !== null) put(standing, process.cwdId, process);
    const outputs = process.fds.filter(
      ({ fd, target }) => (fd === 1 || fd === 2) && target.startsWith('pipe:'),
    );
    for (const target of new Set(outputs.map((each) => each.target))) put(writing, target, process);
  }
  const loggers = new Map<string, Set<ProcessFact>>();
  for (const process of snapshot.processes) {
    if (programOf(process).name !== 'svlogd') continue;
    for (const { target } of process.fds) {
      for (let end = target.lastIndexOf('/'); end > 0; end = target.lastIndexOf('/', end - 1)) {
        const folder = target.slice(0, end);
        const here = loggers.get(folder);
        if (here === undefined) loggers.set(folder, new Set([process]));
        else here.add(process);
      }
    }
  }
  const folders = new Map<string, string[]>();
  for (const { service, path } of snapshot.logs) put(folders, service, path);
  const crowd = { outside, writing, standing, loggers, folders };
  crowds.set(snapshot, crowd);
  return crowd;
}

/** Pipes, `pipe:[N]`, that a logger of this service reads: its own, and those of loggers that were left over. */
export function logPipes(snapshot: Snapshot, service: ServiceFact): ReadonlySet<string> {
  const crowd = crowdOf(snapshot);
  const pipes = new Set<string>();
  const add = (logger: ProcessFact | undefined): void => {
    const stdin = logger?.fds.find((each) => each.fd === 0)?.target;
    if (stdin?.startsWith('pipe:') === true) pipes.add(stdin);
  };
  if (service.log !== null) add(treeOf(snapshot).daemon(service.log));
  for (const folder of crowd.folders.get(service.dir) ?? []) {
    for (const logger of crowd.loggers.get(folder) ?? []) add(logger);
  }
  return pipes;
}

/**
 * Own processes outside of supervision that stand in the service's directory or write to its logger. Shells and
 * whatever else has a terminal are a person's, and only count when they write to the logger.
 */
export function straysOf(snapshot: Snapshot, service: ServiceFact): readonly ProcessFact[] {
  const tree = treeOf(snapshot);
  const crowd = crowdOf(snapshot);
  const found = new Set((crowd.standing.get(service.id) ?? []).filter((process) => process.tty === 0));
  for (const pipe of logPipes(snapshot, service)) {
    for (const process of crowd.writing.get(pipe) ?? []) found.add(process);
  }
  if (found.size === 0) return [];
  const above = [...tree.keepers(service), tree.daemon(service.main)].filter((each) => each !== undefined);
  return crowd.outside.filter(
    (process) => found.has(process) && !above.some((each) => tree.isBelow(process, each.pid)),
  );
}

/** `pid 4711 (sleep 1000)`. */
export function describeProcess(process: ProcessFact): string {
  const { name, args } = programOf(process);
  const words = [name, ...args].join(' ').replace(/\.{20,}.*/s, '...');
  return `pid ${process.pid} (${words.length > 50 ? `${words.slice(0, 47)}...` : words})`;
}
