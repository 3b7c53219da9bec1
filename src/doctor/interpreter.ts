/** Whether a script's first line can work. Pure. */

import { envInterpreter, readShebang } from '../shell/shebang.ts';
import { servicePath } from './places.ts';
import type { ScriptFact, Snapshot } from './snapshot.ts';
import { pathOf } from './tree.ts';
import { errorText } from './words.ts';

/** What is wrong with it, in words; undefined when it can work or is no script. */
export function interpreterProblem(snapshot: Snapshot, script: ScriptFact): string | undefined {
  const shebang = readShebang(script);
  if (shebang.kind !== 'script') return undefined;
  if (shebang.crlf)
    return `its first line ends in a carriage return (DOS line ends): #!${shebang.interpreter.replace('\r', '')}\\r`;
  const fact = pathOf(snapshot, shebang.interpreter || '/');
  if (shebang.interpreter === '') return 'nothing stands behind #!';
  if (shebang.interpreter.startsWith('/') && (fact.to?.kind !== 'file' || fact.can.execute !== 'ok')) {
    const why = fact.to === null ? errorText(fact.toError ?? 'ENOENT') : 'cannot be executed';
    return `its interpreter ${shebang.interpreter}: ${why}`;
  }
  const env = envInterpreter(shebang);
  const search = servicePath(snapshot);
  if (env === null || env.name === '' || env.name.includes('/') || search === null) return undefined;
  if (env.extra !== '' && !env.split) return `env looks for a program called "${shebang.argument}"`;
  const found = search
    .split(':')
    .some((folder) => folder.startsWith('/') && pathOf(snapshot, folder, env.name).can.execute === 'ok');
  return found ? undefined : `env does not find ${env.name} on the services' PATH (${search})`;
}
