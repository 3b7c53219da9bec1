import type { Check } from '../check.ts';
import { isShellSession } from '../homefiles.ts';
import { fixBy, say } from '../say.ts';
import { shellPath, tilde } from '../words.ts';

export const check: Check = {
  id: 'xinitrc-crlf',
  severity: 'error',
  layer: 'session',
  title: 'the session file has DOS line ends',
  section: 'Tying Runit to .xinitrc',
  explain: [
    'A shell takes the carriage return for a part of the last word of each line: programs are not found, and exec fails.',
    "By hand: sed -i 's/\\r$//' ~/.xinitrc",
  ],
  run: (snapshot) =>
    Object.values(snapshot.scripts).flatMap((script) => {
      if (!script.path.startsWith(`${snapshot.who.home}/.`) || !isShellSession(script.path)) return [];
      const bad = script.text.split('\n').findIndex((line) => line.endsWith('\r'));
      if (bad < 0 || script.binary) return [];
      const whole = Buffer.byteLength(script.text) === script.size;
      return [
        say(check, {
          path: script.path,
          summary: `${tilde(snapshot, script.path)} has DOS line ends`,
          evidence: [`line ${bad + 1}: ${JSON.stringify(script.text.split('\n')[bad]?.slice(0, 60))}`],
          cause: 'The shell takes the carriage return for a part of the last word of the line.',
          fix: whole
            ? fixBy({
                title: 'take the carriage returns away',
                commands: [`sed -i 's/\\r$//' ${shellPath(snapshot, script.path)}`],
                operations: [
                  { kind: 'write', path: script.path, contents: script.text.replace(/\r\n/g, '\n') },
                ],
              })
            : null,
        }),
      ];
    }),
};
