/** Messages of a process that must neither wait nor end because of whoever reads them, or does not. */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { isWritable } from './input.ts';

/** So many bytes fit into a pipe that takes anything at all. */
const PIPE_BUF = 4096;

/** Writes a text (one character a byte) as far as it is taken at once; the rest is lost. */
export function offer(descriptor: number, text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  const own = openAnew(descriptor);
  try {
    for (let offset = 0; offset < bytes.length; ) {
      if (own === undefined && !isWritable(descriptor)) return;
      offset += writeSync(own ?? descriptor, bytes, offset, Math.min(PIPE_BUF, bytes.length - offset));
    }
  } catch {
    // It is full, or nobody reads it any more.
  } finally {
    if (own !== undefined) closeSync(own);
  }
}

/** A pipe opened once more, without waiting: where others hold it, it stays as it is for them. */
function openAnew(descriptor: number): number | undefined {
  try {
    if (!fstatSync(descriptor).isFIFO()) return undefined;
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // It is another user's, or has no reader: then a write tells.
    return undefined;
  }
}
