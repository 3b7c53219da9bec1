import { treeCheck } from '../check.ts';
import { parseMessage } from '../evidence/messages.ts';
import { freshLines } from '../ring.ts';
import { treeOf } from '../tree.ts';

/** So close to the limit a fork may fail at any time. */
const CLOSE = 0.97;

export const check = treeCheck({
  id: 'nproc-limit',
  severity: 'error',
  layer: 'machine',
  title: 'the user’s limit of processes is reached: runsv cannot fork',
  section: 'Troubleshoot: Read-Only Diagnostic Tests',
  explain: [
    'Each user may have so many processes and threads at a time (ulimit -u). When they are used up, runsv says "unable to fork, sleeping: temporary failure", and tries again every 5 seconds.',
    'By hand: end processes (ps -u USER -L), or raise the limit: /etc/security/limits.conf',
  ],
  see: (snapshot) => {
    const main = treeOf(snapshot).main;
    if (main === undefined) return undefined;
    const limit = main.process.detail?.limits['Max processes'];
    const own = snapshot.processes.filter((each) => each.uid === snapshot.who.uid).length;
    // The same forms of message tell of other errors, too.
    const said = freshLines(snapshot).filter((line) => {
      const message = parseMessage(line);
      return message?.checks.includes('nproc-limit') === true && message.error === 'temporary failure';
    });
    // root is not bound by it.
    const near = typeof limit === 'number' && snapshot.who.uid !== 0 && own >= limit * CLOSE;
    if (!near && said.length === 0) return undefined;
    return {
      path: null,
      summary: 'the limit of processes is reached',
      evidence: [
        `${own} processes of ${snapshot.who.user} (threads count as well), limit ${limit ?? 'unlimited'}`,
        ...said.slice(-1),
      ],
      cause:
        'runsv cannot start anything. End processes, or raise the limit (ulimit -u in the runner, limits.conf).',
    };
  },
});
