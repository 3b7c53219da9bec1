import { join } from 'node:path';
import type { Check } from '../check.ts';
import { environmentOf } from '../environment.ts';
import { SETTLE_RUN } from '../finding.ts';
import { readMeaning } from '../meaning.ts';
import { fixBy, say, toService } from '../say.ts';
import { treeOf } from '../tree.ts';
import { shellPath, svl } from '../words.ts';

export const check: Check = {
  id: 'log-no-stderr',
  severity: 'warning',
  layer: 'log',
  title: 'there is a log service, but stderr does not go to it',
  section: 'Runit Sends Daemon’s stdout To the Log',
  explain: [
    'Only stdout is the pipe to the log service. What the daemon says on stderr, as most do when something is wrong, goes to the text of runsvdir in ps, where 400 bytes are kept.',
    'By hand: exec 2>&1 as the second line of run, then svl restart NAME.',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      if (service.log === null) return [];
      const path = join(service.dir, 'run');
      const script = snapshot.scripts[path];
      if (script === undefined) return [];
      const meaning = readMeaning(script, service.dir, environmentOf(snapshot));
      if (meaning.shebang.kind !== 'script' || meaning.shell === '' || meaning.joinsStderr || meaning.sources)
        return [];
      if (meaning.last === null) return [];
      const daemon = treeOf(snapshot).daemon(service.main);
      const target = (fd: number): string | undefined => daemon?.fds.find((each) => each.fd === fd)?.target;
      const [out, error] = [target(1), target(2)];
      // Only where it can be seen: stdout is the log's pipe, stderr something else that is no file of the daemon's choice.
      if (out === undefined || error === undefined || (!out.startsWith('pipe:') && !out.startsWith('/')))
        return [];
      if (
        out === error ||
        (error.startsWith('/') && !/^\/dev\/(null|pts|tty)/.test(error) && !error.includes('xsession-errors'))
      )
        return [];
      const lines = script.text.split('\n');
      return [
        say(check, {
          service: service.name,
          path,
          summary: `${service.name}: stderr does not go to its log`,
          evidence: [`stdout is ${out}, stderr is ${error}`, 'run has no exec 2>&1'],
          cause: 'Error messages of the daemon end in the text of runsvdir in ps, or nowhere.',
          fix: fixBy({
            title: 'put exec 2>&1 into run',
            risk: 'restart',
            commands: [
              `sed -i '1a exec 2>&1' ${shellPath(snapshot, path)}`,
              svl(snapshot, 'restart', service.name),
            ],
            operations: [
              { kind: 'write', path, contents: [lines[0] ?? '', 'exec 2>&1', ...lines.slice(1)].join('\n') },
            ],
            actions: [toService(service, 'tcu')],
            settle: SETTLE_RUN,
          }),
        }),
      ];
    }),
};
