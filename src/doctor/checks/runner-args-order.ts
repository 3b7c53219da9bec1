import type { Check } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { say } from '../say.ts';
import { treeOf } from '../tree.ts';

export const check: Check = {
  id: 'runner-args-order',
  severity: 'warning',
  layer: 'supervisor',
  title: '-P stands behind the directory',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    'Options come before the directory. -P behind it is taken for the LOG argument.',
    'By hand: runsvdir -P DIRECTORY LOG',
  ],
  run: (snapshot) =>
    treeOf(snapshot).ours.flatMap(({ process, args }) => {
      if (args.log !== '-P') return [];
      return [
        say(check, {
          path: runnerOf(snapshot),
          summary: '-P stands behind the directory, where runsvdir takes it for the LOG argument',
          evidence: [
            `runsvdir, process ${process.pid}: ${process.argv.map((word) => (word.length > 60 ? `${word.slice(0, 40)}...` : word)).join(' | ')}`,
          ],
          cause:
            'Neither -P nor the log works. Write runsvdir -P DIRECTORY LOG in the runner, and start the supervisor again.',
        }),
      ];
    }),
};
