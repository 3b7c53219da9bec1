import { join } from 'node:path';
import { absolute } from '../../shell/meaning.ts';
import { scriptCheck } from '../check.ts';
import { environmentOf } from '../environment.ts';
import { SETTLE_RUN } from '../finding.ts';
import { readMeaning } from '../meaning.ts';
import type { ServiceFact, Snapshot } from '../snapshot.ts';
import { pathOf } from '../tree.ts';
import { shellPath } from '../words.ts';

/** Names under which the script lies by mistake. */
const LIKELY = /^(run[._-].*|run\..*|Run|RUN|rum|start(\.sh)?|run~|(\w+_)?executable_run.*)$/;
/** What a program has to fill in before it is a script. */
const TEMPLATE = /\.(tmpl|tpl|template|in|j2|erb|mustache)$/;

/** Lines of the service's other scripts that take run away. */
function takers(snapshot: Snapshot, service: ServiceFact, path: string): string[] {
  return Object.values(snapshot.scripts).flatMap((script) => {
    if (!script.path.startsWith(`${service.dir}/`)) return [];
    return readMeaning(script, service.dir, environmentOf(snapshot)).commands.flatMap((command) => {
      const [name, ...rest] = command.words.map((word) => word.text);
      if (!/^(?:.*\/)?(rm|mv|unlink)$/.test(name ?? '')) return [];
      if (!rest.some((word) => absolute(word, service.dir) === path)) return [];
      return [
        `${script.path.slice(service.dir.length + 1)}, line ${command.line}, takes it away: ${name} ${rest.join(' ')}`.slice(
          0,
          120,
        ),
      ];
    });
  });
}

export const check = scriptCheck({
  id: 'run-missing',
  severity: 'error',
  layer: 'run',
  title: 'the service directory has no run',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'runsv looks for a program of the name run, exactly so, in the service directory. Without it runsv says "unable to start ./run: file does not exist" each second. The usual reason is another name: run.sh, Run, start.',
    'By hand:',
    '  mv ~/service_all/NAME/run.sh ~/service_all/NAME/run',
  ],
  only: 'run',
  see: (snapshot, { fact, path, service }) => {
    if (fact.self !== null || fact.error !== 'ENOENT') return undefined;
    const likely = service.names.filter((name) => LIKELY.test(name));
    const [one] = likely;
    // A directory in service_all that nothing links to and that looks like nothing: not (yet) a service.
    if (service.links.length === 0 && one === undefined) return undefined;
    const taken = takers(snapshot, service, path);
    const evidence = [
      ...taken,
      `there is: ${
        service.names
          .filter((name) => name !== 'supervise')
          .slice(0, 8)
          .join(', ') || 'nothing'
      }`,
    ];
    const candidate = one === undefined ? undefined : pathOf(snapshot, service.dir, one);
    const usable =
      likely.length === 1 && one !== undefined && candidate?.error !== 'EACCES' && !TEMPLATE.test(one);
    return {
      path,
      summary: 'there is no run',
      evidence,
      cause: usable
        ? `runsv starts a program that is called run; ${one} is not looked at.`
        : one !== undefined && TEMPLATE.test(one)
          ? `${one} is a template, and nothing was made of it. Let the program that it is for write run (chezmoi apply, ./configure).`
          : 'runsv starts a program that is called run. Write it: a first line #!/bin/sh, then exec PROGRAM; and chmod a+x run.',
      fix: usable
        ? {
            title: `rename ${one} to run`,
            risk: 'safe',
            commands: [`mv ${shellPath(snapshot, join(service.dir, one))} ${shellPath(snapshot, path)}`],
            operations: [{ kind: 'rename', from: join(service.dir, one), to: path }],
            actions: [],
            settle: SETTLE_RUN,
          }
        : null,
    };
  },
});
