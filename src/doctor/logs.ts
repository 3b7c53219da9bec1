/** What the checks of log services share: the log/run script, the directories it names, who writes there. Pure. */
import { join } from 'node:path';
import { logFolder } from '../layout/layout.ts';
import { absolute, type Started } from '../shell/meaning.ts';
import { environmentOf } from './environment.ts';
import { type Meaning, readMeaning } from './meaning.ts';
import type { LogFact, ProcessFact, ServiceFact, Snapshot } from './snapshot.ts';
import { pathOf, treeOf } from './tree.ts';
import { quote } from './words.ts';

/** What log/run does; null when there is no such script. */
export function logMeaning(snapshot: Snapshot, service: ServiceFact): Meaning | null {
  const script = snapshot.scripts[join(service.dir, 'log/run')];
  if (script === undefined) return null;
  const start = pathOf(snapshot, service.dir, 'log').real ?? join(service.dir, 'log');
  return readMeaning(script, start, environmentOf(snapshot));
}

/** The svlogd commands of log/run. */
export function svlogdCommands(meaning: Meaning): readonly Started[] {
  return meaning.started.filter((each) => each.program !== null && /(^|\/)svlogd$/.test(each.program));
}

type LogOfService = { readonly log: LogFact; readonly service: ServiceFact };

const logsOfSnapshot = new WeakMap<Snapshot, readonly LogOfService[]>();

/** The log directories with the service whose log/run names them. */
export function logsOf(snapshot: Snapshot): readonly LogOfService[] {
  const known = logsOfSnapshot.get(snapshot);
  if (known !== undefined) return known;
  const byDir = new Map(snapshot.services.map((service) => [service.dir, service]));
  const found = snapshot.logs.flatMap((log) => {
    const service = byDir.get(log.service);
    return service === undefined ? [] : [{ log, service }];
  });
  logsOfSnapshot.set(snapshot, found);
  return found;
}

/** log/run makes the directory itself before it starts svlogd. */
export function makesDirectory(meaning: Meaning | null, directory: string): boolean {
  return (
    meaning?.started.some(
      (each) =>
        /(^|\/)mkdir$/.test(each.program ?? '') &&
        each.args.some(
          (word) =>
            word !== null && absolute(word, each.cwd)?.replace(/\/$/, '') === directory.replace(/\/$/, ''),
        ),
    ) === true
  );
}

/** The process that writes a service's log: svlogd, or the supervisor itself with a hosted logger. */
export function loggerOf(snapshot: Snapshot, service: ServiceFact): ProcessFact | undefined {
  if (service.log === null) return undefined;
  const tree = treeOf(snapshot);
  return tree.daemon(service.log) ?? tree.keeper(service);
}

/** A log/run as a person would write it, for a service that has none. */
export function plainLogRun(
  snapshot: Snapshot,
  service: ServiceFact,
): { readonly directory: string; readonly text: string } {
  const inside = snapshot.layout.logs === 'inside';
  const directory = inside ? join(service.dir, 'log', 'main') : logFolder(snapshot.layout, service.name);
  const word = inside ? './main' : quote(directory);
  return {
    directory,
    text: `#!${snapshot.layout.shell}\nexec 2>&1\nmkdir -p ${word} || exit 1\nexec svlogd -tt ${word}\n`,
  };
}
