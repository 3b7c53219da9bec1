import type { Check } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { say } from '../say.ts';
import { SHORTEST_LOG, treeOf } from '../tree.ts';

export const check: Check = {
  id: 'runner-log-two-words',
  severity: 'warning',
  layer: 'supervisor',
  title: 'the LOG argument is two words',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    'The document’s runner ends in Log: ..... without quotes: two arguments. runsvdir takes the first, which is too short, and keeps no messages; ps shows the dots for ever.',
    "By hand: quote it in the runner: 'log: ......'; then start the supervisor again.",
  ],
  run: (snapshot) =>
    treeOf(snapshot).ours.flatMap(({ process, args }) => {
      if (
        args.log === null ||
        args.log.length >= SHORTEST_LOG ||
        args.log === '-P' ||
        args.further.length === 0
      )
        return [];
      return [
        say(check, {
          path: runnerOf(snapshot),
          summary:
            'The LOG argument of runsvdir is two words: it keeps no messages, and the dots in ps mean nothing',
          evidence: [
            `LOG is ${JSON.stringify(args.log)}, then ${JSON.stringify((args.further[0] ?? '').slice(0, 20))}... (process ${process.pid})`,
            `a text of at least ${SHORTEST_LOG} characters is needed`,
          ],
          cause: "The runner lacks quotes around 'log: .....'. Add them, and start the supervisor again.",
        }),
      ];
    }),
};
