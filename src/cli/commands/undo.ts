import type { CommandSpec } from '../spec.ts';
import { jsonOption } from './json-option.ts';

export const undo: CommandSpec = {
  name: 'undo',
  words: '',
  summary: 'takes back the last change that homerun made to files',
  description: [
    'Every change is journaled in $XDG_STATE_HOME/homerun/journal with the old bytes, modes and times. Called again, undo takes back the change before that one.',
    'What you changed yourself since then is not overwritten: undo names it, touches nothing and exits 1.',
  ],
  options: [
    { flags: '--force', summary: 'puts the old state back over what was changed since' },
    { flags: '--dry-run', summary: 'shows what would be taken back and changes nothing' },
    { flags: '--yes', summary: 'does not ask' },
    jsonOption('undo'),
  ],
  examples: [
    { command: 'homerun undo --dry-run', meaning: 'what the last change was' },
    { command: 'homerun undo', meaning: 'takes it back' },
  ],
  exitCodes: [
    [0, 'taken back, or there is nothing to take back'],
    [1, 'something was changed since, or could not be put back'],
  ],
  load: async () => (await import('../run/undo.ts')).run,
};
