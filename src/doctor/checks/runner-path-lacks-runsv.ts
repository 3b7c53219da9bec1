import type { Check } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { ringOf } from '../ring.ts';
import { say } from '../say.ts';
import { pathOf, treeOf } from '../tree.ts';

export const check: Check = {
  id: 'runner-path-lacks-runsv',
  severity: 'error',
  layer: 'supervisor',
  title: 'runsv is not on the PATH of runsvdir',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    'runsvdir starts runsv through its PATH, once for each service. When it is not there, nothing runs.',
    'By hand: set PATH in the runner before exec runsvdir, then start the supervisor again.',
  ],
  run: (snapshot) =>
    treeOf(snapshot).ours.flatMap(({ process, args }) => {
      const path = process.detail?.environ?.PATH;
      // The shared mode hosts the services itself.
      if (args.shared || typeof path !== 'string') return [];
      const folders = path.split(':').filter((folder) => folder.startsWith('/'));
      if (folders.some((folder) => pathOf(snapshot, folder, 'runsv').can.execute === 'ok')) return [];
      return [
        say(check, {
          path: runnerOf(snapshot),
          summary: 'runsv is not on the PATH of runsvdir: no service can run',
          evidence: [
            `PATH of process ${process.pid}: ${path}`,
            ...ringOf(snapshot)
              .filter((line) => line.includes('unable to start runsv'))
              .slice(-1),
          ],
          cause:
            'Set PATH in the runner so that runsv is found (it lies where runsvdir lies), and start the supervisor again.',
        }),
      ];
    }),
};
