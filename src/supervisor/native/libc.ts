/** The C library, through koffi: loaded once, and only by programs that call for it (sv does not). */
import koffi from 'koffi';

let library: ReturnType<typeof koffi.load> | undefined;

/** A C function by its prototype, as `int flock(int, int)`. Its errno is `koffi.errno()` right after the call. */
export function libcFunction(prototype: string): ReturnType<ReturnType<typeof koffi.load>['func']> {
  library ??= koffi.load('libc.so.6');
  return library.func(prototype);
}

/** errno of the last call of a C function. */
export function lastErrno(): number {
  return koffi.errno();
}
