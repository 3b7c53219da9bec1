import { shellWord } from '../../shell/words.ts';
import { treeCheck } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { runOf } from '../places.ts';
import { linked, pathOf, treeOf } from '../tree.ts';

export const check = treeCheck({
  id: 'env-home-missing',
  severity: 'error',
  layer: 'environment',
  title: 'the supervisor was started without HOME, or with that of another user',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    'Services get the environment of runsvdir. Started from a boot script, cron or sudo -u, it may lack HOME: $HOME is then empty, ~ is not replaced and cd goes nowhere. Started by su or sudo it may have that of root, or one from before a move.',
    'By hand: put export HOME=/home/you into the runner, end runsvdir with HUP and start the runner again.',
  ],
  see: (snapshot) => {
    const main = treeOf(snapshot).main;
    const environ = main?.process.detail?.environ;
    if (main === undefined || environ == null || Object.keys(environ).length === 0) return undefined;
    const { HOME } = environ;
    const there = HOME == null ? undefined : pathOf(snapshot, HOME);
    // A home folder of one's own that is another one is somebody's wish.
    if (
      HOME === null ||
      (there?.to != null &&
        (there.to.uid === snapshot.who.uid || there.to.id === pathOf(snapshot, snapshot.who.home).to?.id))
    )
      return undefined;
    const users = linked(snapshot).filter((service) =>
      /\$\{?HOME|~\/|^[ \t]*cd[ \t]*$/m.test(runOf(snapshot, service).script?.text ?? ''),
    );
    return {
      path: runnerOf(snapshot),
      summary:
        HOME === undefined
          ? 'the supervisor has no HOME in its environment'
          : `HOME of the supervisor is ${HOME}, which ${there?.to == null ? 'is not there' : 'is not yours'}`,
      evidence: [
        HOME === undefined
          ? `environment of pid ${main.process.pid}: ${Object.keys(environ).slice(0, 12).join(' ')}`
          : `environment of pid ${main.process.pid}: HOME=${HOME}, expected ${snapshot.who.home}`,
        ...(users.length > 0 ? [`used by: ${users.map((each) => each.name).join(', ')}`] : []),
      ],
      cause: `Services inherit it: ${HOME === undefined ? '$HOME is empty for them' : 'what they keep in their home is looked for there'}. Put export HOME=${shellWord(snapshot.who.home)} into the runner; then kill -HUP ${main.process.pid} and start the runner again (all services restart).`,
    };
  },
});
