import type { CommandSpec } from '../spec.ts';
import { jsonOption } from './json-option.ts';

export const init: CommandSpec = {
  name: 'init',
  words: '',
  summary: 'makes the directories, svl, the runner and the session hook',
  description: [
    'Asks where things are to go, shows the tree of what it will make and the diff of every file that exists, and does it after one last question. Run again, it changes only what differs. Cancelled anywhere (Ctrl-C, Esc), it leaves the disk as it was.',
    'With --yes, or without a terminal, nothing is asked: what no flag says is as an earlier init had it, or the default.',
  ],
  options: [
    { flags: '--yes', summary: 'asks nothing' },
    { flags: '--dry-run', summary: 'shows every file and link with contents or a diff, and changes nothing' },
    jsonOption('init'),
    {
      flags: '--service-all <dir>',
      summary: 'the real service directories (~/service_all)',
      completes: 'directory',
    },
    {
      flags: '--service-dir <dir>',
      summary: 'the links that runsvdir looks at (~/service_gui)',
      completes: 'directory',
    },
    {
      flags: '--bin-dir <dir>',
      summary: 'where the control script goes (~/.local/bin or ~/bin)',
      completes: 'directory',
    },
    { flags: '--svl-name <name>', summary: "the control script's name (svl)" },
    {
      flags: '--runner <file>',
      summary: 'the script that starts runsvdir (~/.config/homerun/runsvdir_USER.sh)',
      completes: 'file',
    },
    {
      flags: '--logs <where>',
      summary: 'inside, state, home or a directory (state)',
      completes: 'directory',
    },
    { flags: '--shell <shell>', summary: 'shell of the generated scripts (sh)', completes: 'file' },
    {
      flags: '--engine <engine>',
      summary: "the system's runit or the bundled programs (auto)",
      choices: ['auto', 'system', 'bundled'],
    },
    {
      flags: '--session <kind>',
      summary: 'the session file that gets the hook (xinitrc)',
      choices: ['xinitrc', 'xsession', 'xprofile', 'sway', 'river', 'labwc', 'hyprland', 'i3', 'none'],
    },
    { flags: '--session-file <file>', summary: 'that file, when it is elsewhere', completes: 'file' },
    { flags: '--keep-running', summary: 'the services outlive the session' },
    { flags: '--no-keep-running', summary: 'the services end with the session (default)' },
    {
      flags: '--first-service <template>',
      summary: 'makes a first service of this template',
      completes: 'template',
    },
  ],
  examples: [
    { command: 'homerun init', meaning: 'asks, shows, does' },
    { command: 'homerun init --dry-run --yes', meaning: 'what it would do' },
    { command: 'homerun init --yes --logs home --shell ksh', meaning: 'without questions' },
  ],
  exitCodes: [
    [0, 'done, or there was nothing to do'],
    [1, 'cancelled, or something is in the way: nothing was changed'],
    [2, 'wrong usage'],
  ],
  changesFiles: true,
  load: async () => (await import('../run/init.ts')).run,
};
