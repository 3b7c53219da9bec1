import type { CommandSpec } from '../spec.ts';
import { jsonOption } from './json-option.ts';

export const env: CommandSpec = {
  name: 'env',
  words: '[action] [words...]',
  summary: 'sets and lists environment variables of services',
  description: [
    'Variables are files, one each, in the form of chpst -e: for all services in $XDG_CONFIG_HOME/homerun/env, for one in the folder env of its own directory, which wins. The run scripts that homerun makes read both at each start; in a script of your own, `exec chpst -e DIR PROGRAM` does.',
    'list (and env alone) shows them, and which running services were started with other values. set NAME=VALUE... [SERVICE...] and unset NAME... [SERVICE...] write and remove files. import [NAME...] takes them from this session: without names DISPLAY, WAYLAND_DISPLAY, XAUTHORITY, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, XDG_CURRENT_DESKTOP, XDG_SESSION_TYPE, SWAYSOCK, I3SOCK and SSH_AUTH_SOCK, as far as they are set here.',
    'What runs keeps its values until it is started again; --restart does that for those that differ.',
  ],
  options: [
    {
      flags: '-s, --service <name>',
      summary: 'for this service only (repeat it for several)',
      repeat: true,
      completes: 'installed',
    },
    {
      flags: '--hide',
      summary: 'with unset: services do not see the variable, even if the supervisor has it',
    },
    { flags: '--restart', summary: 'restarts the running services whose values differ then' },
    jsonOption('env', 'with list'),
  ],
  examples: [
    { command: 'homerun env set LANG=C mpd', meaning: 'for mpd alone' },
    { command: 'homerun env import DISPLAY', meaning: "this session's, for all services" },
    { command: 'homerun env import --restart', meaning: 'all of the session, at once' },
    { command: 'homerun env unset LANG', meaning: 'as the supervisor has it, again' },
    { command: 'homerun env list', meaning: 'what is set, and where it differs' },
  ],
  exitCodes: [
    [0, 'done; with list: no running service differs'],
    [1, 'with list: a running service differs; or there is no such service or variable'],
    [2, 'wrong usage'],
  ],
  actions: {
    list: [],
    set: ['variable', 'installed'],
    unset: ['variable', 'installed'],
    import: ['session'],
  },
  load: async () => (await import('../run/env.ts')).run,
};
