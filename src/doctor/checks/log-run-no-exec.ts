import { join } from 'node:path';
import type { Check } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { logMeaning, svlogdCommands } from '../logs.ts';
import { fixBy, say, toService } from '../say.ts';
import { treeOf } from '../tree.ts';
import { shellPath, svl } from '../words.ts';

export const check: Check = {
  id: 'log-run-no-exec',
  severity: 'warning',
  layer: 'log',
  title: 'log/run starts svlogd without exec',
  section: 'Runit Log File Overview',
  explain: [
    'Without exec a shell stays between runsv and svlogd: signals for the log service (rotate, reload, exit) go to the shell, and svlogd lives on when the shell is killed.',
    'By hand: put exec before svlogd in log/run, then svl exit NAME.',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      const meaning = logMeaning(snapshot, service);
      const command = meaning === null ? undefined : svlogdCommands(meaning).at(-1);
      if (meaning === null || command === undefined || command.exec || command !== meaning.last) return [];
      // ksh93 becomes the last command by itself.
      if (/^ksh(93)?$/.test(meaning.shell) && !command.command.piped) return [];
      const path = join(service.dir, 'log/run');
      const lines = (snapshot.scripts[path]?.text ?? '').split('\n');
      const line = lines[command.line - 1] ?? '';
      const simple =
        /^\s*(\S*\/)?svlogd\b/.test(line) && command.command.end !== '&' && !command.command.piped;
      const running = treeOf(snapshot).keeper(service) !== undefined;
      return [
        say(check, {
          service: service.name,
          path,
          summary: `${service.name}: log/run starts svlogd without exec`,
          evidence: [`line ${command.line}: ${line.trim()}`],
          cause: simple
            ? 'A shell stays between runsv and svlogd: signals for the log service never reach svlogd.'
            : 'A shell stays between runsv and svlogd: let the last command of log/run be exec svlogd ...',
          fix: simple
            ? fixBy({
                title: 'put exec before svlogd',
                risk: running ? 'restart' : 'safe',
                commands: [
                  `sed -i '${command.line}s/svlogd/exec svlogd/' ${shellPath(snapshot, path)}`,
                  ...(running ? [svl(snapshot, 'exit', service.name)] : []),
                ],
                operations: [
                  {
                    kind: 'write',
                    path,
                    contents: lines
                      .map((each, at) =>
                        at === command.line - 1 ? each.replace(/\S*svlogd\b/, 'exec $&') : each,
                      )
                      .join('\n'),
                  },
                ],
                actions: running ? [toService(service, 'x')] : [],
                settle: SETTLE_SCAN,
              })
            : null,
        }),
      ];
    }),
};
