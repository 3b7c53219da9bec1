import type { CommandSpec } from '../spec.ts';

export const rename: CommandSpec = {
  name: 'rename',
  words: '<old> <new>',
  summary: 'renames a service',
  options: [],
  examples: [],
  load: async () => (await import('../run/rename.ts')).run,
};
