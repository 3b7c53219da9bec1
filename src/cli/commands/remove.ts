import type { CommandSpec } from '../spec.ts';

export const remove: CommandSpec = {
  name: 'remove',
  words: '[service...]',
  summary: 'stops services and deletes their directories',
  options: [],
  examples: [],
  load: async () => (await import('../run/remove.ts')).run,
};
