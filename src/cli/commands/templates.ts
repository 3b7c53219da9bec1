import type { CommandSpec } from '../spec.ts';

export const templates: CommandSpec = {
  name: 'templates',
  words: '',
  summary: 'lists the service templates',
  options: [],
  examples: [],
  load: async () => (await import('../run/templates.ts')).run,
};
