import { scriptCheck } from '../check.ts';
import { isFlapping } from './flapping.ts';

/** What looks like ASCII and is none: from web pages, word processors, and keyboards with a dead AltGr. */
const LOOKALIKES: readonly (readonly [RegExp, string])[] = [
  [/[\u00a0\u2007\u202f\u2000-\u200a\u3000]/, 'a blank that is none (no-break space)'],
  [/[\u200b-\u200f\u2060\ufeff\u00ad]/, 'a character without width'],
  [/[\u2018\u2019\u201a\u201b\u2032]/, 'a typographic single quote'],
  [/[\u201c\u201d\u201e\u201f\u2033]/, 'a typographic double quote'],
  [/(?<=\s)[\u2010-\u2015\u2212](?=\S)/, 'a dash that is no minus'],
];

export const check = scriptCheck({
  id: 'run-odd-characters',
  severity: 'warning',
  layer: 'run',
  title: 'a character in run looks like a blank, quote or minus, and is none',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'A script that was pasted from a web page or a word processor may hold no-break spaces, typographic quotes or dashes. On the screen they look right; for the shell they are letters like any other: "exec sleep" with a no-break space is one word, and there is no such program.',
    'By hand: grep -nP "[^\\x00-\\x7f]" run shows the lines; type these characters anew.',
  ],
  see: (snapshot, { meaning, script, path, name, supervise }) => {
    if (meaning === undefined || meaning.shell === '' || script === undefined) return undefined;
    const found = new Map<number, string>();
    for (const command of meaning.commands) {
      const parts = [
        ...command.assignments,
        ...command.words,
        ...command.redirections.flatMap((each) => each.target ?? []),
      ];
      for (const part of parts) {
        // In the script's own quotes a text may have any character.
        const bare = part.raw.replace(/'[^']*'|"(?:[^"\\]|\\.)*"/gs, '');
        const kind = LOOKALIKES.find(([pattern]) => pattern.test(` ${bare}`))?.[1];
        if (kind !== undefined && !found.has(part.line)) found.set(part.line, kind);
      }
    }
    if (found.size === 0) return undefined;
    const lines = script.text.split('\n');
    return {
      path,
      severity: isFlapping(snapshot, supervise) ? 'error' : 'warning',
      summary: `${name} has a character that looks like another one`,
      evidence: [...found]
        .slice(0, 4)
        .map(([line, kind]) => `line ${line}: ${kind}: ${lines[line - 1]?.trim().slice(0, 70)}`),
      cause: 'The shell takes it as a part of the word. Type it anew on the keyboard.',
    };
  },
});
