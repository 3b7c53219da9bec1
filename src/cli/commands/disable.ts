import type { CommandSpec } from '../spec.ts';

export const disable: CommandSpec = {
  name: 'disable',
  words: '[service...]',
  summary: 'stops services and takes their links out of the service directory',
  description: [
    'The service directory itself stays: `homerun enable` brings it back. It first tells the service to stop and waits for it; then it takes the link away and waits until the supervisor has let go of it.',
  ],
  options: [{ flags: '-a, --all', summary: 'all enabled services' }],
  examples: [
    { command: 'homerun disable mpd', meaning: 'also in the next session' },
    { command: 'homerun disable --all', meaning: 'nothing runs any more; the supervisor stays' },
  ],
  exitCodes: [
    [0, 'disabled, nothing of it runs'],
    [1, 'something did not end, or there is no such service'],
    [2, 'wrong usage'],
  ],
  completes: 'service',
  changesFiles: true,
  load: async () => (await import('../run/disable.ts')).run,
};
