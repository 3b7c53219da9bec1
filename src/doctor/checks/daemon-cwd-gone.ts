import { serviceCheck } from '../check.ts';
import { programOf } from '../program.ts';
import { halves } from '../supervises.ts';
import { treeOf } from '../tree.ts';
import { shellPath } from '../words.ts';

const GONE = ' (deleted)';

export const check = serviceCheck({
  id: 'daemon-cwd-gone',
  severity: 'warning',
  layer: 'daemon',
  title: 'the directory in which the daemon stands was removed',
  section: 'Make the Daemon Program',
  explain: [
    'A process goes on when its working directory is removed, but nothing in there can be opened or made any more: each relative path fails. When the service is started again, a cd to that place fails, too.',
    'By hand: make the directory again, then svl restart NAME.',
  ],
  see: (snapshot, service) => {
    const tree = treeOf(snapshot);
    // The service's own directory: what its runsv has lost is another finding.
    if (tree.keeper(service) === undefined) return undefined;
    return halves(snapshot, service).flatMap(({ supervise, name }) => {
      const process = tree.daemon(supervise);
      if (process?.cwd?.endsWith(GONE) !== true || supervise.answers !== 'ok') return [];
      const directory = process.cwd.slice(0, -GONE.length);
      return [
        {
          path: directory,
          summary: `${name === 'supervise' ? 'its daemon' : 'its log service'} stands in ${directory}, which was removed`,
          evidence: [
            `pid ${process.pid} (${programOf(process).name}) has the working directory ${process.cwd}`,
          ],
          cause: `No relative path works for it. Make the directory again and restart it: mkdir -p ${shellPath(snapshot, directory)}`,
        },
      ];
    });
  },
});
