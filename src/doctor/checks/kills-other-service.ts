import { basename } from 'node:path';
import type { Started } from '../../shell/meaning.ts';
import type { Check } from '../check.ts';
import { lastTarget, runOf } from '../places.ts';
import { say } from '../say.ts';
import type { ServiceFact, Snapshot } from '../snapshot.ts';
import { helpersOf, lineOf } from '../sv-commands.ts';
import { linked, treeOf } from '../tree.ts';

/** The kernel keeps so many characters of a process's name. */
const NAME = 15;

interface Shot {
  readonly word: string;
  /** Against the whole command line. */
  readonly full: boolean;
  readonly hits: (name: string) => boolean;
}

/** Whom pkill and killall mean by their arguments; undefined when they end nobody, or choose by more than a name. */
function shotOf({ program, args }: Started): Shot | undefined {
  const tool = basename(program ?? '');
  if (tool !== 'pkill' && tool !== 'killall') return undefined;
  let exact = tool === 'killall';
  let full = false;
  const words: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at];
    if (typeof word !== 'string') return undefined;
    if (!word.startsWith('-')) words.push(word);
    else if (/^-(0|s0|-signal=0)$|^-(P|t|g|G|s|F|-parent|-terminal|-ns)/.test(word)) return undefined;
    else if (/^-([uU]|-euid|-uid|-user)$/.test(word)) at += 1;
    else if (/^-[a-zA-Z]*x/.test(word)) exact = true;
    else if (/^-[a-zA-Z]*f|^--full/.test(word)) full = tool === 'pkill';
  }
  const [word] = words;
  if (word === undefined || words.length !== 1) return undefined;
  if (exact && !full) return { word, full, hits: (name) => name === word.slice(0, NAME) };
  try {
    const pattern = new RegExp(exact ? `^(?:${word})$` : word);
    return { word, full, hits: (name) => pattern.test(name) };
  } catch {
    return undefined;
  }
}

/** The name of the service's process and its command line, also when it is not up at this moment. */
function namesOf(snapshot: Snapshot, service: ServiceFact): readonly [string, string] | undefined {
  const last = lastTarget(snapshot, runOf(snapshot, service))?.started;
  if (last?.program != null && last.exec)
    return [
      basename(last.program).slice(0, NAME),
      [last.program, ...last.args].map((word) => word ?? '').join(' '),
    ];
  const daemon = treeOf(snapshot).daemon(service.main);
  return daemon === undefined ? undefined : [daemon.comm, daemon.argv.join(' ')];
}

export const check: Check = {
  id: 'kills-other-service',
  severity: 'warning',
  layer: 'run',
  title: 'a script of one service ends by name what another one runs',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'pkill and killall end every process of that name, whoever started it. In a run or finish, where they are to remove left over copies, they also hit another service that runs the same program (or the same interpreter); when both do it they end one another for ever.',
    'By hand: end a left over copy by its pid; for one’s own children, pkill -P $$.',
  ],
  run: (snapshot) =>
    helpersOf(snapshot).flatMap((helper) =>
      helper.meaning.started.flatMap((started) => {
        const shot = shotOf(started);
        if (shot === undefined) return [];
        const hit = linked(snapshot).filter((other) => {
          if (other === helper.service) return false;
          const names = namesOf(snapshot, other);
          return names !== undefined && shot.hits(names[shot.full ? 1 : 0]);
        });
        if (hit.length === 0) return [];
        const names = hit.map((each) => each.name);
        return [
          say(check, {
            service: helper.service.name,
            services: [helper.service.name, ...names],
            path: helper.script.path,
            summary: `${helper.service.name}: ${helper.name} ends by name what ${names.slice(0, 4).join(', ')}${names.length > 4 ? ' and others' : ''} ${names.length === 1 ? 'runs' : 'run'}, too`,
            evidence: [lineOf(started), `the process of ${names[0]} has a name that "${shot.word}" means`],
            cause: `Each time that ${helper.name} of ${helper.service.name} is started, ${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} ended with it. Take the line away, or end one's own children only: pkill -P $$`,
          }),
        ];
      }),
    ),
};
