import { isShell } from '../../shell/shebang.ts';
import { readTokens } from '../../shell/tokens.ts';
import { scriptCheck } from '../check.ts';
import { isFlapping } from './flapping.ts';

export const check = scriptCheck({
  id: 'run-heredoc-open',
  severity: 'warning',
  layer: 'run',
  title: 'a here-document in run has no end, and all that follows is in it',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'The word behind << must come again on a line of its own: no blank before or behind it (behind <<- tabs may stand before it). Where it does not, the shell takes the whole rest of the script for text, the line that starts the daemon, too; most shells say nothing.',
    'By hand: put the word at the beginning of its line, with nothing behind it.',
  ],
  see: (snapshot, { meaning, script, path, name, supervise }) => {
    if (script === undefined || meaning === undefined || !isShell(meaning.shell)) return undefined;
    const word = /^<<(.+)/s.exec(readTokens(script.text).unfinished ?? '')?.[1];
    if (word === undefined) return undefined;
    const lines = script.text.split('\n');
    const near = lines.findIndex((line) => line !== word && line.trim() === word);
    const begins = lines.findIndex((line) => line.includes('<<') && line.includes(word));
    return {
      path,
      severity: isFlapping(snapshot, supervise) ? 'error' : 'warning',
      summary: `the here-document in ${name} has no end`,
      evidence: [
        ...(begins < 0 ? [] : [`line ${begins + 1}: ${(lines[begins] ?? '').trim().slice(0, 80)}`]),
        near < 0
          ? `no line is ${word}`
          : `line ${near + 1} has blanks beside ${word}: ${JSON.stringify((lines[near] ?? '').slice(0, 60))}`,
      ],
      cause: `All that follows is text for the shell, also the line that is to start the daemon. Write ${word} on a line of its own, with no blank before or behind it.`,
    };
  },
});
