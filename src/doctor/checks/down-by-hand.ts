import type { Check } from '../check.ts';
import { fixBy, say, toService } from '../say.ts';
import { linked, pathOf, treeOf } from '../tree.ts';
import { duration, svl } from '../words.ts';

export const check: Check = {
  id: 'down-by-hand',
  severity: 'info',
  layer: 'state',
  title: 'the service is down because somebody said so',
  section: 'Brute Force Troubleshooting',
  explain: [
    'sv down holds until the next session (or the next start of runsv). sv once lets the service run to its end and not start again.',
    'By hand: svl up NAME',
  ],
  run: (snapshot) =>
    linked(snapshot).flatMap((service) => {
      const { status, answers } = service.main;
      if (answers !== 'ok' || status === null || status.want !== 'd' || status.gotTerm) return [];
      if (
        pathOf(snapshot, service.dir, 'down').self !== null ||
        treeOf(snapshot).keeper(service) === undefined
      )
        return [];
      if (status.state === 'finish') return [];
      const once = status.state === 'run';
      return [
        say(check, {
          service: service.name,
          path: service.dir,
          summary: once
            ? `${service.name}: it will not be started again when it ends`
            : `${service.name}: it was put down by hand`,
          evidence: [
            once
              ? 'running, want down (sv once)'
              : `down since ${duration(snapshot.at - status.changed)}, no file down`,
          ],
          cause: 'That holds until the next session.',
          fix: fixBy({
            title: once ? 'keep it running' : 'start it',
            commands: [svl(snapshot, 'up', service.name)],
            actions: [toService(service, 'u')],
          }),
        }),
      ];
    }),
};
