import type { CommandSpec } from '../spec.ts';

export const completion: CommandSpec = {
  name: 'completion',
  words: '<shell>',
  summary: 'prints a completion script for bash, zsh or fish',
  options: [],
  examples: [],
  load: async () => (await import('../run/completion.ts')).run,
};
