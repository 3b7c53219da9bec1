import { join } from 'node:path';
import type { Check } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { plainLogRun } from '../logs.ts';
import { fixBy, freeName, say, toService } from '../say.ts';
import { pathOf, treeOf } from '../tree.ts';
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
      const plain = plainLogRun(snapshot, service);
      const aside = join(service.dir, freeName(service.names, 'log.txt'));
      const running = treeOf(snapshot).keeper(service) !== undefined;
      return [
        say(check, {
          service: service.name,
          path: log.path,
          summary: `${service.name}: log is ${kindWord(log.to.kind)}, not a directory`,
          evidence: [`${log.path}: ${kindWord(log.to.kind)}, ${log.to.size} bytes`],
          cause: 'runsv makes a log service of a directory only; this service runs without one.',
          fix: fixBy({
            title: 'move the file away and make a log service',
            risk: running ? 'restart' : 'safe',
            commands: [
              `mv ${shellPath(snapshot, log.path)} ${shellPath(snapshot, aside)}`,
              `mkdir -p ${shellPath(snapshot, join(service.dir, 'log'))} ${shellPath(snapshot, plain.directory)}`,
              `# write log/run: exec svlogd -tt ${plain.directory}`,
              ...(running ? [svl(snapshot, `exit ${service.name}`)] : []),
            ],
            operations: [
              { kind: 'rename', from: log.path, to: aside },
              { kind: 'mkdir', path: join(service.dir, 'log') },
              { kind: 'mkdir', path: plain.directory },
              { kind: 'write', path: join(service.dir, 'log/run'), contents: plain.text, mode: 0o755 },
            ],
            actions: running ? [toService(service, 'x')] : [],
            settle: SETTLE_SCAN,
          }),
        }),
      ];
    }),
};
