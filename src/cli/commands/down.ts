import type { CommandSpec } from '../spec.ts';

export const down: CommandSpec = {
  name: 'down',
  words: '',
  summary: 'stops the supervisor and every service',
  options: [],
  examples: [],
  load: async () => (await import('../run/down.ts')).run,
};
