import { treeCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { runnerOf } from '../homefiles.ts';
import { fixBy } from '../say.ts';
import { linked, pathOf, treeOf } from '../tree.ts';

export const check = treeCheck({
  id: 'runsvdir-not-running',
  severity: 'error',
  layer: 'supervisor',
  title: 'no runsvdir runs on the service directory',
  section: 'As the Normal User, Start the Runsvdir Runner Program',
  explain: [
    'Without runsvdir nothing starts a runsv, and sv says "fail: NAME: runsv not running". It ends with the session that started it, when a terminal is closed, or was never started.',
    'By hand: start the runner in the background, out of the session in which its services are to run: setsid RUNNER </dev/null >/dev/null 2>&1 & or: homerun up',
  ],
  see: (snapshot) => {
    const tree = treeOf(snapshot);
    if (tree.main !== undefined || snapshot.serviceDir.to === null) return undefined;
    const services = linked(snapshot);
    const runner = pathOf(snapshot, runnerOf(snapshot));
    const startable = runner.to?.kind === 'file' && runner.can.execute === 'ok';
    const orphans = tree.runsvs.filter((runsv) => services.some((service) => service.id === runsv.cwdId));
    return {
      path: snapshot.layout.serviceDir,
      // Nothing is to be run yet: so it is after the very first init.
      severity: services.length === 0 ? 'info' : 'error',
      summary: 'no runsvdir runs on the service directory',
      evidence: [
        ...(orphans.length > 0
          ? [`${orphans.length} runsv live on without it: ${orphans.map((each) => each.pid).join(' ')}`]
          : []),
        ...(services.length > 0
          ? [`${services.length} ${services.length === 1 ? 'service is' : 'services are'} linked`]
          : []),
      ],
      cause: startable
        ? 'Nothing starts the services, or starts them again. The session file starts it with the session; now: homerun up'
        : `Nothing starts the services. Start your runner in the background; or make one: homerun init`,
      fix: startable
        ? fixBy({
            title: 'start the supervisor in the background',
            commands: ['homerun up'],
            actions: [{ kind: 'start', runner: runner.path }],
            settle: SETTLE_SCAN,
          })
        : null,
    };
  },
});
