/**
 * A full screen for `status --watch`: the terminal's other screen, without a cursor, drawn over line by line so that
 * nothing flickers, and given back as it was however the program ends.
 */
import { usageError } from '../system/errors.ts';
import type { Context } from './context.ts';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';

/** @throws HomerunError (wrong usage) where the terminal says of itself that nothing can be drawn on it */
export function needCursor({ env }: Context, what: string): void {
  if (env.TERM !== undefined && env.TERM !== '' && env.TERM !== 'dumb') return;
  const why = env.TERM === 'dumb' ? 'TERM is dumb' : 'TERM is not set';
  throw usageError(
    `${what}: it needs a terminal that can be drawn on, and ${why}`,
    'Without one: homerun status',
  );
}

/**
 * Stops this job as Ctrl-Z does, though `handler` listens to that signal. It takes effect before the call returns, which
 * is when `fg` has brought the job back; where no shell could do that, the system does not stop it.
 */
export function stopJob(handler: () => void): void {
  process.removeListener('SIGTSTP', handler);
  process.kill(0, 'SIGTSTP');
  process.on('SIGTSTP', handler);
}

export interface Screen {
  /** Draws these lines; what does not fit the height is left out. */
  draw(lines: readonly string[]): void;
  readonly rows: number;
  readonly columns: number;
  /** Resolves when the person (q, Ctrl-C) or a signal ends it; with the signal's name, or null. */
  readonly ended: Promise<NodeJS.Signals | null>;
  /** Calls back after each change of the terminal's size. */
  onResize(redraw: () => void): void;
  close(): void;
}

/** Takes the terminal over. stdin is read for `q` and Ctrl-C where it is a terminal. */
export function openScreen(): Screen {
  const { stdin, stdout } = process;
  let open = false;
  const enter = (): void => {
    open = true;
    stdout.write(ENTER);
    if (!stdin.isTTY) return;
    stdin.setRawMode(true);
    stdin.resume();
  };
  const close = (): void => {
    if (!open) return;
    open = false;
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
    stdout.write(LEAVE);
  };
  process.once('exit', close);
  enter();
  let finish: (signal: NodeJS.Signals | null) => void = () => {};
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    finish = resolve;
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => finish(signal));
  let again: () => void = () => {};
  const suspend = (): void => {
    close();
    stopJob(suspend);
    enter();
    again();
  };
  process.on('SIGTSTP', suspend);
  if (stdin.isTTY) {
    stdin.on('data', (bytes: Buffer) => {
      const text = bytes.toString('latin1');
      if (/[qQ\u001b]/.test(text)) finish(null);
      if (text.includes('\u0003')) finish('SIGINT');
      if (text.includes('\u001a')) suspend();
    });
  }
  return {
    draw: (lines) => {
      if (!open) return;
      const shown = lines.slice(0, stdout.rows ?? 24);
      // Synchronised update (mode 2026): terminals that know it show the frame at once; others pass over it.
      stdout.write(
        `\u001b[?2026h\u001b[H${shown.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J\u001b[?2026l`,
      );
    },
    get rows() {
      return stdout.rows ?? 24;
    },
    get columns() {
      return stdout.columns ?? 80;
    },
    ended,
    onResize: (redraw) => {
      again = redraw;
      stdout.on('resize', redraw);
    },
    close,
  };
}
