import { shellWord } from '../../shell/words.ts';
import { treeCheck } from '../check.ts';
import { lastTarget, runOf } from '../places.ts';
import { linked, pathOf, treeOf } from '../tree.ts';
import { errorText, formatMode, userName } from '../words.ts';

/** Programs that keep their sockets there. */
const USES =
  /(^|\/)(pulseaudio|pipewire|pipewire-pulse|wireplumber|dbus-daemon|gpg-agent|ssh-agent|sway|wayvnc|mako|foot|waybar|swayidle|gammastep)$/;
/** Those of them that take another place where the variable is missing: ~/.config/pulse, ~/.gnupg, /tmp. */
const MANAGES_WITHOUT = /(^|\/)(pulseaudio|dbus-daemon|gpg-agent|ssh-agent)$/;

export const check = treeCheck({
  id: 'xdg-runtime-dir-bad',
  severity: 'error',
  layer: 'environment',
  title: 'XDG_RUNTIME_DIR of the supervisor is missing, gone, or belongs to somebody else',
  section: 'Supervising Pulseaudio With Your Specific User Runit',
  explain: [
    'Sound, D-Bus and Wayland programs keep their sockets in $XDG_RUNTIME_DIR: a directory of the user with mode 0700, made at login and removed at logout. A supervisor that was started outside of a session has none, or one that is gone; started by su or sudo -E, somebody else’s.',
    'By hand: start the runner inside of the session; elogind, turnstile or pam_rundir make the directory at login.',
  ],
  see: (snapshot) => {
    const main = treeOf(snapshot).main;
    const environ = main?.process.detail?.environ;
    if (main === undefined || environ == null) return undefined;
    const value = environ.XDG_RUNTIME_DIR;
    const users = linked(snapshot).filter((service) => {
      const program = lastTarget(snapshot, runOf(snapshot, service))?.started.program ?? '';
      return USES.test(program) && !(value === undefined && MANAGES_WITHOUT.test(program));
    });
    if (value == null || value === '') {
      if (users.length === 0 || value === null) return undefined;
      return {
        path: null,
        summary: 'the supervisor has no XDG_RUNTIME_DIR',
        evidence: [`needed by: ${users.map((each) => each.name).join(', ')}`],
        cause: `They cannot find or make their sockets. Start the runner inside of the session (now: pid ${main.process.pid}).`,
      };
    }
    const fact = pathOf(snapshot, value);
    let wrong: string | undefined;
    if (fact.to === null) wrong = errorText(fact.toError ?? 'ENOENT');
    else if (fact.to.kind !== 'directory') wrong = 'it is no directory';
    else if (fact.to.uid !== main.process.uid)
      wrong = `it belongs to ${userName(snapshot, fact.to.uid)}, expected ${userName(snapshot, main.process.uid)}`;
    else if ((fact.to.mode & 0o077) !== 0) wrong = `mode ${formatMode(fact.to.mode)}, expected 0700`;
    if (wrong === undefined) return undefined;
    const own = fact.to?.kind === 'directory' && fact.to.uid === snapshot.who.uid;
    return {
      path: value,
      severity: own || users.length === 0 ? 'warning' : 'error',
      summary: `XDG_RUNTIME_DIR of the supervisor is not usable: ${value}`,
      evidence: [
        wrong,
        ...(users.length > 0 ? [`needed by: ${users.map((each) => each.name).join(', ')}`] : []),
      ],
      cause: own
        ? `Programs that check it refuse it: chmod 700 ${shellWord(value)}`
        : 'Start the runner inside of the session that is there now: kill -HUP the supervisor, then run the runner.',
    };
  },
});
