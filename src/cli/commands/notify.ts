import type { CommandSpec } from '../spec.ts';

export const notify: CommandSpec = {
  name: 'notify',
  words: '',
  summary: 'desktop notifications about crash loops',
  options: [],
  examples: [],
  load: async () => (await import('../run/notify.ts')).run,
};
