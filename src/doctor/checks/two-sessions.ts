import type { Check } from '../check.ts';
import { say } from '../say.ts';
import { treeOf } from '../tree.ts';

export const check: Check = {
  id: 'two-sessions',
  severity: 'warning',
  layer: 'supervisor',
  title: 'supervisors of two sessions',
  section: 'Tying Runit to .xinitrc',
  explain: [
    'Two sessions of one user, each with the hook: the services stay on the display of the first.',
    'By hand: keep one of the two.',
  ],
  run: (snapshot) => {
    const seen = treeOf(snapshot).ours.map(({ process }) => ({
      pid: process.pid,
      display: process.detail?.environ?.DISPLAY ?? process.detail?.environ?.WAYLAND_DISPLAY ?? null,
    }));
    if (new Set(seen.map((each) => each.display)).size < 2) return [];
    return [
      say(check, {
        summary: `${seen.length} supervisors look at the service directory, from sessions on different displays`,
        evidence: seen.map((each) => `process ${each.pid}: display ${each.display ?? 'none'}`),
        cause:
          'The services belong to whichever came first. End one session, or give it another service directory.',
      }),
    ];
  },
};
