import type { CommandSpec } from '../spec.ts';

export const completion: CommandSpec = {
  name: 'completion',
  words: '[shell]',
  summary: 'prints a completion script for bash, zsh or fish',
  description: [
    'The script knows the commands and their options; service, template and check names are asked for when they are needed, so new ones are there at once.',
  ],
  options: [
    {
      flags: '--list <kind>',
      summary: 'prints the names of a kind, one a line: what the scripts ask for',
      choices: ['service', 'installed', 'template', 'check', 'shell'],
    },
  ],
  examples: [
    {
      command: 'homerun completion bash >~/.local/share/bash-completion/completions/homerun',
      meaning: 'bash',
    },
    { command: 'homerun completion zsh >~/.zfunc/_homerun', meaning: 'zsh, with ~/.zfunc in $fpath' },
    { command: 'homerun completion fish >~/.config/fish/completions/homerun.fish', meaning: 'fish' },
  ],
  completes: 'shell',
  load: async () => (await import('../run/completion.ts')).run,
};
