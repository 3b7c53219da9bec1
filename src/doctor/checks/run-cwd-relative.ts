import { join } from 'node:path';
import { shellWord } from '../../shell/words.ts';
import { scriptCheck } from '../check.ts';
import { targetOf } from '../places.ts';
import { pathOf } from '../tree.ts';
import { tilde } from '../words.ts';

export const check = scriptCheck({
  id: 'run-cwd-relative',
  severity: 'error',
  layer: 'run',
  title: 'run uses a relative path as if it ran in the home folder',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'runsv starts run in the service directory, not in the home folder. ./mytest.sh is therefore looked for beside run.',
    'By hand: write the absolute path, or cd "$HOME" before.',
  ],
  see: (snapshot, { meaning, path, cwd, name }) => {
    if (meaning === undefined) return undefined;
    return meaning.started.flatMap((started) => {
      const { program } = started;
      if (program === null || program.startsWith('/') || started.conditional || meaning.sources) return [];
      if (started.cwd !== cwd || targetOf(snapshot, started).fact !== undefined) return [];
      const home = pathOf(snapshot, join(snapshot.who.home, program));
      if (home.to?.kind !== 'file') return [];
      return [
        {
          path,
          summary: `${name} looks for ${program} in the service directory; it is in the home folder`,
          evidence: [`line ${started.line}: ${started.raw}`, `there is ${tilde(snapshot, home.path)}`],
          cause: `runsv starts ${name} in ${tilde(snapshot, cwd)}. Write the absolute path: ${shellWord(home.path)}`,
        },
      ];
    });
  },
});
