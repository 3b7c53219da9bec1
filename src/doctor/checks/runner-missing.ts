import { basename } from 'node:path';
import { readShebang } from '../../shell/shebang.ts';
import type { Check } from '../check.ts';
import { hooksOf, runnerOf, scriptAt } from '../homefiles.ts';
import { chmodFix, fixBy, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { errorText, modeAndOwner, shellPath, tilde } from '../words.ts';

export const check: Check = {
  id: 'runner-missing',
  severity: 'error',
  layer: 'session',
  title: 'the runner is missing, not executable or cannot be started',
  section: 'Make the Runsvdir Runner Program',
  explain: [
    'The session’s hook starts the runner, which starts runsvdir. When it cannot be started, no service runs in the next session.',
    'By hand: chmod a+x RUNNER, or write it again: homerun init',
  ],
  run: (snapshot) => {
    const runner = runnerOf(snapshot);
    // Made by hand: which file is the runner is known only where a hook names it.
    if (!snapshot.configured && !hooksOf(snapshot).some((hook) => hook.text.includes(basename(runner))))
      return [];
    const fact = pathOf(snapshot, runner);
    const word = tilde(snapshot, runner);
    if (fact.to === null) {
      return [
        say(check, {
          path: runner,
          summary: `The runner ${word} is not there`,
          evidence: [`${runner}: ${errorText(fact.toError ?? fact.error ?? 'ENOENT')}`],
          cause: 'No supervisor starts with the next session. Write it again: homerun init',
        }),
      ];
    }
    if (fact.to.kind === 'file' && fact.can.execute === 'EACCES') {
      return [
        say(check, {
          path: runner,
          summary: `The runner ${word} is not executable`,
          evidence: [modeAndOwner(snapshot, fact)],
          cause: 'The session cannot start it.',
          fix: chmodFix(snapshot, runner, fact.real ?? runner, fact.to.mode, 0o111, 'a+x'),
        }),
      ];
    }
    const script = scriptAt(snapshot, runner);
    if (script === undefined || script.binary) return [];
    const shebang = readShebang(script);
    if (/\r\n/.test(script.text) && Buffer.byteLength(script.text) === script.size) {
      return [
        say(check, {
          path: runner,
          summary: `The runner ${word} has DOS line ends`,
          evidence: [`first line: ${JSON.stringify(script.text.split('\n', 1)[0])}`],
          cause: 'The kernel looks for an interpreter whose name ends in a carriage return.',
          fix: fixBy({
            title: 'take the carriage returns away',
            commands: [`sed -i 's/\\r$//' ${shellPath(snapshot, runner)}`],
            operations: [{ kind: 'write', path: runner, contents: script.text.replace(/\r\n/g, '\n') }],
          }),
        }),
      ];
    }
    const interpreter = shebang.interpreter.startsWith('/')
      ? pathOf(snapshot, shebang.interpreter).can.execute
      : 'ok';
    if (shebang.kind === 'script' && interpreter === 'ok') return [];
    return [
      say(check, {
        path: runner,
        summary: `The runner ${word} cannot be started`,
        evidence: [
          shebang.kind === 'script'
            ? `${shebang.interpreter}: ${errorText(interpreter)}`
            : `first line: ${JSON.stringify(script.text.split('\n', 1)[0]?.slice(0, 60))}, expected #!/bin/sh`,
        ],
        cause: 'It needs a first line with an interpreter that is there. Write it again: homerun init',
      }),
    ];
  },
};
