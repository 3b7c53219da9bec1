import { treeCheck } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { runOf } from '../places.ts';
import { linked, treeOf } from '../tree.ts';

/** INT is signal 2, QUIT signal 3. */
const INT_AND_QUIT = 0b110n;

export const check = treeCheck({
  id: 'int-quit-ignored',
  severity: 'info',
  layer: 'advice',
  title: 'the services ignore INT and QUIT, as the supervisor was told when it was started',
  section: 'As the Normal User, Start the Runsvdir Runner Program',
  explain: [
    'A shell that is not interactive starts commands with & so that they ignore INT and QUIT, and that passes on to everything below: svl interrupt and svl quit have no effect, and a trap for them in a script is never called.',
    'By hand: start the runner from an interactive shell, or with perl -e \'$SIG{INT}=$SIG{QUIT}="DEFAULT"; exec @ARGV\' RUNNER',
  ],
  see: (snapshot) => {
    const main = treeOf(snapshot).main;
    const ignored = main?.process.detail?.ignored;
    if (main === undefined || ignored === undefined || ignored === '') return undefined;
    if (main.args.shared || (BigInt(`0x${ignored}`) & INT_AND_QUIT) !== INT_AND_QUIT) return undefined;
    // It matters where a script means to catch them.
    const users = linked(snapshot).filter((service) =>
      /^\s*trap\s.*\b(INT|QUIT|2|3)\b/m.test(runOf(snapshot, service).script?.text ?? ''),
    );
    if (users.length === 0) return undefined;
    return {
      path: runnerOf(snapshot),
      summary: 'INT and QUIT do not reach the services: they are ignored since the supervisor was started',
      evidence: [
        `SigIgn of pid ${main.process.pid}: ${ignored}`,
        `trapped by: ${users.map((each) => each.name).join(', ')}`,
      ],
      cause:
        'The runner was started in the background by a shell that is not interactive. Use TERM or USR1 instead.',
    };
  },
});
