import type { Check } from '../check.ts';
import { deadDisplay, displaylessServices, graphicalServices } from '../display.ts';
import { say } from '../say.ts';
import { treeOf } from '../tree.ts';
import { errorText } from '../words.ts';

export const check: Check = {
  id: 'display-stale',
  severity: 'error',
  layer: 'environment',
  title: 'the display of the supervisor is gone',
  section: 'Tying Runit to .xinitrc',
  explain: [
    'A supervisor that outlives its session keeps the old DISPLAY. Every graphical service then fails once a second.',
    'By hand: homerun down, then start the runner from the new session.',
  ],
  run: (snapshot) => {
    const dead = deadDisplay(snapshot);
    const main = treeOf(snapshot).main;
    if (dead === null || main === undefined) return [];
    const names = [
      ...new Set([
        ...displaylessServices(snapshot).map((each) => each.service.name),
        ...graphicalServices(snapshot).map((each) => each.name),
      ]),
    ];
    return [
      say(check, {
        severity: names.length === 0 ? 'warning' : 'error',
        service: names.length === 1 ? (names[0] as string) : null,
        ...(names.length > 1 ? { services: names } : {}),
        path: dead.socket,
        summary: `${dead.name}=${dead.value} of the supervisor is gone${names.length === 0 ? '' : `: ${names.join(', ')} cannot open a display`}`,
        evidence: [
          `${dead.socket}: ${errorText(dead.error)}`,
          `process ${main.process.pid} has ${dead.name}=${dead.value}`,
          ...displaylessServices(snapshot)
            .map((each) => each.said)
            .slice(0, 3),
        ],
        cause:
          'The supervisor is left over from a session that has ended. homerun down, then start the runner from the new session.',
      }),
    ];
  },
};
