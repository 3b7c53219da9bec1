/** epoll(7): waiting for thousands of pipes at the cost of those that are ready. */
import { closeSync } from 'node:fs';
import { errorName } from '../core/messages.ts';
import { lastErrno, libcFunction } from './libc.ts';

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 1;

/** struct epoll_event is packed on x86-64 only: 32 bits of events, 64 of data. */
const PACKED = process.arch === 'x64';
const EVENT_BYTES = PACKED ? 12 : 16;
const DATA_AT = PACKED ? 4 : 8;

/** So many events at once; those that are left are first the next time. */
const EVENTS = 128;

function fail(call: string): never {
  throw Object.assign(new Error(`${call} failed`), { code: errorName(lastErrno()) ?? '' });
}

/** A set of descriptors, each with a number of the caller's (1 to 2^32 - 1). Level-triggered. Errors carry `code`. */
export class Epoll {
  readonly #fd: number;
  readonly #control: ReturnType<typeof libcFunction>;
  readonly #wait: ReturnType<typeof libcFunction>;
  readonly #event = Buffer.alloc(EVENT_BYTES);
  readonly #events = Buffer.alloc(EVENT_BYTES * EVENTS);

  constructor() {
    this.#fd = libcFunction('int epoll_create1(int)')(EPOLL_CLOEXEC);
    if (this.#fd < 0) fail('epoll_create1');
    this.#control = libcFunction('int epoll_ctl(int, int, int, void *)');
    this.#wait = libcFunction('int epoll_wait(int, void *, int, int)');
  }

  add(fd: number, number: number): void {
    this.#event.writeUInt32LE(EPOLLIN, 0);
    this.#event.writeUInt32LE(number, DATA_AT);
    if (this.#control(this.#fd, EPOLL_CTL_ADD, fd, this.#event) !== 0) fail('epoll_ctl');
  }

  /** Also when it was not in the set, or closed. */
  remove(fd: number): void {
    this.#control(this.#fd, EPOLL_CTL_DEL, fd, this.#event);
  }

  /** Blocks this thread until something is readable or so many milliseconds are over (-1: for ever). */
  wait(timeout: number): number[] {
    const count = this.#wait(this.#fd, this.#events, EVENTS, timeout);
    const ready: number[] = [];
    for (let index = 0; index < count; index++) {
      ready.push(this.#events.readUInt32LE(index * EVENT_BYTES + DATA_AT));
    }
    return ready;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
