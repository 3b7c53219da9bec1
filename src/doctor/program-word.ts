/** What was written where a program should stand, and was not meant so. Pure. */
import type { Started } from '../shell/meaning.ts';
import type { Place } from './places.ts';
import type { Snapshot } from './snapshot.ts';
import { pathOf } from './tree.ts';

/** What template programs, configure scripts and systemd fill in. */
const TEMPLATE = /\{\{|\}\}|<%|^@\w+@|__[A-Z][A-Z_]*__/;
const SPECIFIER = /^%[a-zA-Z](?=\/|$)/;

/** The words with which a path that was written with blanks may go on. */
const MOST_BLANKS = 3;

/** `/home/u/My` and `Programs/d`: what the path would be if the blanks belonged to it. */
export function pathsWithBlanks(started: Pick<Started, 'program' | 'args'>): string[] {
  const { program, args } = started;
  if (program === null || !program.startsWith('/')) return [];
  const words = args.slice(0, MOST_BLANKS);
  const end = words.indexOf(null);
  const known = end < 0 ? words : words.slice(0, end);
  return known.map((_, count) => [program, ...known.slice(0, count + 1)].join(' '));
}

/** `/home/other/bin/d` below one's own home: what it would be after a move. */
export function pathAtHome(program: string | null, home: string): string | undefined {
  const rest = /^\/home\/[^/]+\/(.+)$/.exec(program ?? '')?.[1];
  return rest === undefined || program?.startsWith(`${home}/`) === true ? undefined : `${home}/${rest}`;
}

/** Why the word of a program that is missing leads to none, in words; undefined when it is a word like any other. */
export function misreading(snapshot: Snapshot, place: Place, started: Started): string | undefined {
  const { program, raw, exec } = started;
  if (program === null) return undefined;
  if (/^["'\\]/.test(raw) && program.startsWith('~'))
    return `a ~ in quotes is a name like any other: write "$HOME${program.slice(1)}"`;
  const variable = /\$\{?\w+\}?/.exec(program)?.[0];
  if (variable !== undefined && raw.includes("'"))
    return `in single quotes ${variable} stays as it is written: use double quotes`;
  if (TEMPLATE.test(program)) return 'it is a place in a template that nobody has filled in';
  if (SPECIFIER.test(program)) return 'it is a word of a systemd unit, which no shell knows: %h is "$HOME"';
  if (exec && /^[A-Za-z_]\w*=/.test(program))
    return `an assignment stands before exec, not behind it: ${program} exec PROGRAM, or exec env ${program} PROGRAM`;
  const commands = place.meaning?.commands ?? [];
  if (exec && commands.some((command) => command.inFunction === program))
    return 'it is a function of the script: exec starts programs only. Call it without exec';
  if (isAlias(commands, program)) return 'it is an alias: exec starts programs only';
  const moved = pathAtHome(program, snapshot.who.home);
  if (moved !== undefined && pathOf(snapshot, moved).to?.kind === 'file')
    return `it is a path of another home folder, and ${moved} is there`;
  const whole = pathsWithBlanks(started).find((path) => pathOf(snapshot, path).to?.kind === 'file');
  if (whole !== undefined && !/["'\\]/.test(raw)) return `${whole} is there: put the path in quotes`;
  return undefined;
}

/** The script gives this word a meaning as an alias. */
export function isAlias(commands: NonNullable<Place['meaning']>['commands'], word: string): boolean {
  return commands.some(
    ({ words }) =>
      words[0]?.text === 'alias' && words.slice(1).some((each) => each.text.startsWith(`${word}=`)),
  );
}
