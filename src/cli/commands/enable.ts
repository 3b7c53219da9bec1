import type { CommandSpec } from '../spec.ts';

export const enable: CommandSpec = {
  name: 'enable',
  words: '[service...]',
  summary: 'links services into the service directory and starts them',
  description: [
    'Makes the link, takes a `down` file away, has the supervisor look at once, and waits until the service has proved to stay up. Where it does not, the last lines of its log and what doctor finds are shown; the link stays.',
    '`homerun undo` takes the files back; then runsvdir stops what lost its link.',
  ],
  options: [
    { flags: '-a, --all', summary: 'all installed services' },
    {
      flags: '--no-start',
      summary: 'leaves a `down` file as it is (or makes one), so that it is not started',
    },
  ],
  examples: [
    { command: 'homerun enable mpd', meaning: 'from now on' },
    { command: "homerun enable 'pipe*'", meaning: 'all that match' },
  ],
  exitCodes: [
    [0, 'enabled, and up where a supervisor runs'],
    [1, 'it does not stay up, or there is no such service'],
    [2, 'wrong usage'],
  ],
  completes: 'installed',
  changesFiles: true,
  load: async () => (await import('../run/enable.ts')).run,
};
