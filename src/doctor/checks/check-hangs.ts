import type { Check } from '../check.ts';
import { programOf } from '../program.ts';
import { fixBy, say } from '../say.ts';
import { treeOf } from '../tree.ts';
import { duration } from '../words.ts';

/** Milliseconds. */
const PATIENCE = 10_000;

export const check: Check = {
  id: 'check-hangs',
  severity: 'warning',
  layer: 'state',
  title: 'check does not end: sv waits for ever',
  section: 'Brute Force Troubleshooting',
  explain: [
    'sv start, restart and check run ./check without a time limit of their own: -w does not help when check itself hangs.',
    'By hand: kill the process ./check; put timeout 2 before what it asks.',
  ],
  run: (snapshot) =>
    snapshot.processes.flatMap((process) => {
      if (process.state === 'Z' || !process.argv.some((word) => word === 'check' || word === './check'))
        return [];
      if (snapshot.at - process.started < PATIENCE) return [];
      const tree = treeOf(snapshot);
      const parent = tree.byPid.get(process.ppid);
      const service = snapshot.services.find((each) => each.id === process.cwdId);
      if (parent === undefined || programOf(parent).name !== 'sv' || service === undefined) return [];
      return [
        say(check, {
          service: service.name,
          path: `${service.dir}/check`,
          summary: `${service.name}: check has not ended for ${duration(snapshot.at - process.started)}`,
          evidence: [`process ${process.pid}, started by sv (${parent.pid})`],
          cause: 'sv has no time limit for check. Put timeout 2 before what it asks.',
          fix: fixBy({
            title: 'end check',
            commands: [`kill ${process.pid}`],
            actions: [{ kind: 'signal', pid: process.pid, ticks: process.ticks, signal: 'SIGTERM' }],
          }),
        }),
      ];
    }),
};
