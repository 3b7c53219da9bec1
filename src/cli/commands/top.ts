import type { CommandSpec } from '../spec.ts';

export const top: CommandSpec = {
  name: 'top',
  words: '',
  summary: 'a live view of the services',
  options: [],
  examples: [],
  load: async () => (await import('../run/top.ts')).run,
};
