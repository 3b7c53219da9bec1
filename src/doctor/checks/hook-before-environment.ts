import type { Check } from '../check.ts';
import { firstExec, hooksOf, isShellSession, lineOf } from '../homefiles.ts';
import { say } from '../say.ts';
import { tilde } from '../words.ts';

const NEEDED =
  /^(DBUS_SESSION_BUS_ADDRESS|XDG_RUNTIME_DIR|XDG_CURRENT_DESKTOP|SSH_AUTH_SOCK|PATH|LANG|LC_\w+|XAUTHORITY|GTK_IM_MODULE|QT_IM_MODULE|XMODIFIERS)=/;

export const check: Check = {
  id: 'hook-before-environment',
  severity: 'warning',
  layer: 'session',
  title: 'the hook stands before variables that services need',
  section: 'Tying Runit to .xinitrc',
  explain: [
    'Services get the environment that the session has when the runner starts. What is exported later they do not have.',
    'By hand: move the hook down, to just above exec.',
  ],
  run: (snapshot) =>
    hooksOf(snapshot).flatMap((hook) => {
      if (!isShellSession(hook.file) || hook.started === null) return [];
      const exec = firstExec(hook);
      const end = exec === undefined ? Number.POSITIVE_INFINITY : lineOf(hook.script, exec);
      const ahead = hook.started.line - hook.line;
      const late = hook.meaning.commands.flatMap((command) => {
        const line = command.line - ahead;
        if (line <= hook.line || line >= end || command.inFunction !== null) return [];
        const words =
          command.words[0]?.text === 'export'
            ? command.words.slice(1)
            : command.words.length === 0
              ? command.assignments
              : [];
        return words
          .filter((word) => NEEDED.test(word.text))
          .map((word) => `line ${line}: ${word.raw.slice(0, 60)}`);
      });
      if (late.length === 0) return [];
      return [
        say(check, {
          path: hook.file,
          summary: `${tilde(snapshot, hook.file)}: variables are set after the runner was started`,
          evidence: [`line ${hook.line}: ${hook.text.trim()}`, ...late.slice(0, 4)],
          cause: 'Services do not get them. Move the line that starts the runner down, to just above exec.',
        }),
      ];
    }),
};
