import type { CommandSpec } from '../spec.ts';

export const edit: CommandSpec = {
  name: 'edit',
  words: '[service]',
  summary: "opens a service's run script in an editor",
  description: [
    'The editor is $VISUAL, $EDITOR or vi. It gets a copy: a shell reads a script while it runs, so the script itself must not change under it. What was changed is checked (`SHELL -n`), then put in place of the old file at once; `homerun undo` brings the old one back.',
    'On a terminal it then offers to restart the service.',
  ],
  options: [
    {
      flags: '--file <name>',
      summary: 'another file of the service: log/run, finish, check, control/t',
    },
    { flags: '--restart', summary: 'restarts the service afterwards, without a question' },
    { flags: '--no-restart', summary: 'does not restart it, and does not ask' },
  ],
  examples: [
    { command: 'homerun edit mpd', meaning: 'its run script' },
    { command: 'homerun edit mpd --file log/run', meaning: "its log service's" },
  ],
  exitCodes: [
    [0, 'changed, or left as it was'],
    [1, 'no such service, or the editor failed'],
    [2, 'wrong usage'],
  ],
  completes: 'installed',
  changesFiles: true,
  load: async () => (await import('../run/edit.ts')).run,
};
