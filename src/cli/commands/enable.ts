import type { CommandSpec } from '../spec.ts';

export const enable: CommandSpec = {
  name: 'enable',
  words: '[service...]',
  summary: 'links services into the service directory',
  options: [],
  examples: [],
  load: async () => (await import('../run/enable.ts')).run,
};
