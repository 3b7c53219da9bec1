import { envInterpreter } from '../../shell/shebang.ts';
import { scriptCheck } from '../check.ts';
import { servicePath } from '../places.ts';
import { pathOf } from '../tree.ts';

export const check = scriptCheck({
  id: 'run-env-interpreter-missing',
  severity: 'error',
  layer: 'run',
  title: '#!/usr/bin/env names an interpreter that is not on the supervisor’s PATH, or has options',
  section: 'Make the svl Shellscript',
  explain: [
    'With #!/usr/bin/env ksh, env looks for ksh on the PATH that the service has: the one that runsvdir was started with, which in a session file is often shorter than that of your shell. Linux hands all that stands behind env over as one word, so that "env ksh -e" looks for a program called "ksh -e".',
    'By hand: write the absolute path: #!/bin/ksh. For options: #!/usr/bin/env -S ksh -e',
  ],
  see: (snapshot, { fact, shebang, path, name }) => {
    if (shebang === undefined || fact.can.execute !== 'ok' || shebang.crlf) return undefined;
    const env = envInterpreter(shebang);
    if (env === null || pathOf(snapshot, shebang.interpreter).can.execute !== 'ok') return undefined;
    const search = servicePath(snapshot);
    const line = `first line: #!${shebang.interpreter} ${shebang.argument}`;
    if (env.extra !== '' && !env.split) {
      return {
        path,
        summary: `${name}: env looks for a program called "${shebang.argument}"`,
        evidence: [line],
        cause: `Linux gives env all the rest of the line as one word. Write #!${shebang.interpreter} -S ${shebang.argument}, or the absolute path of ${env.name}.`,
      };
    }
    if (env.name === '' || search === null) return undefined;
    if (env.name.includes('/')) return undefined;
    const hits = search
      .split(':')
      .filter((folder) => folder.startsWith('/'))
      .map((folder) => `${folder}/${env.name}`);
    if (hits.some((hit) => pathOf(snapshot, hit).can.execute === 'ok')) return undefined;
    const elsewhere = (snapshot.tools[env.name] ?? [])[0];
    return {
      path,
      common: `${name} ${env.name}`,
      summary: `${name}: env does not find ${env.name}`,
      evidence: [line, `PATH of the services: ${search}`],
      cause:
        elsewhere === undefined
          ? `${env.name} is on no folder of the services' PATH. Install it, or name a shell that is there: #!/bin/sh`
          : `${env.name} is ${elsewhere}, which is not on the services' PATH. Write that path into the first line: #!${elsewhere}`,
    };
  },
});
