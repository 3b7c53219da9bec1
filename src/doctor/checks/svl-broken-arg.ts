import type { Check } from '../check.ts';
import { plainSvl } from '../homefiles.ts';
import { fixBy, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { shellPath, tilde } from '../words.ts';

export const check: Check = {
  id: 'svl-broken-arg',
  severity: 'error',
  layer: 'session',
  title: 'svl loses the service’s name',
  section: 'Make the svl Shellscript',
  explain: [
    'The document’s first listing of svl ends in $svpath/$ where $svpath/$2 is meant, and another has a prompt pasted into it: sv then asks for a service named $.',
    'By hand: SVDIR=~/service_gui exec sv "$@"',
  ],
  run: (snapshot) => {
    const { svl } = snapshot.layout;
    const script = snapshot.scripts[svl];
    if (script === undefined) return [];
    const lines = script.text.split('\n');
    const at = lines.findIndex(
      (line) => !/^\s*#/.test(line) && (/\/\$(\s|"|$)/.test(line) || /^\s*\[\w+@\w+[^\]]*\][$#]/.test(line)),
    );
    if (at < 0) return [];
    return [
      say(check, {
        path: pathOf(snapshot, svl).path,
        summary: `${tilde(snapshot, svl)} loses the service’s name`,
        evidence: [`line ${at + 1}: ${(lines[at] as string).trim()}`],
        cause: 'sv asks for a service named $, or the shell for a command that is a prompt.',
        fix: fixBy({
          title: 'write svl again',
          commands: [
            `printf '#!/bin/sh\\nSVDIR=%s exec sv "$@"\\n' ${shellPath(snapshot, snapshot.layout.serviceDir)} > ${shellPath(snapshot, svl)}`,
          ],
          operations: [{ kind: 'write', path: svl, contents: plainSvl(snapshot), mode: 0o755 }],
        }),
      }),
    ];
  },
};
