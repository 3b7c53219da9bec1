import { treeCheck } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { treeOf } from '../tree.ts';

export const check = treeCheck({
  id: 'terminal-hup-int',
  severity: 'warning',
  layer: 'session',
  title: 'the supervisor belongs to a terminal: closing the window, or Ctrl-C, ends it',
  section: 'As the Normal User, Start the Runsvdir Runner Program',
  explain: [
    'A runner that was started in a terminal, with & or without, stays in its session: closing the window sends HUP, which stops every service; Ctrl-C in the foreground sends INT, which leaves the runsv without a runsvdir.',
    'By hand: start it from the session file, with homerun up, or with setsid RUNNER </dev/null >/dev/null 2>&1 &',
  ],
  see: (snapshot) => {
    const main = treeOf(snapshot).main;
    if (main === undefined || main.process.tty === 0) return undefined;
    const { pid, session } = main.process;
    return {
      path: runnerOf(snapshot),
      summary: `the supervisor (pid ${pid}) belongs to a terminal, and ends with it`,
      evidence: [
        `controlling terminal: device ${main.process.tty >> 8}:${main.process.tty & 255}, session ${session}`,
      ],
      cause: `Closing that window stops every service. In a quiet moment: kill -HUP ${pid}; homerun up`,
    };
  },
});
