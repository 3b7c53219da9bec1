import { join } from 'node:path';
import { serviceCheck } from '../check.ts';
import { chmodFix } from '../say.ts';
import { pathOf } from '../tree.ts';
import { modeAndOwner } from '../words.ts';

/** The commands for which runsv looks for a script: `t` for sv term, `x` for exit, and so on. */
const LETTERS = 'tdukpchaiqx12o';

export const check = serviceCheck({
  id: 'control-not-executable',
  severity: 'warning',
  layer: 'run',
  title: 'a script in control/ has no x bit',
  section: 'VITAL! Make the Daemon’s Run Script Executable',
  explain: [
    'A script control/t, control/d and so on takes the place of, or comes before, what runsv does for that command of sv. Without the x bit runsv passes it over and says nothing: the daemon gets the plain signal.',
    'By hand: chmod a+x ~/service_all/NAME/control/t',
  ],
  all: true,
  see: (snapshot, service) =>
    [...LETTERS].flatMap((letter) => {
      const file = pathOf(snapshot, join(service.dir, 'control', letter));
      if (file.to?.kind !== 'file' || (file.to.mode & 0o111) !== 0) return [];
      return [
        {
          path: file.path,
          summary: `control/${letter} is not executable`,
          evidence: [modeAndOwner(snapshot, file)],
          cause: 'runsv passes it over, and does what it does without it.',
          fix:
            file.to.uid === snapshot.who.uid || snapshot.who.uid === 0
              ? chmodFix(snapshot, file.path, file.real ?? file.path, file.to.mode, 0o111, 'a+x')
              : null,
        },
      ];
    }),
});
