import { shellWord } from '../../shell/words.ts';
import type { Check } from '../check.ts';
import { say } from '../say.ts';

export const check: Check = {
  id: 'sv-instead-of-svl',
  severity: 'warning',
  layer: 'session',
  title: 'SVDIR is a relative path',
  section: 'sv For a Specific User',
  explain: [
    'sv looks for services in $SVDIR. A relative path counts from wherever you are.',
    'By hand: export SVDIR=$HOME/service_gui',
  ],
  run: (snapshot) => {
    const value = snapshot.env.SVDIR;
    if (value === undefined || value === null || value === '' || value.startsWith('/')) return [];
    return [
      say(check, {
        summary: `SVDIR is ${value}, a relative path`,
        evidence: [`SVDIR=${value}`],
        cause: `sv works in one directory only. Write in your profile: export SVDIR=${shellWord(snapshot.layout.serviceDir)}`,
      }),
    ];
  },
};
