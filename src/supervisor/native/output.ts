/** Output as C's programs have it: straight to the descriptor, in the caller's order, done when the call returns. */
import { writeSync } from 'node:fs';
import { errorCode } from '../core/messages.ts';

/** Writes a text (one character a byte) whole; what can't be written is lost. A reader that went away is a SIGPIPE. */
export function writeAll(descriptor: number, text: string): void {
  const buffer = Buffer.from(text, 'latin1');
  let offset = 0;
  while (offset < buffer.length) {
    try {
      offset += writeSync(descriptor, buffer, offset);
    } catch (error) {
      if (errorCode(error) === 'EINTR') continue;
      if (errorCode(error) === 'EPIPE') dieOfBrokenPipe();
      return;
    }
  }
}

/** Node ignores SIGPIPE; a handler put on and taken off leaves it at its default, so that it ends us as it ends C. */
export function dieOfBrokenPipe(): never {
  const handler = () => {};
  process.on('SIGPIPE', handler);
  process.off('SIGPIPE', handler);
  process.kill(process.pid, 'SIGPIPE');
  process.exit(141);
}
