import type { SimpleCommand } from '../../shell/commands.ts';
import { isShell } from '../../shell/shebang.ts';
import { scriptCheck } from '../check.ts';
import { isFlapping } from './flapping.ts';

/** Behind a comment, this was to go on: an option, or another backslash. */
const GOES_ON = /^\s*-|\\$/;

/** Lines, from 1, in which a command was to go on in the next one, and does not; with why. */
function cuts(text: string, commands: readonly SimpleCommand[]): [number, string][] {
  const lines = text.split('\n');
  const words = commands.flatMap((command) => command.words);
  return lines.flatMap((line, at): [number, string][] => {
    const here = words.filter((word) => word.lastLine === at + 1);
    // A text in quotes or in a here-document is nobody's command.
    if (here.length === 0) return [];
    if (/\\[ \t]+$/.test(line) && here.some((word) => /\\[ \t]$/.test(word.raw)))
      return [[at + 1, 'a blank stands behind the backslash at its end']];
    const next = lines[at + 1] ?? '';
    if (/(^|[^\\])\\$/.test(line) && /^\s*#/.test(next)) {
      if (GOES_ON.test(next.replace(/^\s*#+/, '#')) || GOES_ON.test(lines[at + 2] ?? ''))
        return [[at + 1, 'the line behind its backslash is a comment, which ends the command']];
    }
    return [];
  });
}

export const check = scriptCheck({
  id: 'run-command-cut',
  severity: 'warning',
  layer: 'run',
  title: 'a command of several lines in run breaks off',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'A backslash joins a line with the next one only when it is the very last character. With a blank behind it, it makes an argument of that blank, and the command ends there; so it does where the next line is a comment. The rest is taken for another command: the daemon gets only its first arguments.',
    'By hand: grep -n "\\\\ *$" run; take blanks and comments out of the command.',
  ],
  see: (snapshot, { meaning, script, path, name, supervise }) => {
    if (meaning === undefined || script === undefined || !isShell(meaning.shell)) return undefined;
    const found = cuts(script.text, meaning.commands);
    const [first] = found;
    if (first === undefined) return undefined;
    const lines = script.text.split('\n');
    return {
      path,
      severity: isFlapping(snapshot, supervise) ? 'error' : 'warning',
      summary: `a command in ${name} breaks off at the end of line ${first[0]}`,
      evidence: found
        .slice(0, 3)
        .map(([line, why]) => `line ${line}: ${why}: ${(lines[line - 1] ?? '').trim().slice(0, 70)}`),
      cause: `It does not go on in line ${first[0] + 1}: what stands there is a command of its own. Let the backslash be the last character, and put comments before the command.`,
    };
  },
});
