import { dirname } from 'node:path';
import type { Check } from '../check.ts';
import { logMeaning, logsOf, makesDirectory } from '../logs.ts';
import { linesAbout, ringOf } from '../ring.ts';
import { fixBy, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { shellPath, tilde } from '../words.ts';

export const check: Check = {
  id: 'log-dir-missing',
  severity: 'error',
  layer: 'log',
  title: 'the directory given to svlogd does not exist',
  section: 'Runit Log File Overview',
  explain: [
    'svlogd never makes its directory. Without one that works it ends with exit code 111, runsv starts it again every second, and the daemon stops when the pipe is full.',
    'By hand: mkdir -p DIRECTORY. svlogd is tried again within a second.',
  ],
  run: (snapshot) =>
    logsOf(snapshot).flatMap(({ log, service }) => {
      const fact = pathOf(snapshot, log.path);
      if (fact.to !== null || fact.toError !== 'ENOENT') return [];
      if (makesDirectory(logMeaning(snapshot, service), log.path)) return [];
      let above = dirname(log.path);
      while (above !== '/' && pathOf(snapshot, above).to === null) above = dirname(above);
      const nearest = pathOf(snapshot, above);
      const can = nearest.to?.kind === 'directory' && nearest.can.write === 'ok' && fact.self === null;
      return [
        say(check, {
          service: service.name,
          path: log.path,
          summary: `${service.name}: the log directory ${tilde(snapshot, log.path)} does not exist`,
          evidence: [
            `${log.path}: file does not exist`,
            ...linesAbout(ringOf(snapshot), service.name).slice(-1),
          ],
          cause: can
            ? 'svlogd does not make it: it ends, and the daemon stops when the pipe is full (64 KiB).'
            : `svlogd does not make it, and ${above} is not writable for you: choose another directory in ${service.dir}/log/run.`,
          fix: can
            ? fixBy({
                title: 'make the log directory',
                commands: [`mkdir -p ${shellPath(snapshot, log.path)}`],
                operations: [{ kind: 'mkdir', path: log.path }],
              })
            : null,
        }),
      ];
    }),
};
