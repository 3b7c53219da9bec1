import type { CommandSpec } from '../spec.ts';

export const top: CommandSpec = {
  name: 'top',
  words: '',
  summary: 'a live view of the services',
  description: [
    'All services with their states, times, processor and memory (with everything below them), and how often they ended in the last minute; below it the log of the chosen one, as it comes.',
    'Keys: arrows or j and k choose, s starts, x stops, r restarts, p pauses and lets go on, l or Enter gives the log the whole screen, d shows what doctor finds, PgUp and PgDn scroll, Esc goes back, q quits, and Ctrl-Z gives the terminal to the shell until `fg`.',
  ],
  options: [{ flags: '-d, --delay <seconds>', summary: 'looks every so many seconds; 1 without it' }],
  examples: [
    { command: 'homerun top', meaning: 'all services' },
    { command: 'homerun top -d 5', meaning: 'less often, over a slow line' },
  ],
  exitCodes: [
    [0, 'ended by a key'],
    [2, 'wrong usage, or no terminal that can be drawn on'],
  ],
  load: async () => (await import('../run/top.ts')).run,
};
