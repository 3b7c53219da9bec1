/**
 * sv's verbs as commands of homerun, made from sv's own records: `homerun restart NAME` is sv with the user's service
 * directory, and more words about what came of it.
 */
import { SV_VERBS, type SvVerb } from '../../supervisor/core/sv-command.ts';
import type { CommandSpec } from '../spec.ts';

/** Shown in the list of commands, in this order; the others are there as well. */
const SHOWN = ['start', 'stop', 'restart', 'once', 'pause', 'cont', 'hup', 'check'];

/** `homerun up` and `homerun down` without a name are about the supervisor; homerun has its own `status`. */
const OWN = new Set(['status', 'up', 'down']);

const SUMMARIES: Readonly<Record<string, string>> = {
  start: 'starts services, and waits until they have proved to stay up',
  stop: 'stops services until the next session',
  restart: 'stops services and starts them again',
  once: 'starts services, and not again when they end',
  pause: 'stops services for a while (SIGSTOP)',
  cont: 'lets paused services go on (SIGCONT)',
  hup: 'sends HUP: most daemons read their configuration again',
  check: 'waits for the wanted state, and asks the service itself (./check)',
};

function record(verb: SvVerb, name: string): CommandSpec {
  return {
    name,
    words: '[service...]',
    summary: SUMMARIES[name] ?? `sv ${name}: ${verb.does}`,
    description: [
      `As sv(8) does with ${verb.name}: ${verb.does}. Names may be patterns in quotes, and NAME/log is its log service.`,
    ],
    options: [
      { flags: '-a, --all', summary: 'all enabled services' },
      { flags: '-w, --wait <seconds>', summary: 'so long sv waits for the effect; 7 without it, or $SVWAIT' },
    ],
    examples: [
      { command: `homerun ${name} mpd`, meaning: `${verb.does}` },
      { command: `homerun ${name} mpd 'pipe*'`, meaning: 'several; the one in quotes is a pattern' },
    ],
    exitCodes: [
      [
        0,
        verb.name === 'check'
          ? 'in the wanted state, and ./check says yes'
          : 'it had its effect on all of them',
      ],
      [
        1,
        verb.name === 'check'
          ? 'not so (one that ends again and again is not up), or there is no such service'
          : 'not on all of them, or there is no such service',
      ],
      [2, 'wrong usage'],
    ],
    completes: 'service',
    ...(SHOWN.includes(name) ? {} : { hidden: true }),
    load: async () => (await import('../run/sv-words.ts')).runVerb(name),
  };
}

/** One command for each verb, and for each letter that sv knows it by. */
const records: readonly CommandSpec[] = SV_VERBS.flatMap((verb) => [
  ...(OWN.has(verb.name) ? [] : [record(verb, verb.name)]),
  ...[...(verb.letters ?? '')].filter((letter) => letter !== verb.name).map((letter) => record(verb, letter)),
]);

const place = (name: string): number => (SHOWN.includes(name) ? SHOWN.indexOf(name) : SHOWN.length);

export const svWords: readonly CommandSpec[] = records.toSorted((a, b) => place(a.name) - place(b.name));

/** `up` and `down` with names: sv's, not the supervisor's. */
export const svUpDown: readonly CommandSpec[] = SV_VERBS.filter(
  (verb) => verb.name === 'up' || verb.name === 'down',
).map((verb) => record(verb, verb.name));
