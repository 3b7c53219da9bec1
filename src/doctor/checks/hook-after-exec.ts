import type { Check } from '../check.ts';
import { firstExec, hooksOf, isShellSession, lineOf } from '../homefiles.ts';
import { fixBy, say } from '../say.ts';
import { tilde } from '../words.ts';

/** The lines from homerun's opening marker to its closing one, around a line; the line alone without markers. */
function blockAround(lines: readonly string[], at: number): { from: number; to: number } {
  const opens = lines.findLastIndex((line, index) => index <= at && /^\s*# >>>/.test(line));
  const closes = lines.findIndex((line, index) => index >= at && /^\s*# <<</.test(line));
  const between = opens >= 0 && closes >= 0 && !lines.slice(opens, at).some((line) => /^\s*# <<</.test(line));
  return between ? { from: opens, to: closes + 1 } : { from: at, to: at + 1 };
}

export const check: Check = {
  id: 'hook-after-exec',
  severity: 'error',
  layer: 'session',
  title: 'the hook stands after exec and is never reached',
  section: 'Tying Runit to .xinitrc',
  explain: [
    'exec replaces the shell that reads the file: nothing behind it is ever read.',
    'By hand: move the line above the exec.',
  ],
  run: (snapshot) =>
    hooksOf(snapshot).flatMap((hook) => {
      if (!isShellSession(hook.file)) return [];
      const exec = firstExec(hook);
      if (exec === undefined || lineOf(hook.script, exec) >= hook.line) return [];
      const before = lineOf(hook.script, exec) - 1;
      const lines = hook.script.text.split('\n');
      // A block between homerun's markers moves as a whole.
      const block = blockAround(lines, hook.line - 1);
      const moved = lines.slice(block.from, block.to);
      const rest = [...lines.slice(0, block.from), ...lines.slice(block.to)];
      const whole = Buffer.byteLength(hook.script.text) === hook.script.size;
      return [
        say(check, {
          path: hook.file,
          summary: `${tilde(snapshot, hook.file)}: the line that starts the runner stands after exec and is never reached`,
          evidence: [
            `line ${before + 1}: ${lines[before]?.trim()}`,
            `line ${hook.line}: ${hook.text.trim()}`,
          ],
          cause: 'exec replaces the shell that reads the file.',
          fix: whole
            ? fixBy({
                title: 'move the line above exec',
                commands: [
                  `# in ${tilde(snapshot, hook.file)}: move line ${hook.line} above line ${before + 1}`,
                ],
                operations: [
                  {
                    kind: 'write',
                    path: hook.file,
                    contents: [...rest.slice(0, before), ...moved, ...rest.slice(before)].join('\n'),
                  },
                ],
              })
            : null,
        }),
      ];
    }),
};
