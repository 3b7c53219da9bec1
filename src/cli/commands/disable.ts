import type { CommandSpec } from '../spec.ts';

export const disable: CommandSpec = {
  name: 'disable',
  words: '[service...]',
  summary: 'takes services out of the service directory',
  options: [],
  examples: [],
  load: async () => (await import('../run/disable.ts')).run,
};
