/** A real terminal (tmux) with a program in it, driven by keys. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from './remove-folder.ts';
import { until } from './until.ts';

export interface Terminal {
  /** Keys as tmux names them: `Enter`, `Down`, `C-c`, `Escape`, `BSpace`. */
  keys(...names: string[]): void;
  /** Text, letter for letter. */
  type(text: string): void;
  /** What the screen shows. */
  screen(): string;
  /** Everything since the beginning, scrolled out or not; lines that the terminal broke are whole. */
  history(): string;
  waitFor(pattern: RegExp): Promise<string>;
  close(): void;
}

export function openTerminal(
  command: readonly string[],
  options: { env: Record<string, string>; cwd: string; columns?: number; rows?: number },
): Terminal {
  const folder = mkdtempSync(join(tmpdir(), 'homerun-tmux-'));
  const socket = join(folder, 's');
  const tmux = (...args: string[]): string => {
    const result = spawnSync('tmux', ['-f', '/dev/null', '-S', socket, ...args], {
      env: { PATH: process.env.PATH, LANG: 'C.UTF-8', TERM: 'xterm-256color' },
      encoding: 'utf8',
    });
    return result.stdout;
  };
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const variables = Object.entries({ TERM: 'screen-256color', ...options.env }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const line = ['cd', options.cwd].map(quote).join(' ');
  const words = ['env', '-i', ...variables, ...command].map(quote).join(' ');
  tmux(
    'new-session',
    '-d',
    '-x',
    String(options.columns ?? 80),
    '-y',
    String(options.rows ?? 50),
    // The exit code stays on the screen, and the screen with it.
    `${line}; ${words}; echo "exit code $?"; sleep 1000`,
  );
  const terminal: Terminal = {
    keys: (...names) => {
      tmux('send-keys', ...names);
    },
    type: (text) => {
      tmux('send-keys', '-l', '--', text);
    },
    screen: () => tmux('capture-pane', '-p'),
    history: () => tmux('capture-pane', '-p', '-J', '-S', '-500'),
    waitFor: async (pattern) => {
      try {
        return await until(`the screen shows ${pattern}`, () => {
          const screen = terminal.screen();
          return pattern.test(screen) ? screen : undefined;
        });
      } catch (error) {
        throw new Error(`${(error as Error).message}:\n${terminal.screen()}`);
      }
    },
    close: () => {
      tmux('kill-server');
      removeFolder(folder);
    },
  };
  return terminal;
}
