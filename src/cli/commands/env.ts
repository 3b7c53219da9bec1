import type { CommandSpec } from '../spec.ts';

export const env: CommandSpec = {
  name: 'env',
  words: '<action> [words...]',
  summary: 'sets and lists environment variables of services',
  options: [],
  examples: [],
  load: async () => (await import('../run/env.ts')).run,
};
