import { readShebang } from '../../shell/shebang.ts';
import { scriptCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { interpreterProblem } from '../interpreter.ts';
import { lastTarget, rewrite } from '../places.ts';
import { shellPath } from '../words.ts';

export const check = scriptCheck({
  id: 'daemon-bad-interpreter',
  severity: 'error',
  layer: 'daemon',
  title: 'the daemon is a script whose interpreter is missing, or which has DOS line ends',
  section: 'Make the Daemon Program',
  explain: [
    'run is fine and the daemon is there and executable, but the kernel cannot start the interpreter of its first line. The shell of run says "not found", although the file is there.',
    "By hand: as for run: install the interpreter or name another; sed -i 's/\\r$//' PROGRAM for DOS line ends.",
  ],
  see: (snapshot, place) => {
    const target = lastTarget(snapshot, place);
    const fact = target?.fact;
    if (fact?.to?.kind !== 'file' || fact.can.execute !== 'ok') return undefined;
    const script = snapshot.scripts[fact.path];
    const problem = script === undefined ? undefined : interpreterProblem(snapshot, script);
    if (script === undefined || problem === undefined) return undefined;
    const crlf = readShebang(script).crlf;
    const operation =
      crlf && fact.to.uid === snapshot.who.uid
        ? rewrite(script, fact.real ?? fact.path, script.text.replaceAll('\r\n', '\n'))
        : undefined;
    return {
      path: fact.path,
      summary: `${fact.path} cannot be started`,
      evidence: [problem, `${place.name}, line ${target?.started.line}: ${target?.started.raw}`],
      cause:
        'The kernel starts the interpreter of the first line, not the script itself; the shell says "not found".',
      fix:
        operation === undefined
          ? null
          : {
              title: `give ${fact.path} Unix line ends`,
              risk: 'safe',
              commands: [`sed -i 's/\\r$//' ${shellPath(snapshot, fact.path)}`],
              operations: [operation],
              actions: [],
              settle: SETTLE_RUN,
            },
    };
  },
});
