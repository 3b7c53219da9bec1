import { shellWord } from '../../shell/words.ts';
import { treeCheck } from '../check.ts';
import { treeOf } from '../tree.ts';

export const check = treeCheck({
  id: 'runsvdir-as-root',
  severity: 'error',
  layer: 'machine',
  title: 'the runsvdir of the user’s tree runs as root',
  section: 'As the Normal User, Start the Runsvdir Runner Program',
  explain: [
    'sudo RUNNER runs every service as root, and makes supervise and the logs root’s, so that nothing works as the user afterwards.',
    'By hand, as root: kill -HUP PID; wait; chown -R USER: ~USER/service_all and the logs. Then start the runner as the user.',
  ],
  see: (snapshot) => {
    const wrong = treeOf(snapshot).ours.filter((each) => each.process.uid === 0 && snapshot.who.uid !== 0);
    const [first] = wrong;
    if (first === undefined) return undefined;
    const { user } = snapshot.who;
    return {
      path: snapshot.layout.serviceDir,
      summary: `the runsvdir of this tree (pid ${first.process.pid}) runs as root`,
      evidence: [`uid of pid ${first.process.pid}: 0, expected ${snapshot.who.uid}`],
      cause: `Its services run as root, and its files are root's. As root: kill -HUP ${first.process.pid}; sleep 2; chown -R ${user}: ${shellWord(snapshot.layout.serviceAll)}. Then, as ${user}: homerun up`,
    };
  },
});
