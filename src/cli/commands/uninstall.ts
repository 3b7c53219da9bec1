import type { CommandSpec } from '../spec.ts';
import { jsonOption } from './json-option.ts';

export const uninstall: CommandSpec = {
  name: 'uninstall',
  words: '',
  summary: 'takes away what init made, and nothing else',
  description: [
    'Stops the supervisor, takes the hook out of the session file and removes the files and empty directories that init made. What you changed or added is kept and named: services, logs, a session file with lines of yours. A script of yours that init replaced comes back.',
  ],
  options: [
    { flags: '--yes', summary: 'asks nothing' },
    { flags: '--dry-run', summary: 'shows what would go, and changes nothing' },
    jsonOption('uninstall'),
  ],
  examples: [{ command: 'homerun uninstall --dry-run', meaning: 'what would go and what stays' }],
  exitCodes: [
    [0, 'done, or there was nothing to do'],
    [1, 'cancelled, or something is in the way'],
  ],
  changesFiles: true,
  load: async () => (await import('../run/uninstall.ts')).run,
};
