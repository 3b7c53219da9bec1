import type { CommandSpec } from '../spec.ts';

export const edit: CommandSpec = {
  name: 'edit',
  words: '[service]',
  summary: "opens a service's run script in an editor",
  options: [],
  examples: [],
  load: async () => (await import('../run/edit.ts')).run,
};
