import { join } from 'node:path';
import type { Check } from '../check.ts';
import { plainLogRun } from '../logs.ts';
import { fixBy, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { shellPath } from '../words.ts';

export const check: Check = {
  id: 'log-run-missing',
  severity: 'error',
  layer: 'log',
  title: 'log/ exists but has no run',
  section: 'Runit Log File Overview',
  explain: [
    'runsv starts a log service as soon as there is a directory log. Without log/run in it nothing reads the pipe: after 64 KiB the daemon stops in its next write, while sv status says run.',
    'By hand: write log/run (#!/bin/sh, exec svlogd -tt DIRECTORY), chmod +x it, make DIRECTORY. runsv tries every second. Or remove log and let runsv look again: rmdir log; svl exit NAME.',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      if (service.log === null) return [];
      const run = pathOf(snapshot, service.dir, 'log/run');
      if (run.self !== null || run.error !== 'ENOENT') return [];
      const plain = plainLogRun(snapshot, service);
      const path = join(service.dir, 'log/run');
      return [
        say(check, {
          service: service.name,
          path: run.path,
          summary: `${service.name}: log/ has no run`,
          evidence: [`${run.path}: file does not exist`],
          cause:
            'Nothing reads what the daemon writes; when the pipe is full (64 KiB), it stops in its next write.',
          fix: fixBy({
            title: 'write log/run, with svlogd',
            commands: [
              `printf '#!/bin/sh\\nexec svlogd -tt %s\\n' ${shellPath(snapshot, plain.directory)} > ${shellPath(snapshot, path)}`,
              `chmod a+x ${shellPath(snapshot, path)}`,
              `mkdir -p ${shellPath(snapshot, plain.directory)}`,
            ],
            operations: [
              { kind: 'mkdir', path: plain.directory },
              { kind: 'write', path, contents: plain.text, mode: 0o755 },
            ],
          }),
        }),
      ];
    }),
};
