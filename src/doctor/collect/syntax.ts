/** `SHELL -n`: each script's own shell says whether it can parse it. Only scripts with some grammar are asked about. */

import { envInterpreter, isShell, readShebang, shellName } from '../../shell/shebang.ts';
import type { ScriptFact } from '../snapshot.ts';
import type { Looker } from './looker.ts';
import type { World } from './world.ts';

/** A shell that does not come back within this time is left out, milliseconds. */
const SHELL_LIMIT = 5000;
const AT_A_TIME = 8;

/**
 * Words and plain quotes, no grammar: nothing that a shell could fail to parse. Piece by piece from where the last one
 * ended, each in one way only, so that no text can make it slow.
 */
const SIMPLE_PIECE =
  /[\w./:=@%+,~*?-]+|\$\w+|\$\{\w+\}|"(?:[^"`\\$]|\$\w|\$\{\w+\})*"|'[^']*'|[ \t]+(?:#.*)?|>&[12]|>>?(?![>&])/y;

function isSimpleLine(line: string): boolean {
  if (/^[ \t]*#/.test(line)) return true;
  SIMPLE_PIECE.lastIndex = 0;
  while (SIMPLE_PIECE.lastIndex < line.length) if (!SIMPLE_PIECE.test(line)) return false;
  return true;
}

const KEYWORD =
  /(?:^|\s)(?:if|then|else|elif|fi|for|while|until|do|done|case|esac|function|select|time|\{|\}|!|\[\[)(?:\s|$)/m;

export function isSimple(text: string): boolean {
  return !KEYWORD.test(text) && text.split('\n').every(isSimpleLine);
}

/** The interpreter to ask: absolute, there, and a shell. */
function interpreterOf(script: ScriptFact, looker: Looker, path: string | null | undefined): string | null {
  const shebang = readShebang(script);
  if (shebang.kind !== 'script' || shebang.crlf || !isShell(shellName(shebang))) return null;
  const env = envInterpreter(shebang);
  const options =
    env === null
      ? [shebang.interpreter]
      : (path ?? '')
          .split(':')
          .filter((folder) => folder.startsWith('/'))
          .map((folder) => `${folder}/${env.name}`);
  return options.find((option) => looker.look(option).can.execute === 'ok') ?? null;
}

export async function checkSyntax(
  world: World,
  looker: Looker,
  path: string | null | undefined,
): Promise<void> {
  const jobs = new Map<string, { shell: string; text: string; paths: string[] }>();
  for (const script of Object.values(looker.scripts)) {
    if (script.binary || script.text === '' || script.size > script.text.length * 4 || isSimple(script.text))
      continue;
    const shell = interpreterOf(script, looker, path);
    if (shell === null) continue;
    const key = `${shell}\0${script.text}`;
    const job = jobs.get(key) ?? { shell, text: script.text, paths: [] };
    job.paths.push(script.path);
    jobs.set(key, job);
  }
  const waiting = [...jobs.values()];
  const worker = async (): Promise<void> => {
    for (let job = waiting.pop(); job !== undefined; job = waiting.pop()) {
      const { shell, text, paths } = job;
      const result = await world.run(shell, ['-n'], {
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
        input: text,
        timeout: SHELL_LIMIT,
      });
      if (result.code === null) continue;
      const message = result.stderr.trim().split('\n')[0] ?? '';
      for (const each of paths) looker.setSyntax(each, { shell, ok: result.code === 0, message });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}
