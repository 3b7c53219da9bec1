/** Processes of a service that are not (or no longer) supervised. Pure. */
import { programOf } from './program.ts';
import type { ProcessFact, ServiceFact, Snapshot } from './snapshot.ts';
import { treeOf } from './tree.ts';

/** Pipes, `pipe:[N]`, that a logger of this service reads: its own, and those of loggers that were left over. */
export function logPipes(snapshot: Snapshot, service: ServiceFact): ReadonlySet<string> {
  const tree = treeOf(snapshot);
  const pipes = new Set<string>();
  const add = (logger: ProcessFact | undefined): void => {
    const stdin = logger?.fds.find((each) => each.fd === 0)?.target;
    if (stdin?.startsWith('pipe:') === true) pipes.add(stdin);
  };
  if (service.log !== null) add(tree.daemon(service.log));
  const folders = snapshot.logs.filter((log) => log.service === service.dir).map((log) => `${log.path}/`);
  for (const process of snapshot.processes) {
    if (programOf(process).name !== 'svlogd') continue;
    if (process.fds.some(({ target }) => folders.some((folder) => target.startsWith(folder)))) add(process);
  }
  return pipes;
}

/**
 * Own processes outside of supervision that stand in the service's directory or write to its logger. Shells and
 * whatever else has a terminal are a person's, and only count when they write to the logger.
 */
export function straysOf(snapshot: Snapshot, service: ServiceFact): readonly ProcessFact[] {
  const tree = treeOf(snapshot);
  const keepers = tree.keepers(service);
  const daemon = tree.daemon(service.main);
  const pipes = logPipes(snapshot, service);
  return snapshot.processes.filter((process) => {
    if (process.uid !== snapshot.who.uid || process.state === 'Z') return false;
    if (/^(runsvdir|runsv|svlogd|sv)$/.test(programOf(process).name)) return false;
    if (keepers.some((keeper) => tree.isBelow(process, keeper.pid))) return false;
    if (daemon !== undefined && tree.isBelow(process, daemon.pid)) return false;
    // Below another runsv: another service's.
    if (tree.runsvdirs.some((each) => tree.isBelow(process, each.process.pid))) return false;
    if (tree.runsvs.some((runsv) => tree.isBelow(process, runsv.pid))) return false;
    const writes = process.fds.some(({ fd, target }) => fd <= 2 && fd > 0 && pipes.has(target));
    return writes || (process.tty === 0 && process.cwdId === service.id);
  });
}

/** `pid 4711 (sleep 1000)`. */
export function describeProcess(process: ProcessFact): string {
  const { name, args } = programOf(process);
  const words = [name, ...args].join(' ').replace(/\.{20,}.*/s, '...');
  return `pid ${process.pid} (${words.length > 50 ? `${words.slice(0, 47)}...` : words})`;
}
