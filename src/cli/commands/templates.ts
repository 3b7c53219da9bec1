import type { CommandSpec } from '../spec.ts';
import { jsonOption } from './json-option.ts';

export const templates: CommandSpec = {
  name: 'templates',
  words: '[word]',
  summary: 'lists the service templates',
  description: [
    'With a word, those that have it in their name, title or description. Templates of your own are in $XDG_CONFIG_HOME/homerun/templates (default ~/.config), and win over others of the same name; templates/README.md in the folder of homerun tells how to write one.',
  ],
  options: [jsonOption('templates')],
  examples: [
    { command: 'homerun templates', meaning: 'all' },
    { command: 'homerun templates clipboard', meaning: 'those about the clipboard' },
    { command: 'homerun add-service --template dunst --show', meaning: 'the files of one' },
  ],
  exitCodes: [
    [0, 'listed'],
    [1, 'one of your own templates is broken, or none has the word'],
  ],
  load: async () => (await import('../run/templates.ts')).run,
};
