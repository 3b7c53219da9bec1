import type { Check } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy, say, toService } from '../say.ts';
import { treeOf } from '../tree.ts';
import { svl } from '../words.ts';

export const check: Check = {
  id: 'log-removed-while-running',
  severity: 'warning',
  layer: 'log',
  title: 'log/ was removed while runsv runs with it',
  section: 'Runit Log File Overview',
  explain: [
    'runsv keeps its log service for its whole life. When the directory is gone, the logger that runs goes on, but when it ends it cannot be started again, once a second.',
    'By hand: svl exit NAME.',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      if (service.log !== null) return [];
      const tree = treeOf(snapshot);
      const keeper = tree.keeper(service);
      if (keeper === undefined) return [];
      const gone = [keeper, ...tree.descendants(keeper.pid)].find(
        (each) =>
          each.cwd === `${service.dir}/log (deleted)` ||
          each.fds.some(
            ({ target }) => target.startsWith(`${service.dir}/log/`) && target.endsWith(' (deleted)'),
          ),
      );
      if (gone === undefined) return [];
      return [
        say(check, {
          service: service.name,
          path: `${service.dir}/log`,
          summary: `${service.name}: log/ was removed while the service ran`,
          evidence: [`process ${gone.pid} (${gone.comm}) still uses ${service.dir}/log, which is deleted`],
          cause: 'When the logger ends it cannot start again, and the daemon stops when the pipe is full.',
          fix: fixBy({
            title: 'let runsv start again, without the log',
            risk: 'restart',
            commands: [svl(snapshot, 'exit', service.name)],
            actions: [toService(service, 'x')],
            settle: SETTLE_SCAN,
          }),
        }),
      ];
    }),
};
