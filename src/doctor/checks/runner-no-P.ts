import type { Check } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { say } from '../say.ts';
import { treeOf } from '../tree.ts';

export const check: Check = {
  id: 'runner-no-P',
  severity: 'warning',
  layer: 'supervisor',
  title: 'runsvdir was started without -P',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    '-P gives each service a session and a process group of its own. Without it a signal to the group (Ctrl-C in a terminal, kill 0 in a script) hits all services.',
    'By hand: runsvdir -P DIRECTORY LOG',
  ],
  run: (snapshot) =>
    treeOf(snapshot).ours.flatMap(({ process, args }) => {
      if (args.newSessions || args.log === '-P') return [];
      return [
        say(check, {
          path: runnerOf(snapshot),
          summary: 'runsvdir runs without -P: all services share its process group',
          evidence: [
            `runsvdir, process ${process.pid}: ${process.argv.map((word) => (word.length > 60 ? `${word.slice(0, 40)}...` : word)).join(' | ')}`,
          ],
          cause:
            'A signal to the group hits every service and the supervisor. Add -P in the runner, and start the supervisor again.',
        }),
      ];
    }),
};
