import { scriptCheck } from '../check.ts';
import { scriptOf } from '../named-paths.ts';
import { missingProgram, servicePath } from '../places.ts';
import { misreading } from '../program-word.ts';
import { pathOf, treeOf } from '../tree.ts';
import { wayEnds } from '../way.ts';
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
    return meaning.started.flatMap((started) => {
      const { program } = started;
      // Only what certainly runs, and what the service is about: exec, or the last command.
      if (program === null || started.conditional || !(started.exec || started === meaning.last)) return [];
      const missing = missingProgram(snapshot, meaning, started);
      const text = missing === undefined ? scriptOf(started) : undefined;
      if (
        typeof text === 'string' &&
        snapshot.paths[text] !== undefined &&
        pathOf(snapshot, text).to === null
      ) {
        return [
          {
            path: text,
            summary: `${text}, which ${program} is to run, does not exist`,
            evidence: [
              `${name}, line ${started.line}: ${started.exec ? 'exec ' : ''}${started.command.words
                .map((word) => word.raw)
                .join(' ')
                .slice(0, 90)}`,
              ...wayEnds(snapshot, text),
            ],
            cause: `${program.split('/').pop()} finds nothing to run, and ends. Correct the path in ${service.dir}/${name}.`,
          },
        ];
      }
      if (missing === undefined) return [];
      const { fact } = missing;
      // ./mytest.sh that is in the home folder is another finding.
      if (
        !program.startsWith('/') &&
        pathOf(snapshot, snapshot.who.home, program).to?.kind === 'file' &&
        started.cwd === place.cwd
      )
        return [];
      const elsewhere = program.includes('/') ? undefined : (snapshot.tools[program] ?? [])[0];
      const search = servicePath(snapshot);
      const misread = misreading(snapshot, place, started);
      const up = treeOf(snapshot).daemon(place.supervise) !== undefined;
      const ends = `The shell of ${name} ${up ? 'will end' : 'ends'}${up ? ', at the next start,' : ''}`;
      return [
        {
          path: program.startsWith('/') ? program : place.path,
          summary: program.includes('/')
            ? `${program} does not exist`
            : `${program} is not on the services' PATH`,
          evidence: [
            `${name}, line ${started.line}: ${started.exec ? 'exec ' : ''}${started.raw}`,
            ...(misread === undefined ? [] : [misread]),
            ...(fact?.to === undefined || fact.to === null
              ? []
              : [`${fact.path} is ${kindWord(fact.to.kind)}`]),
            ...(program.includes('/') ? wayEnds(snapshot, missing.tried[0] as string) : []),
            ...(program.includes('/') ? [] : [`PATH of the services: ${started.path ?? search}`]),
          ],
          cause:
            misread !== undefined
              ? `${ends} with exit code 127: ${misread}. Correct ${service.dir}/${name}.`
              : elsewhere === undefined
                ? `${ends} with exit code 127. Install the program, or correct its path in ${service.dir}/${name}.`
                : `${ends} with exit code 127. Write the absolute path: ${elsewhere}`,
        },
      ];
    });
  },
});
