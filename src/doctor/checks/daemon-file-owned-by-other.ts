import { shellWord } from '../../shell/words.ts';
import { scriptCheck } from '../check.ts';
import { environmentOf } from '../environment.ts';
import { readMeaning } from '../meaning.ts';
import { lastTarget } from '../places.ts';
import { pathOf } from '../tree.ts';
import { modeAndOwner, shellPath, userName } from '../words.ts';

export const check = scriptCheck({
  id: 'daemon-file-owned-by-other',
  severity: 'error',
  layer: 'daemon',
  title: 'a file that the daemon writes to belongs to another user',
  section: 'Make the Daemon Program',
  explain: [
    'A daemon that was first tried with sudo leaves its log or state file as root’s. The service then says "cannot create FILE: Permission denied". In a sticky directory such as /tmp the user can neither write nor remove it.',
    'By hand, as root: chown USER FILE. Or let the daemon write to another place.',
  ],
  only: 'run',
  see: (snapshot, place) => {
    const daemon = lastTarget(snapshot, place)?.fact?.path;
    const script = daemon === undefined ? undefined : snapshot.scripts[daemon];
    const writes = [
      ...(place.meaning?.writes ?? []),
      ...(script === undefined
        ? []
        : readMeaning(script, lastTarget(snapshot, place)?.started.cwd ?? place.cwd, environmentOf(snapshot))
            .writes),
    ];
    const seen = new Set<string>();
    return writes.flatMap(({ path }) => {
      const fact = pathOf(snapshot, path);
      if (seen.has(path) || fact.to?.kind !== 'file' || fact.can.write !== 'EACCES') return [];
      seen.add(path);
      const other = fact.to.uid !== snapshot.who.uid;
      return [
        {
          path,
          summary: other
            ? `${path} belongs to ${userName(snapshot, fact.to.uid)}`
            : `${path} cannot be written to`,
          evidence: [modeAndOwner(snapshot, fact)],
          cause: other
            ? `The service writes to it, and may not. As root: chown ${snapshot.who.user} ${shellWord(path)}`
            : `The service writes to it, and may not: chmod u+w ${shellPath(snapshot, path)}`,
          ...(other
            ? {}
            : {
                fix: {
                  title: `make ${path} writable`,
                  risk: 'safe' as const,
                  commands: [`chmod u+w ${shellPath(snapshot, path)}`],
                  operations: [
                    { kind: 'chmod' as const, path: fact.real ?? path, mode: fact.to.mode | 0o200 },
                  ],
                  actions: [],
                  settle: 2500,
                },
              }),
        },
      ];
    });
  },
});
