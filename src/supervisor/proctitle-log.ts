/**
 * The readproctitle log: stderr of runsvdir and of all that it starts is a pipe, and what comes out of it scrolls
 * through the last argument of the command line, where `ps` shows it.
 */
import { readSync } from 'node:fs';
import { SHORTEST_LOG, scrollLog } from './core/scan.ts';
import { copyDescriptor } from './native/descriptors.ts';
import { watchReadable } from './native/fifo.ts';
import { newPipe } from './native/pipe.ts';
import type { Title } from './native/title.ts';

/** The pipe holds no more. */
const CHUNK = 65536;

export interface ProctitleLog {
  /** Writes a dot, so that old messages move out. */
  dot(): void;
  /** Takes what is in the pipe. True when there was something. */
  drain(): boolean;
}

/**
 * Sets the log up on descriptor 2, or says (still on the old stderr) why not.
 * @param args the command line; the last of them is the log
 * @param readable called when there is something to drain
 */
export function openProctitleLog(
  args: readonly string[],
  title: Title,
  readable: () => void,
): ProctitleLog | { readonly problem: string } {
  let log = args.at(-1) as string;
  if (log.length < SHORTEST_LOG) return { problem: 'log must have at least seven characters.' };
  const pipe = newPipe(true);
  if ('errno' in pipe) return { problem: 'unable to create pipe for log.' };
  if (copyDescriptor(pipe.write, 2) !== 0) return { problem: 'unable to set filedescriptor for log.' };
  const chunk = Buffer.alloc(CHUNK);
  watchReadable(pipe.read, readable);
  return {
    dot() {
      log = scrollLog(log, '.');
      title.show([...args.slice(0, -1), log]);
    },
    drain() {
      let text = '';
      try {
        for (;;) {
          const length = readSync(pipe.read, chunk);
          if (length <= 0) break;
          text += chunk.toString('latin1', 0, length);
        }
      } catch {
        // Nothing more is there now.
      }
      if (text === '') return false;
      log = scrollLog(log, text);
      title.show([...args.slice(0, -1), log]);
      return true;
    },
  };
}
