/** FIFOs without polling: made through the C library, watched through libuv. */
import koffi from 'koffi';
import { lastErrno, libcFunction } from './libc.ts';

let mkfifo: ((path: string, mode: number) => number) | undefined;

/** mkfifo(3). Returns 0, or the errno. */
export function makeFifo(path: string, mode: number): number {
  mkfifo ??= libcFunction('int mkfifo(const char *, uint32_t)') as (path: string, mode: number) => number;
  return mkfifo(path, mode) === 0 ? 0 : lastErrno();
}

/** Calls back whenever there is something to read, as long as it is not paused. */
export interface Watch {
  pause(): void;
  resume(): void;
  close(): void;
}

/** A handle that nobody holds would be collected, and its descriptor not watched any more. */
const watched = new Set<unknown>();

/** Watches a descriptor that can be polled (FIFO, pipe, pidfd). It starts watching at once. */
export function watchReadable(fd: number, readable: () => void): Watch {
  const handle = koffi.node.poll(fd, { readable: true }, readable);
  let watching = true;
  watched.add(handle);
  return {
    pause() {
      if (watching) handle.stop();
      watching = false;
    },
    resume() {
      if (!watching) handle.start({ readable: true }, readable);
      watching = true;
    },
    close() {
      watching = false;
      watched.delete(handle);
      handle.close();
    },
  };
}
