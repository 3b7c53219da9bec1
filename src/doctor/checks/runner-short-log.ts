import type { Check } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { say } from '../say.ts';
import { SHORTEST_LOG, treeOf } from '../tree.ts';

export const check: Check = {
  id: 'runner-short-log',
  severity: 'warning',
  layer: 'supervisor',
  title: 'the LOG argument is too short for readproctitle',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    'runsvdir keeps the last messages in its LOG argument if that has at least seven characters. With a shorter one it warns once and keeps nothing.',
    "By hand: quote the argument in the runner, with 400 dots: 'log: ......'; then start the supervisor again.",
  ],
  run: (snapshot) =>
    treeOf(snapshot).ours.flatMap(({ process, args }) => {
      if (
        args.log === null ||
        args.log === '-P' ||
        args.log.length >= SHORTEST_LOG ||
        args.further.length > 0
      )
        return [];
      return [
        say(check, {
          path: runnerOf(snapshot),
          summary: 'The LOG argument of runsvdir is too short: it keeps no messages',
          evidence: [
            `runsvdir, process ${process.pid}: ${process.argv.map((word) => (word.length > 60 ? `${word.slice(0, 40)}...` : word)).join(' | ')}`,
            `LOG is ${JSON.stringify(args.log)}, at least ${SHORTEST_LOG} characters are needed`,
          ],
          cause:
            'Messages of runsv are not kept in ps. Give it a quoted text with some hundred dots in the runner, and start the supervisor again.',
        }),
      ];
    }),
};
