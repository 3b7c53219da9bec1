import type { Check } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { say } from '../say.ts';
import { treeOf } from '../tree.ts';

export const check: Check = {
  id: 'runner-relative-dir',
  severity: 'error',
  layer: 'supervisor',
  title: 'runsvdir was given a relative directory',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    'A relative path counts from wherever runsvdir was started; after a start from elsewhere it finds nothing.',
    'By hand: write the absolute path into the runner.',
  ],
  run: (snapshot) =>
    treeOf(snapshot).ours.flatMap(({ process, args }) => {
      if (args.directory === null || args.directory.startsWith('/')) return [];
      return [
        say(check, {
          path: runnerOf(snapshot),
          summary: `runsvdir was given the relative directory ${args.directory}`,
          evidence: [
            `runsvdir, process ${process.pid}: ${process.argv.map((word) => (word.length > 60 ? `${word.slice(0, 40)}...` : word)).join(' | ')}`,
            `its working directory is ${process.cwd ?? 'unknown'}`,
          ],
          cause:
            'Started from another directory it looks at another place. Write the absolute path into the runner.',
        }),
      ];
    }),
};
