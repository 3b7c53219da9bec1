import type { Check } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { say } from '../say.ts';
import { treeOf } from '../tree.ts';

export const check: Check = {
  id: 'runner-no-log',
  severity: 'info',
  layer: 'supervisor',
  title: 'runsvdir was started without a LOG argument',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    'Without it, messages of runsv go to the supervisor’s stderr, and ps shows none.',
    'By hand: add a quoted text with 400 dots behind the directory in the runner.',
  ],
  run: (snapshot) =>
    treeOf(snapshot).ours.flatMap(({ process, args }) => {
      if (args.log !== null) return [];
      return [
        say(check, {
          path: runnerOf(snapshot),
          summary: 'runsvdir has no LOG argument: ps shows no messages',
          evidence: [
            `runsvdir, process ${process.pid}: ${process.argv.map((word) => (word.length > 60 ? `${word.slice(0, 40)}...` : word)).join(' | ')}`,
          ],
          cause: "Add 'log: .....' with some hundred dots behind the directory in the runner.",
        }),
      ];
    }),
};
