import type { Check } from '../check.ts';
import { fixBy, say, toService } from '../say.ts';
import { linked, pathOf, treeOf } from '../tree.ts';
import { shellPath, svl } from '../words.ts';

export const check: Check = {
  id: 'down-file-present',
  severity: 'info',
  layer: 'state',
  title: 'a file down keeps the service from starting',
  section: 'Brute Force Troubleshooting',
  explain: [
    'A file down in the service directory means: do not start it when runsv starts. svl up starts it all the same, until the next session.',
    'By hand: rm ~/service_all/NAME/down; svl up NAME',
  ],
  run: (snapshot) =>
    linked(snapshot).flatMap((service) => {
      const down = pathOf(snapshot, service.dir, 'down');
      if (down.self === null || down.to === null) return [];
      const { status, answers } = service.main;
      const isDown = answers === 'ok' && status?.state === 'down';
      const alive = answers === 'ok' && treeOf(snapshot).keeper(service) !== undefined;
      return [
        say(check, {
          service: service.name,
          path: down.path,
          summary: `${service.name}: ${down.self.kind === 'directory' ? 'a directory' : 'a file'} down keeps it from starting with the session`,
          evidence: [`${down.path} is there`, ...(status == null ? [] : [`it is ${status.state} now`])],
          cause:
            down.self.kind === 'directory'
              ? `Whatever has that name counts. Take it away: rm -r ${shellPath(snapshot, down.path)}`
              : 'Somebody wanted it so: add-service --down makes such a file, too.',
          fix:
            down.self.kind === 'directory'
              ? null
              : fixBy({
                  title: 'remove the file down and start the service',
                  commands: [
                    `rm ${shellPath(snapshot, down.path)}`,
                    ...(isDown ? [svl(snapshot, 'up', service.name)] : []),
                  ],
                  operations: [{ kind: 'remove', path: down.path }],
                  actions: alive && isDown ? [toService(service, 'u')] : [],
                }),
        }),
      ];
    }),
};
