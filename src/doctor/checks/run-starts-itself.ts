import { scriptCheck } from '../check.ts';
import { targetOf } from '../places.ts';
import { lineOf, readSv } from '../sv-commands.ts';

/** Commands of sv that end the service or start it anew; not once, which only says that it is not to come again. */
const VERBS = /^(d|stop|restart|t|k|x|e|force-|shut)/;

export const check = scriptCheck({
  id: 'run-starts-itself',
  severity: 'error',
  layer: 'run',
  title: 'run starts itself, or tells sv to end itself',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'A run that becomes itself again goes round for ever: sv says "run", with a pid that stays, and no daemon is ever started. A run that calls sv restart (or down) for its own service ends itself each time.',
    'By hand: let run end in exec DAEMON.',
  ],
  see: (snapshot, { meaning, path, name, fact, service }) => {
    // A script may start itself again with other rights or variables: then a test above leads elsewhere.
    const guarded = (line: number): boolean =>
      meaning?.commands.some(
        (command) =>
          command.line <= line &&
          (command.conditional || command.inside.length > 0) &&
          /^(exec|exit)$/.test(command.words[0]?.text ?? ''),
      ) === true;
    for (const started of meaning?.started ?? []) {
      if (started.conditional || started.background) continue;
      const written = lineOf(started);
      const target = targetOf(snapshot, started).fact?.real ?? null;
      if (target !== null && target === fact.real && !guarded(started.line)) {
        return {
          path,
          summary: `${name} starts itself, and comes to no daemon`,
          evidence: [written, `${started.raw} is ${path}`],
          cause: 'It goes round for ever. Name the daemon instead.',
        };
      }
      const sv = readSv(snapshot, service, started);
      const own = sv?.targets.some(
        (each) =>
          each.service === service ||
          (each.service === undefined && each.word.split('/').pop() === service.name),
      );
      if (sv !== undefined && own === true && VERBS.test(sv.verb)) {
        return {
          path,
          summary: `${name} tells sv to ${sv.verb} its own service, each time it starts`,
          evidence: [written],
          cause: 'runsv then ends this very script, and starts it again. Remove that line.',
        };
      }
    }
    return undefined;
  },
});
