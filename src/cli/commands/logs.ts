import type { CommandSpec } from '../spec.ts';

export const logs: CommandSpec = {
  name: 'logs',
  words: '[service...]',
  summary: 'shows the logs of services, merged by time',
  options: [],
  examples: [],
  load: async () => (await import('../run/logs.ts')).run,
};
