import type { CommandSpec } from '../spec.ts';

export const demo: CommandSpec = {
  name: 'demo',
  words: '',
  summary: 'the whole way through in a temporary home folder',
  options: [],
  examples: [],
  load: async () => (await import('../run/demo.ts')).run,
};
