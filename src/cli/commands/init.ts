import type { CommandSpec } from '../spec.ts';

export const init: CommandSpec = {
  name: 'init',
  words: '',
  summary: 'makes the directories, svl, the runner and the session hook',
  options: [],
  examples: [],
  load: async () => (await import('../run/init.ts')).run,
};
