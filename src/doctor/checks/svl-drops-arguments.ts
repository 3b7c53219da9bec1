import type { Check } from '../check.ts';
import { plainSvl } from '../homefiles.ts';
import { fixBy, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { shellPath, tilde } from '../words.ts';

export const check: Check = {
  id: 'svl-drops-arguments',
  severity: 'warning',
  layer: 'session',
  title: 'svl takes two words only',
  section: 'Make the svl Shellscript',
  explain: [
    'With $1 and $2 only, options (-w 20) and further services are lost without a word.',
    'By hand: SVDIR=~/service_gui exec sv "$@"',
  ],
  run: (snapshot) => {
    const { svl } = snapshot.layout;
    const script = snapshot.scripts[svl];
    if (script === undefined || script.binary) return [];
    const body = script.text.replace(/^[ \t]*#.*$/gm, '');
    if (!/\$\{?[12]\b/.test(body) || /\$\{?[@*]|\bshift\b/.test(body) || /\/\$(\s|"|$)/m.test(body))
      return [];
    return [
      say(check, {
        path: pathOf(snapshot, svl).path,
        summary: `${tilde(snapshot, svl)} passes on two words only`,
        evidence: body
          .split('\n')
          .filter((line) => /\$\{?[12]\b/.test(line))
          .map((line) => line.trim())
          .slice(0, 2),
        cause: 'Options and further services are lost without a word.',
        fix: fixBy({
          title: 'write svl again, with "$@"',
          commands: [
            `printf '#!/bin/sh\\nSVDIR=%s exec sv "$@"\\n' ${shellPath(snapshot, snapshot.layout.serviceDir)} > ${shellPath(snapshot, svl)}`,
          ],
          operations: [{ kind: 'write', path: svl, contents: plainSvl(snapshot), mode: 0o755 }],
        }),
      }),
    ];
  },
};
