import type { CommandSpec } from '../spec.ts';

export const rename: CommandSpec = {
  name: 'rename',
  words: '<old> <new>',
  summary: 'gives a service another name',
  description: [
    'Stops it, renames its directory and its log directory, puts the new path into its log/run, makes the new link, and starts it again if it was enabled. `homerun undo` takes all of it back.',
  ],
  options: [],
  examples: [{ command: 'homerun rename newtest clock', meaning: 'newtest is called clock from now on' }],
  exitCodes: [
    [0, 'renamed, and up again where it was enabled'],
    [1, 'not renamed, or it does not stay up'],
    [2, 'wrong usage'],
  ],
  completes: 'installed',
  changesFiles: true,
  load: async () => (await import('../run/rename.ts')).run,
};
