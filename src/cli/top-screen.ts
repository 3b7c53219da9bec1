/**
 * The terminal for `homerun top`, through terminal-kit: its buffer sends only what changed, so nothing flickers. The
 * terminal is given back as it was however the program ends; only kill -9 cannot be answered.
 */
import type { Terminal } from 'terminal-kit';
import type { Piece } from '../everyday/top-view.ts';
import { singleCells, widthOf } from '../everyday/width.ts';

export interface TopScreen {
  readonly width: number;
  readonly height: number;
  draw(lines: readonly (readonly Piece[])[]): void;
  onKey(act: (key: string) => void): void;
  onResize(act: () => void): void;
  /** Gives the terminal back for as long as `act` takes: it returns when the job is in the foreground again. */
  leaveFor(act: () => void): void;
  close(): void;
}

const TONES: Readonly<Record<string, string>> = { good: 'green', busy: 'yellow', bad: 'red' };

/** Takes the terminal over. `coloured` false uses bold and inverse alone. */
export async function openTopScreen(coloured: boolean): Promise<TopScreen> {
  const kit = (await import('terminal-kit')).default;
  const terminal: Terminal = kit.terminal;
  const { stdout } = process;
  let open = false;
  const enter = (): void => {
    open = true;
    terminal.fullscreen(true);
    terminal.hideCursor(true);
    terminal.grabInput({});
  };
  const close = (): void => {
    if (!open) return;
    open = false;
    terminal.grabInput(false);
    terminal.styleReset();
    terminal.hideCursor(false);
    terminal.fullscreen(false);
  };
  process.once('exit', close);
  enter();

  const create = () =>
    new kit.ScreenBuffer({ dst: terminal, width: stdout.columns ?? 80, height: stdout.rows ?? 24 });
  let buffer = create();
  let whole = true;
  return {
    get width() {
      return stdout.columns ?? 80;
    },
    get height() {
      return stdout.rows ?? 24;
    },
    draw: (lines) => {
      if (!open) return;
      buffer.fill({ attr: {}, char: ' ' });
      lines.forEach((pieces, y) => {
        let x = 0;
        for (const piece of pieces) {
          const colour = piece.tone === undefined ? undefined : TONES[piece.tone];
          const attr = {
            ...(coloured && colour !== undefined ? { color: colour } : {}),
            ...(piece.bold === true ? { bold: true } : {}),
            ...(piece.dim === true ? { dim: true } : {}),
            ...(piece.inverse === true ? { inverse: true } : {}),
          };
          buffer.put({ x, y, attr, wrap: false, dx: 1, dy: 0 }, '%s', singleCells(piece.text));
          x += widthOf(piece.text);
        }
      });
      buffer.draw({ delta: !whole });
      whole = false;
    },
    onKey: (act) => {
      terminal.on('key', (key: string) => act(key));
    },
    onResize: (act) => {
      stdout.on('resize', () => {
        buffer = create();
        whole = true;
        act();
      });
    },
    leaveFor: (act) => {
      close();
      act();
      enter();
      // The size may be another one by now, and nothing of the last frame is on the screen.
      buffer = create();
      whole = true;
    },
    close,
  };
}
