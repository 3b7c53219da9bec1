import { join } from 'node:path';
import type { Check } from '../check.ts';
import { fixBy, freeName, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { kindWord, shellPath, svl } from '../words.ts';

export const check: Check = {
  id: 'log-is-file',
  severity: 'warning',
  layer: 'log',
  title: 'log is a plain file',
  section: 'Runit Log File Overview',
  explain: [
    'runsv takes a directory log for a log service. Anything else is passed over with a warning, once, when runsv starts: the daemon’s output then goes wherever runsvdir’s goes.',
    'By hand: mv log log.txt, make the directory with its run, then svl exit NAME (runsv looks at log only when it starts).',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      const log = pathOf(snapshot, service.dir, 'log');
      if (log.to === null || log.to.kind === 'directory') return [];
      const aside = join(service.dir, freeName(service.names, 'log.txt'));
      return [
        say(check, {
          service: service.name,
          path: log.path,
          summary: `${service.name}: log is ${kindWord(log.to.kind)}, not a directory`,
          evidence: [`${log.path}: ${kindWord(log.to.kind)}, ${log.to.size} bytes`],
          cause:
            'runsv makes a log service of a directory only; this service runs without one. For a log: make log/run, and then let runsv look again with ' +
            svl(snapshot, 'exit', service.name),
          fix: fixBy({
            title: 'move the file out of the way',
            commands: [`mv ${shellPath(snapshot, log.path)} ${shellPath(snapshot, aside)}`],
            operations: [{ kind: 'rename', from: log.path, to: aside }],
          }),
        }),
      ];
    }),
};
