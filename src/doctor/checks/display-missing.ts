import type { Check } from '../check.ts';
import { displaylessServices } from '../display.ts';
import { environmentOf } from '../environment.ts';
import { runnerOf } from '../homefiles.ts';
import { say } from '../say.ts';
import { treeOf } from '../tree.ts';

export const check: Check = {
  id: 'display-missing',
  severity: 'error',
  layer: 'environment',
  title: 'a service needs a display, and the supervisor has none',
  section: 'Tying Runit to .xinitrc',
  explain: [
    'Services get DISPLAY (or WAYLAND_DISPLAY) from runsvdir, which has it from whoever started it. Started from ssh, a console or cron it has none.',
    'By hand: start the runner from the session, or: homerun env import DISPLAY, then restart the services.',
  ],
  run: (snapshot) => {
    const tree = treeOf(snapshot);
    const environ = tree.main?.process.detail?.environ;
    if (tree.main === undefined || environ == null) return [];
    if (environmentOf(snapshot).DISPLAY || environmentOf(snapshot).WAYLAND_DISPLAY) return [];
    const services = displaylessServices(snapshot);
    if (services.length === 0) return [];
    const names = services.map((each) => each.service.name);
    return [
      say(check, {
        service: names.length === 1 ? (names[0] as string) : null,
        ...(names.length > 1 ? { services: names } : {}),
        path: runnerOf(snapshot),
        summary: `${names.join(', ')}: no display, for the supervisor has no DISPLAY`,
        evidence: [
          `DISPLAY and WAYLAND_DISPLAY are not in the environment of process ${tree.main.process.pid}`,
          ...services.map((each) => each.said).slice(0, 3),
        ],
        cause:
          'The supervisor was started outside the graphical session. Start the runner from the session; or, in it: homerun env import DISPLAY WAYLAND_DISPLAY XAUTHORITY, then restart these services.',
      }),
    ];
  },
};
