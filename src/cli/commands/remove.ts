import type { CommandSpec } from '../spec.ts';

export const remove: CommandSpec = {
  name: 'remove',
  words: '[service...]',
  summary: 'stops services and takes their directories away',
  description: [
    'Asks first, stops and disables the service, then removes its directory. Its logs are kept unless --logs is given; logs that lie inside the service directory are moved out of it. What was removed is kept in the journal: `homerun undo` brings it back.',
  ],
  options: [
    { flags: '--logs', summary: 'removes the logs as well' },
    { flags: '-y, --yes', summary: 'does not ask' },
  ],
  examples: [
    { command: 'homerun remove newtest', meaning: 'asks, and keeps the logs' },
    { command: 'homerun remove newtest --logs --yes', meaning: 'everything of it, without a question' },
  ],
  exitCodes: [
    [0, 'removed'],
    [1, 'not removed, or there is no such service'],
    [2, 'wrong usage'],
  ],
  completes: 'installed',
  changesFiles: true,
  load: async () => (await import('../run/remove.ts')).run,
};
