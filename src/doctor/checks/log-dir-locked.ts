import type { Check } from '../check.ts';
import { loggerOf, logsOf } from '../logs.ts';
import { say } from '../say.ts';
import { pathOf, treeOf } from '../tree.ts';
import { tilde } from '../words.ts';

export const check: Check = {
  id: 'log-dir-locked',
  severity: 'error',
  layer: 'log',
  title: 'two log services use one directory',
  section: 'Runit Log File Overview',
  explain: [
    'svlogd locks its directory. A second one on the same directory ends with exit code 111 once a second, and its daemon stops when the pipe is full.',
    'By hand: give each service its own directory in log/run, then svl restart NAME/log.',
  ],
  run: (snapshot) => {
    // A copy that is not linked starts no logger.
    const names = new Map(
      snapshot.entries.filter((each) => !each.name.startsWith('.')).map((each) => [each.service, each.name]),
    );
    const users = new Map<string, { readonly dir: string; readonly name: string }[]>();
    for (const { service: dir, path } of snapshot.logs) {
      const { real } = pathOf(snapshot, path);
      const name = names.get(dir);
      if (real !== null && name !== undefined) users.set(real, [...(users.get(real) ?? []), { dir, name }]);
    }
    return logsOf(snapshot).flatMap(({ log, service }) => {
      const real = pathOf(snapshot, log.path).real;
      if (real === null) return [];
      const others = (users.get(real) ?? []).filter((each) => each.dir !== service.dir);
      if (others.length > 0 && service.links.length > 0) {
        const folder = pathOf(snapshot, service.dir, 'log').real;
        // Not only the directory of the logs is one, but the log service, too.
        const twin = others.find(
          (each) => folder !== null && pathOf(snapshot, each.dir, 'log').real === folder,
        );
        if (twin !== undefined && folder !== null)
          return [
            say(check, {
              service: service.name,
              path: folder,
              summary: `${service.name}: its log service is also that of ${others.map((each) => each.name).join(', ')}`,
              evidence: [
                `log of ${service.name} and log of ${twin.name} are one directory: ${tilde(snapshot, folder)}`,
              ],
              cause:
                'Only one runsv can keep it, and one svlogd lock its directory; the others try once a second. Give each service a log directory of its own with its own run: cp -r, and not ln -s.',
            }),
          ];
        return [
          say(check, {
            service: service.name,
            path: real,
            summary: `${service.name}: its log directory ${tilde(snapshot, real)} is also that of ${others.map((each) => each.name).join(', ')}`,
            evidence: [`${service.dir}/log/run and ${others[0]?.dir}/log/run name ${real}`],
            cause:
              'Only one svlogd can lock it; the others end once a second. Give each service a directory of its own in log/run.',
          }),
        ];
      }
      const own = loggerOf(snapshot, service)?.pid;
      const holder = treeOf(snapshot)
        .holders(`${real}/lock`)
        .find(
          (each) => !each.waiting && each.pid !== own && each.pid !== treeOf(snapshot).keeper(service)?.pid,
        );
      if (holder === undefined || service.log?.status?.state === 'run') return [];
      return [
        say(check, {
          service: service.name,
          path: `${real}/lock`,
          summary: `${service.name}: its log directory is locked by process ${holder.pid}${holder.process === null ? '' : ` (${holder.process.comm})`}`,
          evidence: [`lock of ${real}: held by ${holder.pid}, the log service is ${own ?? 'not running'}`],
          cause: `svlogd cannot lock it and ends once a second. End process ${holder.pid} if it is a logger that was left behind: kill ${holder.pid}`,
        }),
      ];
    });
  },
};
