import type { CommandSpec } from '../spec.ts';

export const doctor: CommandSpec = {
  name: 'doctor',
  words: '[service...]',
  summary: 'finds what is wrong, names the cause and mends it',
  options: [],
  examples: [],
  load: async () => (await import('../run/doctor.ts')).run,
};
