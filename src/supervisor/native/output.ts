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

/** Gives a signal its default back without the C library: a handler that is put on and taken off leaves that behind. */
export function putBackDefault(signal: NodeJS.Signals): void {
  const handler = () => {};
  process.on(signal, handler);
  process.off(signal, handler);
}

/** Node ignores SIGPIPE; at its default it ends us as it ends C. */
export function dieOfBrokenPipe(): never {
  putBackDefault('SIGPIPE');
  process.kill(process.pid, 'SIGPIPE');
  process.exit(141);
}
