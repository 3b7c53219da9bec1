import type { Check } from '../check.ts';
import { hooksOf, isShellSession } from '../homefiles.ts';
import { fixBy, say } from '../say.ts';
import { shellPath, tilde } from '../words.ts';

export const check: Check = {
  id: 'hook-not-backgrounded',
  severity: 'error',
  layer: 'session',
  title: 'the hook does not put the runner into the background',
  section: 'Tying Runit to .xinitrc',
  explain: [
    'The runner runs as long as the session. Without & the session file waits for it there, and the window manager never starts.',
    'By hand: add & to the line.',
  ],
  run: (snapshot) =>
    hooksOf(snapshot).flatMap((hook) => {
      if (!isShellSession(hook.file) || hook.started === null) return [];
      const { command } = hook.started;
      const known =
        hook.started.program?.endsWith(snapshot.layout.runner.split('/').pop() as string) ||
        /(^|\/)runsvdir$/.test(hook.started.program ?? '');
      if (!known || hook.started.background || command.inside.length > 0 || command.inFunction !== null)
        return [];
      if (command.end === '&&' || command.end === '||' || command.piped) return [];
      const lines = hook.script.text.split('\n');
      const whole = Buffer.byteLength(hook.script.text) === hook.script.size;
      const simple = !hook.text.includes('#') && !hook.text.trimEnd().endsWith(';');
      return [
        say(check, {
          path: hook.file,
          summary: `${tilde(snapshot, hook.file)}: the runner is not put into the background`,
          evidence: [`line ${hook.line}: ${hook.text.trim()}`],
          cause:
            'The session waits there until the supervisor ends, and no window manager appears. Add & to the line.',
          fix:
            whole && simple
              ? fixBy({
                  title: 'add & to the line',
                  commands: [`sed -i '${hook.line}s/$/ \\&/' ${shellPath(snapshot, hook.file)}`],
                  operations: [
                    {
                      kind: 'write',
                      path: hook.file,
                      contents: lines
                        .map((line, at) =>
                          at === hook.line - 1 ? `${line.replace(/^(\s*)exec\s+/, '$1').trimEnd()} &` : line,
                        )
                        .join('\n'),
                    },
                  ],
                })
              : null,
        }),
      ];
    }),
};
