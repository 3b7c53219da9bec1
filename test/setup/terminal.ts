/** A real terminal for a test: a tmux server of its own, with keys, sizes and what the screen shows. */
import { execFileSync } from 'node:child_process';
import { until } from './until.ts';

export interface TestTerminal {
  /** Types a line and Enter. */
  type(line: string): void;
  /** Sends keys by tmux's names: `q`, `Down`, `C-c`. */
  keys(...keys: string[]): void;
  resize(columns: number, rows: number): void;
  /** What the screen shows, without blanks at the ends of lines; `colours` with escape sequences. */
  screen(colours?: boolean): string;
  /** Waits until the screen matches; returns it. */
  shows(expression: RegExp): Promise<string>;
  close(): void;
}

let count = 0;

/**
 * Opens a shell in a terminal of so many columns and rows, in that environment, and waits for its prompt: the terminal
 * would show what is typed before it in front of it.
 */
export async function openTerminal(
  env: NodeJS.ProcessEnv,
  columns = 80,
  rows = 24,
  shell = `PS1='$ ' sh`,
  prompt = /^\$$/m,
): Promise<TestTerminal> {
  count += 1;
  const socket = `homerun-test-${process.pid}-${count}`;
  const tmux = (...args: string[]): string =>
    execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], {
      env: { ...env, CI: undefined },
      encoding: 'utf8',
    });
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), '-s', 'test', `env -u CI ${shell}`);
  const terminal: TestTerminal = {
    type: (line) => {
      tmux('send-keys', '-t', 'test', '-l', line);
      tmux('send-keys', '-t', 'test', 'Enter');
    },
    keys: (...keys) => {
      tmux('send-keys', '-t', 'test', ...keys);
    },
    resize: (width, height) => {
      tmux('resize-window', '-t', 'test', '-x', String(width), '-y', String(height));
    },
    screen: (colours = false) => tmux('capture-pane', '-p', ...(colours ? ['-e'] : []), '-t', 'test'),
    shows: async (expression) => {
      let screen = '';
      try {
        await until(`the screen shows ${expression}`, () => {
          screen = terminal.screen();
          return expression.test(screen);
        });
      } catch (error) {
        throw new Error(`${(error as Error).message}; it shows:\n${screen}`);
      }
      return screen;
    },
    close: () => {
      try {
        tmux('kill-server');
      } catch {
        // It ended by itself.
      }
    },
  };
  try {
    await terminal.shows(prompt);
  } catch (error) {
    terminal.close();
    throw error;
  }
  return terminal;
}
