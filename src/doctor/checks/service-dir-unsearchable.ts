import { dirname } from 'node:path';
import type { Check } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy, say } from '../say.ts';
import type { PathFact, Snapshot } from '../snapshot.ts';
import { pathOf } from '../tree.ts';
import { modeAndOwner, shellPath } from '../words.ts';

/** The directory that does not let this user in: the service's own, or one above where the link leads. */
function closed(snapshot: Snapshot, link: PathFact): PathFact | undefined {
  if (link.to?.kind === 'directory') return link.can.execute === 'EACCES' ? link : undefined;
  if (link.self?.kind !== 'symlink' || link.toError !== 'EACCES' || link.target === null) return undefined;
  for (let above = dirname(link.target); above !== '/' && above !== '.'; above = dirname(above)) {
    const fact = pathOf(snapshot, above);
    if (fact.to?.kind === 'directory' && fact.can.execute === 'EACCES') return fact;
  }
  return link;
}

export const check: Check = {
  id: 'service-dir-unsearchable',
  severity: 'error',
  layer: 'links',
  title: 'a service directory, or one above it, has no x bit for the user',
  section: 'Make the Daemon’s Directory Inside The "All Daemons" Directory',
  explain: [
    'Without the x bit on a directory nothing in it can be reached. runsv says "unable to change to directory: access denied", or runsvdir "unable to stat NAME: access denied".',
    'By hand: chmod u+x DIR, then touch ~/service_gui, so that runsvdir looks again.',
  ],
  run: (snapshot) =>
    snapshot.entries.flatMap((entry) => {
      if (entry.name.startsWith('.')) return [];
      const fact = closed(snapshot, pathOf(snapshot, entry.path));
      if (fact === undefined) return [];
      const own = fact.to?.kind === 'directory' && fact.to.uid === snapshot.who.uid;
      return [
        say(check, {
          service: entry.name,
          path: fact.path,
          summary: `${entry.name}: its directory cannot be entered`,
          evidence: [modeAndOwner(snapshot, fact)],
          cause: own
            ? 'Without the x bit nothing in it can be reached.'
            : 'Without the x bit nothing in it can be reached. Its owner must give it.',
          fix:
            own && fact.to !== null
              ? fixBy({
                  title: 'give the directory its x bit',
                  commands: [
                    `chmod u+x ${shellPath(snapshot, fact.real ?? fact.path)}`,
                    `touch ${shellPath(snapshot, snapshot.layout.serviceDir)}`,
                  ],
                  operations: [{ kind: 'chmod', path: fact.real ?? fact.path, mode: fact.to.mode | 0o100 }],
                  actions: [{ kind: 'rescan', directory: snapshot.layout.serviceDir }],
                  settle: SETTLE_SCAN,
                })
              : null,
        }),
      ];
    }),
};
