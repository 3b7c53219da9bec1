import type { Check } from '../check.ts';
import { fixBy, say, toService } from '../say.ts';
import { lineOf, svCommands, TAKES_DOWN } from '../sv-commands.ts';
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
      const telling = svCommands(snapshot).find(
        ({ verb, targets }) => TAKES_DOWN.test(verb) && targets.some((each) => each.service === service),
      );
      return [
        say(check, {
          service: service.name,
          path: service.dir,
          summary: once
            ? `${service.name}: it will not be started again when it ends`
            : telling === undefined
              ? `${service.name}: it was put down by hand`
              : `${service.name}: it was put down, as ${telling.name} of ${telling.service.name} does it`,
          evidence: [
            once
              ? 'running, want down (sv once)'
              : `down since ${duration(snapshot.at - status.changed)}, no file down`,
            ...(telling === undefined ? [] : [`${telling.script.path}, ${lineOf(telling.started)}`]),
          ],
          cause:
            telling === undefined
              ? 'That holds until the next session.'
              : `That holds until the next session. Where nobody else has said it, that script has: whenever it is run, the service goes down.`,
          fix: fixBy({
            title: once ? 'keep it running' : 'start it',
            commands: [svl(snapshot, 'up', service.name)],
            actions: [toService(service, 'u')],
          }),
        }),
      ];
    }),
};
