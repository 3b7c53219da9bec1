import { dirname } from 'node:path';
import type { Check } from '../check.ts';
import { plainSvl } from '../homefiles.ts';
import { chmodFix, fixBy, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { modeAndOwner, shellPath, tilde } from '../words.ts';

export const check: Check = {
  id: 'svl-missing',
  severity: 'error',
  layer: 'session',
  title: 'svl is not there or not executable',
  section: 'Make the svl Shellscript',
  explain: [
    'svl is sv with your service directory: without it, plain sv asks the system’s services.',
    'By hand: write it again (homerun init), or chmod a+x ~/bin/svl',
  ],
  run: (snapshot) => {
    if (!snapshot.configured) return [];
    const { svl } = snapshot.layout;
    const fact = pathOf(snapshot, svl);
    if (fact.to?.kind === 'file' && fact.can.execute === 'EACCES') {
      return [
        say(check, {
          path: svl,
          summary: `${tilde(snapshot, svl)} is not executable`,
          evidence: [modeAndOwner(snapshot, fact)],
          cause: 'The shell refuses to start it.',
          fix: chmodFix(snapshot, svl, fact.real ?? svl, fact.to.mode, 0o111, 'a+x'),
        }),
      ];
    }
    if (fact.self !== null || fact.error !== 'ENOENT') return [];
    return [
      say(check, {
        path: svl,
        summary: `${tilde(snapshot, svl)} is not there`,
        evidence: [`${svl}: file does not exist`],
        cause: 'Without it your services can only be asked with SVDIR set.',
        fix: fixBy({
          title: 'write svl again',
          commands: [
            'homerun init',
            `# or: printf '#!/bin/sh\\nSVDIR=%s exec sv "$@"\\n' ${shellPath(snapshot, snapshot.layout.serviceDir)} > ${shellPath(snapshot, svl)}`,
          ],
          operations: [
            { kind: 'mkdir', path: dirname(svl) },
            { kind: 'write', path: svl, contents: plainSvl(snapshot), mode: 0o755 },
          ],
        }),
      }),
    ];
  },
};
