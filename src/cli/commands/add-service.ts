import type { CommandSpec } from '../spec.ts';

export const addService: CommandSpec = {
  name: 'add-service',
  words: '[name]',
  summary: 'makes a service, links it and waits until it stays up',
  options: [],
  examples: [],
  load: async () => (await import('../run/add-service.ts')).run,
};
