import type { Check } from '../check.ts';
import { fixBy, say } from '../say.ts';
import { treeOf } from '../tree.ts';
import { duration } from '../words.ts';

/** Milliseconds: cleaning up takes some time. */
const PATIENCE = 10_000;

export const check: Check = {
  id: 'finish-hangs',
  severity: 'error',
  layer: 'state',
  title: 'finish does not end: the service is never started again',
  section: 'Brute Force Troubleshooting',
  explain: [
    'runsv waits for finish before it starts run again. A finish that hangs keeps the service down for ever.',
    'By hand: kill the pid of finish (in svl status NAME), and mend the script.',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      const { status, answers } = service.main;
      if (answers !== 'ok' || status?.state !== 'finish') return [];
      const finish = treeOf(snapshot).daemon(service.main);
      if (finish === undefined || snapshot.at - finish.started < PATIENCE) return [];
      return [
        say(check, {
          service: service.name,
          path: `${service.dir}/finish`,
          summary: `${service.name}: finish has not ended for ${duration(snapshot.at - finish.started)}`,
          evidence: [`process ${finish.pid}: ${finish.argv.join(' ').slice(0, 80)}`],
          cause: 'runsv starts run again only when finish has ended.',
          fix: fixBy({
            title: 'end finish',
            risk: 'restart',
            commands: [`kill ${finish.pid}`],
            actions: [{ kind: 'signal', pid: finish.pid, ticks: finish.ticks, signal: 'SIGTERM' }],
          }),
        }),
      ];
    }),
};
