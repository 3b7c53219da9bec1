import { dirname } from 'node:path';
import type { Check } from '../check.ts';
import { say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { tilde } from '../words.ts';

export const check: Check = {
  id: 'svl-not-on-path',
  severity: 'info',
  layer: 'advice',
  title: 'the directory of svl is not on PATH',
  section: 'Make the svl Shellscript',
  explain: [
    'svl can be called by its full path only.',
    'By hand: add the directory to PATH in your shell’s profile.',
  ],
  run: (snapshot) => {
    const { svl } = snapshot.layout;
    const folder = dirname(svl);
    if (!snapshot.configured || pathOf(snapshot, svl).to === null || snapshot.env.PATH == null) return [];
    if (snapshot.env.PATH.split(':').includes(folder)) return [];
    return [
      say(check, {
        path: svl,
        summary: `${tilde(snapshot, folder)} is not on PATH: svl has to be called as ${tilde(snapshot, svl)}`,
        evidence: [`PATH=${snapshot.env.PATH}`],
        cause: `Put this into your shell’s profile: PATH=${tilde(snapshot, folder)}:$PATH`,
      }),
    ];
  },
};
