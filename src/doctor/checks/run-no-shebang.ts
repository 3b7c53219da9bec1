import { scriptCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { rewrite } from '../places.ts';
import { shellPath } from '../words.ts';

export const check = scriptCheck({
  id: 'run-no-shebang',
  severity: 'error',
  layer: 'run',
  title: 'run does not begin with #!',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'A shell started by hand runs a script without #! all the same; the kernel does not: "unable to start ./run: exec format error". So ./run works in a terminal, and not under runsv.',
    'By hand:',
    "  sed -i '1i #!/bin/sh' ~/service_all/NAME/run",
  ],
  see: (snapshot, { fact, shebang, script, path, name }) => {
    if (script === undefined || script.binary || shebang?.kind !== 'none' || shebang.junk !== null)
      return undefined;
    if (script.text.trim() === '') return undefined;
    const operation = rewrite(script, fact.real ?? path, `#!/bin/sh\n${script.text}`);
    return {
      path,
      summary: `${name} does not begin with #!`,
      evidence: [`first line: ${script.text.split('\n')[0]?.slice(0, 60)}`],
      cause: 'The kernel starts only programs and scripts that name their interpreter: exec format error.',
      fix:
        operation === undefined
          ? null
          : {
              title: `put #!/bin/sh before ${name}`,
              risk: 'safe',
              commands: [`sed -i '1i #!/bin/sh' ${shellPath(snapshot, path)}`],
              operations: [operation],
              actions: [],
              settle: SETTLE_RUN,
            },
    };
  },
});
