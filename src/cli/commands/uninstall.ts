import type { CommandSpec } from '../spec.ts';

export const uninstall: CommandSpec = {
  name: 'uninstall',
  words: '',
  summary: 'takes away what init made, and nothing else',
  options: [],
  examples: [],
  load: async () => (await import('../run/uninstall.ts')).run,
};
