import type { CommandSpec } from '../spec.ts';
import { jsonOption } from './json-option.ts';

export const up: CommandSpec = {
  name: 'up',
  words: '[service...]',
  summary: 'starts the supervisor in the background if none runs, or only the services named',
  description: [
    'Starts the runner that init made, and waits until the supervisor answers for every service. A second supervisor for the same directory is never started.',
    'With names, only those services are brought up, as sv(8) does with up.',
  ],
  options: [
    { flags: '--foreground', summary: 'stays in front of it; Ctrl-C stops it and every service' },
    jsonOption('up'),
  ],
  examples: [
    { command: 'homerun up', meaning: 'starts it now, without a new session' },
    { command: 'homerun up --foreground', meaning: 'to watch it' },
    { command: 'homerun up newtest', meaning: 'one service' },
  ],
  exitCodes: [
    [0, 'it runs'],
    [1, 'it did not start, or does not answer for every service'],
  ],
  load: async () => (await import('../run/up.ts')).run,
};
