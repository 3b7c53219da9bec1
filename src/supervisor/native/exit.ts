/** _exit(2). */
import { libcFunction } from './libc.ts';

/**
 * Ends this process at once with all of its threads, and nothing of Node's own end: its descriptors may be gone already,
 * and `process.exit` would wait for worker threads, which may be in a call that does not return.
 */
export function exitNow(code: number): never {
  libcFunction('void _exit(int)')(code);
  throw new Error('_exit came back');
}
