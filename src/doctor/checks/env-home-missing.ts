import { shellWord } from '../../shell/words.ts';
import { treeCheck } from '../check.ts';
import { runnerOf } from '../homefiles.ts';
import { runOf } from '../places.ts';
import { linked, treeOf } from '../tree.ts';

export const check = treeCheck({
  id: 'env-home-missing',
  severity: 'error',
  layer: 'environment',
  title: 'the supervisor was started without HOME',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    'Services get the environment of runsvdir. Started from a boot script, cron or sudo -u, it may lack HOME: $HOME is then empty, ~ is not replaced and cd goes nowhere.',
    'By hand: put export HOME=/home/you into the runner, end runsvdir with HUP and start the runner again.',
  ],
  see: (snapshot) => {
    const main = treeOf(snapshot).main;
    const environ = main?.process.detail?.environ;
    if (
      main === undefined ||
      environ == null ||
      Object.keys(environ).length === 0 ||
      environ.HOME !== undefined
    )
      return undefined;
    const users = linked(snapshot).filter((service) =>
      /\$\{?HOME|~\/|^[ \t]*cd[ \t]*$/m.test(runOf(snapshot, service).script?.text ?? ''),
    );
    return {
      path: runnerOf(snapshot),
      summary: 'the supervisor has no HOME in its environment',
      evidence: [
        `environment of pid ${main.process.pid}: ${Object.keys(environ).slice(0, 12).join(' ')}`,
        ...(users.length > 0 ? [`used by: ${users.map((each) => each.name).join(', ')}`] : []),
      ],
      cause: `Services inherit it: $HOME is empty for them. Put export HOME=${shellWord(snapshot.who.home)} into the runner; then kill -HUP ${main.process.pid} and start the runner again (all services restart).`,
    };
  },
});
