import type { Check } from '../check.ts';
import { loggerOf, logsOf } from '../logs.ts';
import { fixBy, say, toLog } from '../say.ts';
import { pathOf, treeOf } from '../tree.ts';
import { shellPath, svl, tilde } from '../words.ts';

export const check: Check = {
  id: 'log-current-removed',
  severity: 'warning',
  layer: 'log',
  title: 'current was removed while svlogd has it open',
  section: 'Runit Log File Overview',
  explain: [
    'svlogd goes on writing to the file that it has open, which no name leads to any more: these lines are lost.',
    'By hand: mkdir -p DIRECTORY; svl hup NAME/log',
  ],
  run: (snapshot) =>
    logsOf(snapshot).flatMap(({ log, service }) => {
      const logger = loggerOf(snapshot, service);
      const real = pathOf(snapshot, log.path).real ?? log.path;
      const tree = treeOf(snapshot);
      const gone = [`${real}/current (deleted)`, `${log.path}/current (deleted)`, `${real} (deleted)`].find(
        (target) => logger !== undefined && tree.openers(target).includes(logger),
      );
      if (logger === undefined || gone === undefined) return [];
      const missing = pathOf(snapshot, log.path).to === null;
      return [
        say(check, {
          service: service.name,
          path: `${log.path}/current`,
          summary: `${service.name}: ${tilde(snapshot, `${log.path}/current`)} was removed while its logger writes it`,
          evidence: [`process ${logger.pid} has ${gone} open`],
          cause: 'What is logged now goes to a file that no name leads to, and is lost.',
          fix: fixBy({
            title: 'let the logger open its files again',
            commands: [
              ...(missing ? [`mkdir -p ${shellPath(snapshot, log.path)}`] : []),
              svl(snapshot, 'hup', `${service.name}/log`),
            ],
            operations: missing ? [{ kind: 'mkdir', path: log.path }] : [],
            actions: [toLog(service, 'h')],
          }),
        }),
      ];
    }),
};
