/** renameat2(2) with RENAME_EXCHANGE: two files change their names, at once for all who look. */
import { libcFunction } from './libc.ts';

const AT_FDCWD = -100;
const RENAME_EXCHANGE = 2;

type Call = (a: number, from: string, b: number, to: string, flags: number) => number;
let renameat2: Call | null | undefined;

/** False where it can't be done: one of them is not there, or the system or the file system does not know it. */
export function exchangeFiles(one: string, other: string): boolean {
  if (renameat2 === undefined) {
    try {
      renameat2 = libcFunction('int renameat2(int, const char *, int, const char *, unsigned int)') as Call;
    } catch {
      renameat2 = null;
    }
  }
  return renameat2?.(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) === 0;
}
