/** Which services want a display, and whether the supervisor's still answers. Pure. */
import { displaySocket } from './collect/session.ts';
import { environmentOf } from './environment.ts';
import { logsOf } from './logs.ts';
import { readMeaning } from './meaning.ts';
import { ringOf } from './ring.ts';
import type { ServiceFact, Snapshot } from './snapshot.ts';
import { linked, treeOf } from './tree.ts';

const NO_DISPLAY =
  /(can(?:'|no)t open display|cannot open display|unable to open display|could not connect to display|failed to (?:open|connect to) (?:the )?(?:wayland )?display|no (?:x11 )?display (?:environment )?variable|missing display|cannot connect to x server|couldn't open display)/i;

/** Programs that do nothing without a display. */
const GRAPHICAL =
  /^(dunst|mako|picom|compton|redshift|gammastep|wlsunset|sxhkd|swhkd|xbindkeys|xcape|unclutter|xss-lock|xautolock|swayidle|kanshi|waybar|polybar|conky|nm-applet|blueman-applet|udiskie|parcellite|clipit|clipmenud|copyq|greenclip|xsettingsd|xscreensaver|x11vnc|feh|nitrogen|swaybg|swaync|flameshot|pasystray|volumeicon|cbatticon|autocutsel|xclock|imwheel|tint2|plank|trayer|stalonetray)$/;

/** The supervisor's display, if it does not answer any more. */
export function deadDisplay(
  snapshot: Snapshot,
): { readonly name: string; readonly value: string; readonly socket: string; readonly error: string } | null {
  if (treeOf(snapshot).main === undefined) return null;
  const environ = environmentOf(snapshot);
  const candidates = [
    {
      name: 'DISPLAY',
      value: environ.DISPLAY,
      socket: typeof environ.DISPLAY === 'string' ? displaySocket(environ.DISPLAY) : null,
    },
    {
      name: 'WAYLAND_DISPLAY',
      value: environ.WAYLAND_DISPLAY,
      socket:
        typeof environ.WAYLAND_DISPLAY === 'string' && environ.WAYLAND_DISPLAY !== ''
          ? environ.WAYLAND_DISPLAY.startsWith('/')
            ? environ.WAYLAND_DISPLAY
            : `${environ.XDG_RUNTIME_DIR ?? ''}/${environ.WAYLAND_DISPLAY}`
          : null,
    },
  ].flatMap(({ name, value, socket }) => {
    const answer = socket === null ? undefined : snapshot.sockets[socket];
    return typeof value === 'string' && socket !== null && answer !== undefined
      ? [{ name, value, socket, error: answer }]
      : [];
  });
  // One display that answers is enough.
  if (candidates.length === 0 || candidates.some((each) => each.error === 'ok')) return null;
  return candidates[0] ?? null;
}

/** Services whose own words say that they found no display, with these words. */
export function displaylessServices(
  snapshot: Snapshot,
): readonly { readonly service: ServiceFact; readonly said: string }[] {
  const ring = ringOf(snapshot);
  return linked(snapshot).flatMap((service) => {
    if (service.main.status?.want === 'd' || isSteady(snapshot, service)) return [];
    const tail = logsOf(snapshot).find((each) => each.service.dir === service.dir)?.log.tail ?? '';
    const last = tail.trimEnd().split('\n').slice(-5);
    const said = last.findLast((line) => NO_DISPLAY.test(line));
    if (said !== undefined) return [{ service, said: `${service.name} says: ${said}` }];
    if (service.log !== null) return [];
    const own = ring.findLast(
      (line) => NO_DISPLAY.test(line) && line.toLowerCase().includes(service.name.toLowerCase()),
    );
    return own === undefined ? [] : [{ service, said: `${service.name} says: ${own}` }];
  });
}

/** Services that run one of the programs that need a display and do not stay up. */
export function graphicalServices(snapshot: Snapshot): readonly ServiceFact[] {
  return linked(snapshot).filter((service) => {
    const script = snapshot.scripts[`${service.dir}/run`];
    if (script === undefined || isSteady(snapshot, service) || service.main.status?.want === 'd')
      return false;
    const program = readMeaning(script, service.dir, environmentOf(snapshot)).last?.program;
    return GRAPHICAL.test(program?.split('/').pop() ?? '');
  });
}

/** Up for some seconds: it found what it needs. Milliseconds. */
const STEADY = 5000;

function isSteady(snapshot: Snapshot, service: ServiceFact): boolean {
  const { status } = service.main;
  return status?.state === 'run' && snapshot.at - status.changed > STEADY;
}
