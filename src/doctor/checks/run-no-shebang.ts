import { shellWord } from '../../shell/words.ts';
import { scriptCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { rewrite } from '../places.ts';
import { shellPath } from '../words.ts';

/** One word that is a path, without a line end: so git (core.symlinks=false), zip and vfat keep a link. */
function isLinkText(text: string): boolean {
  return /^(?:\/|\.{1,2}\/)?[\w.@+~-]+(?:\/[\w.@+~-]+)+$/.test(text);
}

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
    if (isLinkText(script.text)) {
      return {
        path,
        summary: `${name} holds the text of a link, and is no link`,
        evidence: [`all of it: ${script.text}`],
        cause: `A checkout or a copy without links has made a file of it. Make it a link again: ln -sfn ${shellWord(script.text)} ${shellPath(snapshot, path)}`,
      };
    }
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
