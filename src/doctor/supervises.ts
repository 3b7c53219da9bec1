/** The supervise directories of a service, as checks of section "supervise and its locks" walk them. Pure. */
import { join } from 'node:path';
import { programOf } from './program.ts';
import type { PathFact, ProcessFact, ServiceFact, Snapshot, SuperviseFact } from './snapshot.ts';
import { pathOf, treeOf } from './tree.ts';

export interface Half {
  readonly supervise: SuperviseFact;
  /** `supervise` or `log/supervise`. */
  readonly name: string;
  readonly fact: PathFact;
  file(name: string): PathFact;
}

export function halves(snapshot: Snapshot, service: ServiceFact): readonly Half[] {
  const half = (supervise: SuperviseFact, name: string): Half => ({
    supervise,
    name,
    fact: pathOf(snapshot, supervise.path),
    file: (file) => pathOf(snapshot, join(supervise.path, file)),
  });
  return [
    half(service.main, 'supervise'),
    ...(service.log === null ? [] : [half(service.log, 'log/supervise')]),
  ];
}

/** A name beside `path` that is free among those of the service's directory: `.supervise.root`. */
export function aside(path: string, suffix: string): string {
  const slash = path.lastIndexOf('/');
  return `${path.slice(0, slash)}/.${path.slice(slash + 1)}.${suffix}`;
}

/**
 * A process of the service that the shared supervisor has started itself, seen by the directory in which it stands: the
 * service is served, also where nothing is left of its supervise directory.
 */
export function hostedProcess(snapshot: Snapshot, service: ServiceFact): ProcessFact | undefined {
  const tree = treeOf(snapshot);
  const main = tree.main?.process.pid;
  return tree
    .standingIn(service.id)
    .find((each) => each.ppid === main && each.state !== 'Z' && !/^runsv/.test(programOf(each).name));
}
