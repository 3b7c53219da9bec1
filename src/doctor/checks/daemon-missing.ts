import { isBuiltin } from '../../shell/programs.ts';
import { scriptCheck } from '../check.ts';
import { servicePath, targetOf } from '../places.ts';
import { pathOf } from '../tree.ts';
import { kindWord } from '../words.ts';

export const check = scriptCheck({
  id: 'daemon-missing',
  severity: 'error',
  layer: 'daemon',
  title: 'the program that run execs does not exist, or is not on the services’ PATH',
  section: 'Make the Daemon Program',
  explain: [
    'The shell of run says "not found" and ends with exit code 127, each second. A program that you start in a terminal may still be missing for the service: its PATH is the one that runsvdir was started with.',
    'By hand: write the absolute path (command -v PROGRAM tells it), or set PATH in the runner.',
  ],
  see: (snapshot, place) => {
    const { meaning, name, service } = place;
    if (meaning === undefined) return undefined;
    const functions = new Set(meaning.commands.map((command) => command.inFunction));
    return meaning.started.flatMap((started) => {
      const { program } = started;
      // Only what certainly runs, and what the service is about: exec, or the last command.
      if (program === null || started.conditional || !(started.exec || started === meaning.last)) return [];
      if (isBuiltin(program) || functions.has(program) || (meaning.sources && !program.includes('/')))
        return [];
      const { fact, tried } = targetOf(snapshot, started);
      if (tried.length === 0) return [];
      if (fact?.to?.kind === 'file' || (fact?.to?.kind !== undefined && fact.to.kind !== 'directory'))
        return [];
      // ./mytest.sh that is in the home folder is another finding.
      if (
        !program.startsWith('/') &&
        pathOf(snapshot, snapshot.who.home, program).to?.kind === 'file' &&
        started.cwd === place.cwd
      )
        return [];
      const elsewhere = program.includes('/') ? undefined : (snapshot.tools[program] ?? [])[0];
      const search = servicePath(snapshot);
      return [
        {
          path: program.startsWith('/') ? program : place.path,
          summary: program.includes('/')
            ? `${program} does not exist`
            : `${program} is not on the services' PATH`,
          evidence: [
            `${name}, line ${started.line}: ${started.exec ? 'exec ' : ''}${started.raw}`,
            ...(fact?.to === undefined || fact.to === null
              ? []
              : [`${fact.path} is ${kindWord(fact.to.kind)}`]),
            ...(program.includes('/') ? [] : [`PATH of the services: ${started.path ?? search}`]),
          ],
          cause:
            elsewhere === undefined
              ? `The shell of ${name} ends with exit code 127. Install the program, or correct its path in ${service.dir}/${name}.`
              : `The shell of ${name} ends with exit code 127. Write the absolute path: ${elsewhere}`,
        },
      ];
    });
  },
});
