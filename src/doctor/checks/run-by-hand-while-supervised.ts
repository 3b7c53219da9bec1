import { serviceCheck } from '../check.ts';
import { programOf } from '../program.ts';
import { describeProcess } from '../strays.ts';
import { treeOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'run-by-hand-while-supervised',
  severity: 'warning',
  layer: 'state',
  title: 'run or the daemon was started by hand while the service is up',
  section: 'Brute Force Troubleshooting',
  explain: [
    './run in a terminal, as in the brute force procedure, while the service is up makes a second copy of the daemon: both write the same files, and one of them may say "already running".',
    'By hand: end the one in the terminal with Ctrl-C; svl down NAME before the next try.',
  ],
  see: (snapshot, service) => {
    const tree = treeOf(snapshot);
    const daemon = tree.daemon(service.main);
    const keeper = tree.keeper(service);
    if (daemon === undefined || keeper === undefined || service.main.status?.state !== 'run')
      return undefined;
    const own = daemon.argv.join('\0');
    const copies = tree.standingIn(service.id).filter((process) => {
      if (process.pid === daemon.pid || process.state === 'Z') return false;
      if (tree.isBelow(process, keeper.pid) || tree.isBelow(process, daemon.pid)) return false;
      // An orphan is left over from a runsv that was killed.
      if (process.ppid === 1 && process.tty === 0) return false;
      if (/^(runsv|runsvdir|svlogd)$/.test(programOf(process).name)) return false;
      return process.argv.join('\0') === own || process.argv.includes('./run');
    });
    if (copies.length === 0) return undefined;
    return {
      path: service.dir,
      summary: 'its run was started by hand as well',
      evidence: [
        `supervised: ${describeProcess(daemon)}`,
        ...copies.slice(0, 3).map((each) => `by hand: ${describeProcess(each)}, parent ${each.ppid}`),
      ],
      cause: `Two copies work on the same things. End the one that runsv does not supervise (Ctrl-C in its terminal, or kill ${copies.map((each) => each.pid).join(' ')}).`,
    };
  },
});
