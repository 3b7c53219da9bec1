import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { programOf } from '../program.ts';
import { fixBy } from '../say.ts';
import { treeOf } from '../tree.ts';
import { svl } from '../words.ts';

export const check = serviceCheck({
  id: 'service-renamed',
  severity: 'info',
  layer: 'advice',
  title: 'the link was renamed, and runsv goes on under its old name',
  section: 'Symlink the Daemon’s Directory From Inside the Service Directory',
  explain: [
    'A rename is no restart: runsvdir knows the service by its directory. ps and the messages of runsv show the old name until its next start.',
    'By hand, in a quiet moment: svl exit NEWNAME',
  ],
  see: (snapshot, service) => {
    const keeper = treeOf(snapshot).keeper(service);
    if (keeper === undefined || programOf(keeper).name !== 'runsv' || service.links.length !== 1)
      return undefined;
    const name = programOf(keeper).args[0]?.replace(/^\.\//, '').replace(/\/$/, '');
    if (name === undefined || name.includes('/') || name === service.name) return undefined;
    return {
      path: service.links[0] ?? null,
      summary: `its runsv still calls it ${name}`,
      evidence: [`pid ${keeper.pid}: runsv ${name}`],
      cause: 'Messages in the supervisor’s title show the old name until the next start of runsv.',
      fix: fixBy({
        title: 'restart its runsv, and the service with it',
        risk: 'restart',
        commands: [svl(snapshot, 'exit', service.name)],
        actions: [{ kind: 'control', supervise: service.main.path, letters: 'x' }],
        settle: SETTLE_SCAN,
      }),
    };
  },
});
