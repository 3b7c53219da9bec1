import { isShell, shellName } from '../../shell/shebang.ts';
import { scriptCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { rewrite } from '../places.ts';
import { shellPath } from '../words.ts';

export const check = scriptCheck({
  id: 'run-crlf',
  severity: 'error',
  layer: 'run',
  title: 'DOS line ends in run',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'A script that was edited on Windows or pasted from a web page may end its lines with carriage return and line feed. The kernel then looks for "/bin/sh\\r" and says "file does not exist"; in later lines the shell takes the carriage return as a part of the last word.',
    'By hand:',
    "  sed -i 's/\\r$//' ~/service_all/NAME/run",
  ],
  see: (snapshot, { fact, shebang, script, path, name }) => {
    if (script === undefined || shebang?.kind !== 'script' || !script.text.includes('\r\n')) return undefined;
    if (!isShell(shellName(shebang)) && !shebang.crlf) return undefined;
    const lines = script.text.split('\n').flatMap((line, index) => (line.endsWith('\r') ? [index + 1] : []));
    const operation = rewrite(script, fact.real ?? path, script.text.replaceAll('\r\n', '\n'));
    return {
      path,
      summary: `${name} has DOS line ends`,
      evidence: [
        `${lines.length === 1 ? 'line' : 'lines'} ${lines.slice(0, 6).join(', ')}${lines.length > 6 ? ' ...' : ''} end in 0d 0a, expected 0a`,
      ],
      cause: shebang.crlf
        ? `The kernel looks for an interpreter called "${shebang.interpreter.replace('\r', '')}\\r".`
        : 'The shell takes the carriage return as a part of the last word of the line.',
      fix:
        operation === undefined
          ? null
          : {
              title: `give ${name} Unix line ends`,
              risk: 'safe',
              commands: [`sed -i 's/\\r$//' ${shellPath(snapshot, path)}`],
              operations: [operation],
              actions: [],
              settle: SETTLE_RUN,
            },
    };
  },
});
