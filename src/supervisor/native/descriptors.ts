/** dup2(2). */
import { lastErrno, libcFunction } from './libc.ts';

let dup2: ((fd: number, target: number) => number) | undefined;

/** Makes `target` another name of `fd`; `target` stays open at exec. Returns 0 or the errno. */
export function copyDescriptor(fd: number, target: number): number {
  dup2 ??= libcFunction('int dup2(int, int)') as NonNullable<typeof dup2>;
  return dup2(fd, target) === -1 ? lastErrno() : 0;
}
