import type { CommandSpec } from '../spec.ts';

export const demo: CommandSpec = {
  name: 'demo',
  words: '',
  summary: 'the whole way through in a temporary home folder',
  description: [
    'Sets up a supervisor in a temporary home folder, runs a service with a log, takes it down and up, breaks it, lets doctor find and mend it, and stops everything. Each step prints the command that you would type. Your own files and services are not touched.',
  ],
  options: [{ flags: '--keep', summary: 'leaves the temporary home folder behind, for a look around' }],
  examples: [{ command: 'homerun demo', meaning: 'takes about half a minute' }],
  exitCodes: [
    [0, 'each step had the effect that it says'],
    [1, 'a step had not'],
  ],
  load: async () => (await import('../run/demo.ts')).run,
};
