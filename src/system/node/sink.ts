import { encodeLog } from './log-text.ts';

/** stdout for much text: written in large pieces, waiting for a slow reader, and ending quietly when it has gone. */
export interface Sink {
  write(line: string): void;
  /** Writes what has been collected; resolves when the reader has taken it. */
  flush(): Promise<void>;
  /** The reader (`head`, a pager) has gone. */
  readonly closed: boolean;
}

const PIECE = 64 * 1024;

export function openSink(): Sink & { readonly full: boolean } {
  const { stdout } = process;
  let parts: string[] = [];
  let size = 0;
  let closed = false;
  let wake: () => void = () => {};
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closed = true;
    wake();
  });
  return {
    write: (line) => {
      parts.push(line, '\n');
      size += line.length + 1;
    },
    flush: async () => {
      const text = parts.join('');
      parts = [];
      size = 0;
      if (text === '' || closed) return;
      if (stdout.write(encodeLog(text))) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        stdout.once('drain', resolve);
      });
    },
    get full() {
      return size >= PIECE;
    },
    get closed() {
      return closed;
    },
  };
}
