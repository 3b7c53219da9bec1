/**
 * Keeps a program in the foreground: a daemon that backgrounds itself is a crash loop for runsv, and each restart
 * may leave another copy behind. The rules are per program, since the same letter means opposite things in two
 * programs (`ssh-agent -D` stays, `aria2c -D` goes). Pure.
 */
import { basename } from 'node:path';
import type { ForegroundRule } from './template.ts';
import { literalOf, type Word, word } from './typed-command.ts';

export interface Corrected {
  readonly words: readonly Word[];
  /** What was changed and why, a sentence each; empty when nothing was. */
  readonly remarks: readonly string[];
}

/** The program's name that a rule is looked up by: `python3.11` is `python3`. */
function programName(words: readonly Word[]): string {
  const literal = words[0] === undefined ? null : literalOf(words[0]);
  return literal === null ? '' : basename(literal).replace(/^python3?(?:\.\d+)?$/, 'python3');
}

/** Where the words of `flag` stand in a row, or -1. */
function find(texts: readonly (string | null)[], flag: string): number {
  const wanted = flag.split(' ');
  return texts.findIndex((_, at) => at > 0 && wanted.every((part, index) => texts[at + index] === part));
}

/** A one-letter flag inside a bundle such as `-fNT`: where, or -1. Only letters without a value may stand around it. */
function findInBundle(texts: readonly (string | null)[], flag: string, letters: string): number {
  if (!/^-[A-Za-z]$/.test(flag)) return -1;
  const letter = flag[1] as string;
  return texts.findIndex((text, at) => {
    if (at === 0 || text === null || !/^-[A-Za-z0-9]{2,}$/.test(text)) return false;
    const before = text.slice(1).split(letter);
    return before.length > 1 && [...(before[0] as string)].every((each) => letters.includes(each));
  });
}

/** Applies the rules for the command's program: flags taken out, replaced or put in. */
export function correctForeground(words: readonly Word[], rules: readonly ForegroundRule[]): Corrected {
  const name = programName(words);
  let current = [...words];
  const remarks: string[] = [];
  for (const rule of rules.filter((each) => each.program === name)) {
    const texts = () => current.map(literalOf);
    if (rule.subcommand !== undefined && texts()[1] !== rule.subcommand) continue;
    const changes: string[] = [];
    for (const [flag, instead] of Object.entries(rule.never ?? {})) {
      for (let at = find(texts(), flag); at > 0; at = find(texts(), flag)) {
        const replacement = instead === '' ? [] : instead.split(' ').map(word);
        current.splice(at, flag.split(' ').length, ...replacement);
        changes.push(instead === '' ? `${flag} taken out` : `${flag} replaced by ${instead}`);
      }
      const at = rule.bundle === undefined ? -1 : findInBundle(texts(), flag, rule.bundle);
      if (at > 0) {
        const bundle = texts()[at] as string;
        const rest = bundle.replace(flag[1] as string, '');
        current.splice(at, 1, word(rest));
        changes.push(`${bundle} replaced by ${rest}`);
      }
    }
    for (const alternatives of rule.always ?? []) {
      if (alternatives.some((flag) => find(texts(), flag) > 0)) continue;
      const added = alternatives[0] as string;
      const at = rule.subcommand === undefined ? 1 : 2;
      current = [...current.slice(0, at), ...added.split(' ').map(word), ...current.slice(at)];
      changes.push(`${added} put in`);
    }
    if (changes.length > 0) remarks.push(`${name}: ${changes.join(', ')}: ${rule.why}`);
  }
  return { words: current, remarks };
}

/** Flags of `words` that the rules forbid, for arguments that a person adds to a template's program. */
export function forbiddenFlags(
  program: string,
  words: readonly Word[],
  rules: readonly ForegroundRule[],
): readonly { readonly flag: string; readonly why: string }[] {
  const texts = [program, ...words.map(literalOf)];
  return rules
    .filter((rule) => rule.program === program)
    .flatMap((rule) =>
      Object.entries(rule.never ?? {})
        .filter(
          ([flag, instead]) =>
            (find(texts, flag) > 0 ||
              (rule.bundle !== undefined && findInBundle(texts, flag, rule.bundle) > 0)) &&
            // `--daemonize yes` → `--daemonize no` must not find itself again.
            instead !== flag,
        )
        .map(([flag]) => ({ flag, why: rule.why })),
    );
}

/** Programs that do one thing and end: as a whole service they would run once a second. */
const ONE_SHOTS: Readonly<Record<string, string>> = {
  xrdb: 'loads its file and ends',
  xmodmap: 'changes the keyboard and ends',
  setxkbmap: 'changes the keyboard and ends',
  xset: 'changes a setting and ends',
  xrandr: 'changes the screen and ends',
  nitrogen: 'sets the background and ends',
  feh: 'sets the background and ends, when it is given --bg-...',
  mbsync: 'fetches once and ends',
  vdirsyncer: 'syncs once and ends',
  rsync: 'copies once and ends',
  restic: 'backs up once and ends',
  borg: 'backs up once and ends',
  'notify-send': 'shows one message and ends',
  date: 'prints the time and ends',
  echo: 'prints its words and ends',
  true: 'ends at once',
  ls: 'lists and ends',
};

/** A warning when the command is known to end by itself; null when it is not. */
export function oneShotWarning(words: readonly Word[]): string | null {
  const name = programName(words);
  const what = ONE_SHOTS[name];
  if (what === undefined) return null;
  return `${name} ${what}: as a service it would be started again each second. The templates loop and interval run it again and again with a pause.`;
}

/** Programs that background themselves in every form and cannot be supervised, with what to do instead. */
const UNSUPERVISABLE: Readonly<Record<string, string>> = {
  'gpg-agent':
    'gpg-agent stays in the foreground only with a socket handed in (--supervised), and gpg starts it by itself when it needs it: set only SSH_AUTH_SOCK where its ssh support is wanted',
  cron: 'cron cannot run as an ordinary user: the template interval does its work',
  crond: 'crond cannot run as an ordinary user: the template interval does its work',
  'dbus-launch': 'dbus-launch starts a bus in the background: the template dbus runs dbus-daemon itself',
  'dbus-run-session':
    'dbus-run-session makes a bus that no other program knows: the template dbus runs dbus-daemon with a fixed address',
  sshuttle: 'sshuttle needs root for the firewall',
  swaylock: 'a locker is no service: swayidle starts it (template swayidle)',
  jack_control: 'jack_control asks the bus to start another program: the template jackd runs jackd itself',
};

/** Why a command cannot be a service at all, or null. */
export function unsupervisable(words: readonly Word[]): string | null {
  return UNSUPERVISABLE[programName(words)] ?? null;
}
