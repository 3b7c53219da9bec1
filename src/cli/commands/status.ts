import type { CommandSpec } from '../spec.ts';
import { jsonOption } from './json-option.ts';

export const status: CommandSpec = {
  name: 'status',
  words: '[service...]',
  summary: 'shows a table of all services',
  description: [
    'One line for each service: its state, whether it is enabled or only installed, its pid, the time since its last start or stop, what it runs, and the last line of its log. `homerun` without a command shows the same.',
    'What nobody looks after is shown as not supervised, whatever old status files say. A service that ends again and again is crash-looping, with how often and how it ended: three endings in ten seconds or five in a minute that nobody had asked for, until it has stayed up for a while. Under a supervisor that keeps no history (the C runit) services that started or ended just now are looked at for up to two and a half seconds.',
    'A ! in front marks services that doctor has something to say about.',
  ],
  options: [
    jsonOption('status'),
    { flags: '--tree', summary: 'shows the processes of each service below it' },
    { flags: '-w, --watch [seconds]', summary: 'shows it anew every second, or every so many; q ends it' },
  ],
  examples: [
    { command: 'homerun status', meaning: 'all services' },
    { command: "homerun status mpd 'pipe*'", meaning: 'these; the one in quotes is a pattern' },
    { command: 'homerun status --watch', meaning: 'live, until q' },
    { command: 'homerun status --json', meaning: 'for programs' },
  ],
  exitCodes: [
    [0, 'everything that should be up is up'],
    [1, 'something that should be up is not, or there is no such service'],
    [2, 'wrong usage'],
  ],
  completes: 'installed',
  load: async () => (await import('../run/status.ts')).run,
};
