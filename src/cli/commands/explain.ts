import type { CommandSpec } from '../spec.ts';

export const explain: CommandSpec = {
  name: 'explain',
  words: '[check]',
  summary: 'says what a check looks for, why, and how to mend it by hand',
  options: [],
  examples: [],
  load: async () => (await import('../run/explain.ts')).run,
};
