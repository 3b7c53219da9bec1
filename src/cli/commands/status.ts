import type { CommandSpec } from '../spec.ts';

export const status: CommandSpec = {
  name: 'status',
  words: '[service...]',
  summary: 'shows a table of all services',
  options: [],
  examples: [],
  load: async () => (await import('../run/status.ts')).run,
};
