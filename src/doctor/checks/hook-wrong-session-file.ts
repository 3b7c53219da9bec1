import type { Check } from '../check.ts';
import { hooksOf } from '../homefiles.ts';
import { say } from '../say.ts';
import { treeOf } from '../tree.ts';
import { tilde } from '../words.ts';

const MANAGERS =
  /^(gdm-session-wor|gdm-x-session|gdm-wayland-ses|sddm-helper|lightdm|ly|lxdm-session|xdm|slim|greetd)$/;
const COMPOSITORS = /^(sway|river|labwc|Hyprland|niri|wayfire|gnome-shell|kwin_wayland)$/;

export const check: Check = {
  id: 'hook-wrong-session-file',
  severity: 'error',
  layer: 'session',
  title: 'the hook is in a file that this session does not read',
  section: 'Tying Runit to .xinitrc',
  explain: [
    'startx and xinit read ~/.xinitrc; display managers read ~/.xsession or ~/.xprofile; Wayland compositors their own configuration.',
    'By hand: put the hook into the file that your session reads: homerun init --session xsession (or xprofile, sway ...)',
  ],
  run: (snapshot) => {
    const hooks = hooksOf(snapshot);
    if (hooks.length === 0 || treeOf(snapshot).main !== undefined) return [];
    const names = new Set(snapshot.processes.filter((each) => each.state !== 'Z').map((each) => each.comm));
    const xinit = names.has('xinit');
    const manager = [...names].find((name) => MANAGERS.test(name));
    const compositor = [...names].find((name) => COMPOSITORS.test(name));
    const only = hooks.every((hook) => hook.file.endsWith('/.xinitrc'));
    if (!only || xinit || (manager === undefined && compositor === undefined)) return [];
    return [
      say(check, {
        path: hooks[0]?.file ?? null,
        summary: `The hook is in ${tilde(snapshot, hooks[0]?.file ?? '')}, which this session does not read`,
        evidence: [`the session was started by ${compositor ?? manager}, there is no xinit`],
        cause: `Only startx and xinit read .xinitrc. ${compositor === undefined ? 'homerun init --session xsession (or xprofile)' : 'homerun init --session with the name of your compositor'} puts the hook where it is read.`,
      }),
    ];
  },
};
