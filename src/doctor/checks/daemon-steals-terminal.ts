import { treeCheck } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { linked, treeOf } from '../tree.ts';

export const check = treeCheck({
  id: 'daemon-steals-terminal',
  severity: 'warning',
  layer: 'session',
  title: 'the supervisor was started in a terminal: its services read from that terminal',
  section: 'As the Normal User, Start the Runsvdir Runner Program',
  explain: [
    'Services inherit standard input. Started from a terminal without a redirection, each of them holds that terminal, and one that reads takes away what you type there.',
    'By hand: start the runner with </dev/null, as the session file or homerun up do.',
  ],
  see: (snapshot) => {
    const tree = treeOf(snapshot);
    const main = tree.main;
    const stdin = main?.process.fds.find((each) => each.fd === 0)?.target;
    if (main === undefined || stdin === undefined || !/^\/dev\/(pts\/|tty\w)/.test(stdin)) return undefined;
    const holders = linked(snapshot).filter((service) =>
      tree.daemon(service.main)?.fds.some(({ fd, target }) => fd === 0 && target === stdin),
    );
    return {
      path: runnerOf(snapshot),
      summary: `the supervisor and its services read from the terminal ${stdin}`,
      evidence: [
        `standard input of pid ${main.process.pid}: ${stdin}`,
        ...(holders.length > 0 ? [`also of: ${holders.map((each) => each.name).join(', ')}`] : []),
      ],
      cause: `A service that reads takes what is typed there. End it (kill -HUP ${main.process.pid}) and start it with homerun up, or the runner with </dev/null.`,
    };
  },
});
