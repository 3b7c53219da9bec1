import type { Check } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy, say, toService } from '../say.ts';
import { pathOf, treeOf } from '../tree.ts';
import { svl } from '../words.ts';

export const check: Check = {
  id: 'log-added-while-running',
  severity: 'warning',
  layer: 'log',
  title: 'log/ was made after runsv had started, and is not used',
  section: 'Runit Log File Overview',
  explain: [
    'runsv looks for log once, when it starts. A log directory that comes later is not used; sv even prints a false line for it. Restarting the daemon changes nothing, nor does a quick rm and ln -s.',
    'By hand: svl exit NAME. runsvdir starts a new runsv within five seconds, with the log.',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      if (service.log === null || service.main.answers !== 'ok' || service.log.answers === 'ok') return [];
      if (service.log.answers === 'EACCES' || pathOf(snapshot, service.dir, 'log/run').to === null) return [];
      const keeper = treeOf(snapshot).keeper(service);
      if (keeper === undefined || keeper.state === 'T') return [];
      return [
        say(check, {
          service: service.name,
          path: pathOf(snapshot, service.dir, 'log').path,
          summary: `${service.name}: log/ was added while the service ran, and is not used`,
          evidence: ['supervise/ok is read by a runsv, log/supervise/ok is not'],
          cause:
            'runsv looks for log only when it starts; until then the daemon’s output goes where runsvdir’s goes.',
          fix: fixBy({
            title: 'let runsv start again, with the log',
            risk: 'restart',
            commands: [svl(snapshot, 'exit', service.name)],
            actions: [toService(service, 'x')],
            settle: SETTLE_SCAN,
          }),
        }),
      ];
    }),
};
