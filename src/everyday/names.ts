/** Service names as a person types them: exact, as a glob, all of them; and the nearest one to a mistyped name. */

/** True when the word holds one of `* ? [`. */
export function isGlob(word: string): boolean {
  return /[*?[]/.test(word);
}

/** A shell's glob on names without slashes, as a regular expression. */
function globExpression(glob: string): RegExp {
  let source = '';
  for (let index = 0; index < glob.length; index += 1) {
    const letter = glob[index] as string;
    const end = letter === '[' ? glob.indexOf(']', index + 2) : -1;
    if (letter === '*') source += '.*';
    else if (letter === '?') source += '.';
    else if (end !== -1) {
      const set = glob
        .slice(index + 1, end)
        .replace(/^!/, '^')
        .replaceAll('\\', '\\\\');
      source += `[${set}]`;
      index = end;
    } else source += letter.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  }
  return new RegExp(`^${source}$`, 's');
}

/** The names that the glob matches, in their own order. A leading dot must be typed, as in a shell. */
export function matchGlob(glob: string, names: readonly string[]): string[] {
  let expression: RegExp;
  try {
    expression = globExpression(glob);
  } catch {
    return [];
  }
  return names.filter((name) => expression.test(name) && (glob.startsWith('.') || !name.startsWith('.')));
}

/** Letters to change, add, leave out or swap to get from one word to the other (Damerau and Levenshtein). */
export function distance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const change = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      let best = Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        best = Math.min(best, (before[j - 2] as number) + 1);
      }
      next.push(best);
    }
    before = row;
    row = next;
  }
  return row[to.length] as number;
}

/** The name that was probably meant, or undefined when none is near (more than a third of its letters away). */
export function nearestName(word: string, names: readonly string[]): string | undefined {
  let best: { name: string; score: number } | undefined;
  for (const name of names) {
    const starts = word.length >= 2 && name.toLowerCase().startsWith(word.toLowerCase());
    const score = starts ? 0.5 : distance(word.toLowerCase(), name.toLowerCase());
    if (score > Math.max(1, Math.floor(Math.max(word.length, name.length) / 3))) continue;
    if (best === undefined || score < best.score) best = { name, score };
  }
  return best?.name;
}
