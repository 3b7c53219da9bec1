/** Completion in real shells, set up by the lines that `homerun completion --help` and the README give. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completion } from '../../src/cli/commands/completion.ts';
import { type Home, makeHome, ROOT } from '../setup/home.ts';
import { needs } from '../setup/needs.ts';
import { openTerminal } from '../setup/terminal.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 100000\n';

/** What is typed before Tab, and what the line is then. */
const TYPED: readonly (readonly [string, string])[] = [
  ['homerun disab', 'homerun disable'],
  ['homerun restart al', 'homerun restart alpha'],
  ['homerun enable sp', 'homerun enable spare'],
  ['homerun add-service --template syncth', 'homerun add-service --template syncthing'],
  // Behind a word of one's own, too.
  ['homerun add-service mine --template syncth', 'homerun add-service mine --template syncthing'],
  ['homerun rename alpha beta --he', 'homerun rename alpha beta --help'],
  ['homerun explain run-not-ex', 'homerun explain run-not-executable'],
  ['homerun logs --foll', 'homerun logs --follow'],
  ['homerun init --engine bund', 'homerun init --engine bundled'],
  ['homerun init --engine=bund', 'homerun init --engine=bundled'],
  ['homerun add-service --template=syncth', 'homerun add-service --template=syncthing'],
  ['svl -w 9 stat', 'svl -w 9 status'],
  ['svl force-stop al', 'svl force-stop alpha'],
  ['homerun env uns', 'homerun env unset'],
  ['homerun env unset GREE', 'homerun env unset GREETING'],
  ['homerun env import SESSION_O', 'homerun env import SESSION_OF_TEST'],
];

/** The lines of --help, the manual page and the README for that shell. */
const linesFor = (shell: string): string[] =>
  completion.examples
    .filter(({ meaning }) => meaning.split(':')[0]?.includes(shell))
    .map(({ command }) => command);

interface Shell {
  readonly name: string;
  readonly programs: readonly string[];
  readonly command: string;
  /** Its own file, with a prompt that is waited for. */
  readonly file: string;
  readonly text: string;
  /** Shell lines that set completion up. */
  readonly lines: readonly string[];
}

const PROMPT = "PS1='READY> '\n";

const SHELLS: readonly Shell[] = [
  {
    name: 'bash',
    programs: ['bash'],
    command: 'bash',
    file: '.bashrc',
    text: PROMPT,
    lines: linesFor('bash'),
  },
  { name: 'zsh', programs: ['zsh'], command: 'zsh', file: '.zshrc', text: PROMPT, lines: linesFor('zsh') },
  {
    name: 'zsh with a directory of $fpath',
    programs: ['zsh'],
    command: 'zsh',
    file: '.zshrc',
    text: `${PROMPT}fpath=(~/.zfunc $fpath)\nautoload -Uz compinit && compinit -i\n`,
    lines: ['mkdir ~/.zfunc', 'homerun completion zsh >~/.zfunc/_homerun'],
  },
  {
    name: 'fish',
    programs: ['fish'],
    command: 'fish',
    file: '.config/fish/config.fish',
    text: "set -g fish_autosuggestion_enabled 0\nfunction fish_prompt\n  echo 'READY> '\nend\n",
    lines: linesFor('fish'),
  },
];

describe.skipIf(!needs('tmux'))('completion', () => {
  let home: Home;

  beforeAll(async () => {
    home = makeHome();
    home.service('alpha', { run: SLEEPER, log: null });
    home.service('spare', { run: SLEEPER, log: null, enabled: false });
    await home.homerun('env', 'set', 'GREETING=hello');
  });

  afterAll(() => home.close());

  /** A home folder of its own for one shell, with homerun on the PATH and the services of `home`. */
  const prepare = ({ name, file, text }: Shell): NodeJS.ProcessEnv => {
    const folder = join(home.folder, `home of ${name}`);
    mkdirSync(join(folder, 'bin'), { recursive: true });
    symlinkSync(join(ROOT, 'bin/homerun'), join(folder, 'bin/homerun'));
    writeFileSync(join(folder, 'bin/svl'), '#!/bin/sh\n', { mode: 0o755 });
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
    // Where it is missing fish reads every manual page of the machine in the background, and outlives the test.
    mkdirSync(join(folder, '.local/share/fish/generated_completions'), { recursive: true });
    mkdirSync(join(folder, '.config/homerun'), { recursive: true });
    for (const each of ['config.json', 'env']) {
      symlinkSync(join(home.folder, '.config/homerun', each), join(folder, '.config/homerun', each));
    }
    return {
      ...home.env,
      HOME: folder,
      PATH: `${join(folder, 'bin')}:${home.env.PATH}`,
      SESSION_OF_TEST: 'yes',
    };
  };

  /** Types each text and Tab, in a new interactive shell. */
  const complete = async (env: NodeJS.ProcessEnv, command: string): Promise<void> => {
    const terminal = await openTerminal(env, 100, 24, command, /^READY>/m);
    try {
      for (const [typed, line] of TYPED) {
        terminal.keys('C-u');
        terminal.keys('-l', typed);
        terminal.keys('Tab');
        await terminal.shows(new RegExp(`(?:^|READY> )${line}(?: |$)`, 'm'));
      }
    } finally {
      terminal.close();
    }
  };

  it.concurrent.each(SHELLS.filter(({ programs }) => needs(...programs)))(
    'in $name, set up by the lines that the help gives, knows commands, names and options',
    async (shell) => {
      const env = prepare(shell);
      for (const line of shell.lines) execFileSync('sh', ['-c', line], { env, stdio: 'pipe' });
      await complete(env, shell.command);
    },
    240_000,
  );

  it('is set up by the same lines in the README', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    for (const { command } of completion.examples) expect(readme).toContain(`\n${command}\n`);
  });
});
