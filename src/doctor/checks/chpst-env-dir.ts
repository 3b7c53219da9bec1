import { type Seen, scriptCheck } from '../check.ts';
import { envDirectories } from '../collect/scripts.ts';
import { SETTLE_RUN } from '../finding.ts';
import { pathOf } from '../tree.ts';
import { errorText, shellPath } from '../words.ts';
import { isFlapping } from './flapping.ts';

export const check = scriptCheck({
  id: 'chpst-env-dir',
  severity: 'error',
  layer: 'daemon',
  title: 'the directory of chpst -e is missing, or a file in it cannot be read',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'chpst -e DIR reads one variable from each file of DIR, which counts from the service directory. A missing directory or a file that may not be read ends it with 111, each second.',
    'By hand: mkdir -p DIR, or chmod u+r FILE',
  ],
  see: (snapshot, { meaning, name, supervise }) =>
    (meaning?.started ?? []).flatMap((started) =>
      started.wrappers.flatMap(({ program, args }) => {
        if (started.conditional || !/(^|\/)chpst$/.test(program)) return [];
        return envDirectories(args, started.cwd).flatMap((directory): Seen[] => {
          const fact = pathOf(snapshot, directory);
          const line = `${name}, line ${started.line}: chpst -e ${directory}`;
          if (fact.error === 'ENOENT') {
            return [
              {
                path: directory,
                summary: `${directory}, the directory of chpst -e, is not there`,
                evidence: [line, errorText('ENOENT')],
                cause: 'chpst ends without starting the daemon.',
                fix: {
                  title: `make ${directory}`,
                  risk: 'safe' as const,
                  commands: [`mkdir -p ${shellPath(snapshot, directory)}`],
                  operations: [{ kind: 'mkdir' as const, path: directory }],
                  actions: [],
                  settle: SETTLE_RUN,
                },
              },
            ];
          }
          if (fact.to?.kind !== 'directory') return [];
          const odd = Object.entries(snapshot.oddities ?? {}).filter(([path]) =>
            path.startsWith(`${directory}/`),
          );
          if (odd.length > 0) {
            return odd.map(([path, what]) => ({
              path,
              severity: isFlapping(snapshot, supervise) ? ('error' as const) : ('warning' as const),
              summary: `${path}, a variable for chpst -e, holds what no variable should`,
              evidence: [line, ...what],
              cause: 'It becomes a part of the value. Write the file again: one line, no other bytes.',
            }));
          }
          return Object.values(snapshot.paths)
            .filter(
              (each) =>
                each.path.startsWith(`${directory}/`) && !each.path.slice(directory.length + 1).includes('/'),
            )
            .filter((each) => !each.path.startsWith(`${directory}/.`))
            .filter((each) => each.to?.kind === 'file' && each.can.read === 'EACCES')
            .map((each) => ({
              path: each.path,
              summary: `${each.path}, a variable for chpst -e, cannot be read`,
              evidence: [line],
              cause: 'chpst ends without starting the daemon.',
              fix:
                each.to?.uid === snapshot.who.uid
                  ? {
                      title: `make ${each.path} readable`,
                      risk: 'safe' as const,
                      commands: [`chmod u+r ${shellPath(snapshot, each.path)}`],
                      operations: [
                        {
                          kind: 'chmod' as const,
                          path: each.real ?? each.path,
                          mode: (each.to?.mode ?? 0) | 0o400,
                        },
                      ],
                      actions: [],
                      settle: SETTLE_RUN,
                    }
                  : null,
            }));
        });
      }),
    ),
});
