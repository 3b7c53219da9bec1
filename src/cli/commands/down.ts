import type { CommandSpec } from '../spec.ts';
import { jsonOption } from './json-option.ts';

export const down: CommandSpec = {
  name: 'down',
  words: '[service...]',
  summary: 'stops the supervisor and every service, or only the services named',
  description: [
    'The supervisor gets HUP (TERM would leave the services behind), each service TERM; one that has not ended two seconds later, or after the seconds that the file patience in its directory says, is killed. With names, only those services are stopped, and the supervisor goes on.',
  ],
  options: [jsonOption('down')],
  examples: [
    { command: 'homerun down', meaning: 'everything' },
    { command: 'homerun down newtest', meaning: 'one service, as svl down newtest' },
  ],
  exitCodes: [
    [0, 'all is down'],
    [1, 'something does not end'],
  ],
  completes: 'service',
  load: async () => (await import('../run/down.ts')).run,
};
