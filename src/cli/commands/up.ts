import type { CommandSpec } from '../spec.ts';

export const up: CommandSpec = {
  name: 'up',
  words: '',
  summary: 'starts the supervisor in the background if none runs',
  options: [],
  examples: [],
  load: async () => (await import('../run/up.ts')).run,
};
