import { type CommandSpec, NAME_KINDS } from '../spec.ts';

export const completion: CommandSpec = {
  name: 'completion',
  words: '[shell]',
  summary: 'prints a completion script for bash, zsh or fish',
  description: [
    'The script knows the commands and their options, and those of the control script (svl); names of services, templates, checks and variables are asked for when they are needed, so new ones are there at once.',
    'The lines of the examples set it up for good; it is there in the next shell. After an update of homerun the one that writes the script does so anew. zsh takes it from a directory of $fpath as well, under the name _homerun.',
  ],
  options: [
    {
      flags: '--list <kind>',
      summary: 'prints the names of a kind, one a line: what the scripts ask for',
      choices: NAME_KINDS,
    },
  ],
  exitCodes: [
    [0, 'printed'],
    [2, 'wrong usage, or no such shell'],
  ],
  examples: [
    { command: 'mkdir -p ~/.local/share/homerun', meaning: 'bash and zsh: a directory for it' },
    {
      command: 'homerun completion bash >~/.local/share/homerun/completion.bash',
      meaning: 'bash: the script',
    },
    { command: "echo '. ~/.local/share/homerun/completion.bash' >>~/.bashrc", meaning: 'bash: read, once' },
    {
      command: 'homerun completion zsh >~/.local/share/homerun/completion.zsh',
      meaning: 'zsh: the script',
    },
    { command: "echo '. ~/.local/share/homerun/completion.zsh' >>~/.zshrc", meaning: 'zsh: read, once' },
    { command: 'mkdir -p ~/.config/fish/completions', meaning: 'fish: a directory for it' },
    {
      command: 'homerun completion fish >~/.config/fish/completions/homerun.fish',
      meaning: 'fish: the script',
    },
    { command: 'ln -s homerun.fish ~/.config/fish/completions/svl.fish', meaning: 'fish: the same for svl' },
  ],
  completes: 'shell',
  load: async () => (await import('../run/completion.ts')).run,
};
