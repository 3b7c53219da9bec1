/** The one place where the children of this process are waited for. */
import { reapOne } from './native/wait.ts';

export class Children {
  readonly #expected = new Map<number, (waitStatus: number) => void>();

  /** Takes SIGCHLD from now on. Children of Node's own child_process must not be used beside it. */
  constructor() {
    process.on('SIGCHLD', () => this.reap());
  }

  /** Calls back once when this child has ended. */
  onEnd(pid: number, ended: (waitStatus: number) => void): void {
    this.#expected.set(pid, ended);
  }

  /** Takes the endings of all children that have ended. */
  reap(): void {
    for (let child = reapOne(); child !== undefined; child = reapOne()) {
      const ended = this.#expected.get(child.pid);
      this.#expected.delete(child.pid);
      ended?.(child.waitStatus);
    }
  }
}
