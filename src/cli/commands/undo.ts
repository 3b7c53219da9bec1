import type { CommandSpec } from '../spec.ts';

export const undo: CommandSpec = {
  name: 'undo',
  words: '',
  summary: 'takes back the last change that homerun made to files',
  options: [],
  examples: [],
  load: async () => (await import('../run/undo.ts')).run,
};
