import type { Check } from '../check.ts';
import { say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { tilde } from '../words.ts';

export const check: Check = {
  id: 'svl-name-clash',
  severity: 'warning',
  layer: 'session',
  title: 'another svl comes first on PATH',
  section: 'Make the svl Shellscript',
  explain: [
    'The shell takes the first program of that name on PATH.',
    'By hand: rename one, or change the order of PATH.',
  ],
  run: (snapshot) => {
    const { svl } = snapshot.layout;
    const first = snapshot.tools.svl?.[0];
    if (!snapshot.configured || first === undefined || !svl.endsWith('/svl') || first === svl) return [];
    const id = pathOf(snapshot, first).to?.id;
    if (!snapshot.tools.svl?.includes(svl) || (id !== undefined && id === pathOf(snapshot, svl).to?.id))
      return [];
    return [
      say(check, {
        path: first,
        summary: `${tilde(snapshot, first)} comes before ${tilde(snapshot, svl)} on PATH`,
        evidence: snapshot.tools.svl ?? [],
        cause: 'svl alone calls the other one. Rename one of them or change the order of PATH.',
      }),
    ];
  },
};
