/** The one way in which the tests wait for something that other processes do. */
import { setTimeout as wait } from 'node:timers/promises';

/** Generous: a busy machine is no fault. Below the time that a test may take, so that it is said what was waited for. */
const DEADLINE = 80_000;

/** So many milliseconds something has to stay as it is to count as at rest. */
const REST = 100;

/** The real clock, in tests that have put one of their own in its place, too. */
const clock = performance.now.bind(performance);

/** What a look gave, once it is an answer. */
export type Answer<T> = Exclude<T, undefined | null | false | 0 | ''>;

/**
 * Looks until there is an answer, and returns it; fails after so many milliseconds with what was waited for.
 *
 * What counts as false in an `if` is no answer: undefined, null, false, and also '' and 0, because a file is there before
 * it is filled, and a state is published before the pid that belongs to it. Who waits for something that may be 0, such
 * as an exit code, waits for an object that holds it: then a mistake fails always, and not now and then.
 */
export async function until<T>(
  what: string | (() => string),
  look: () => T | Promise<T>,
  milliseconds = DEADLINE,
): Promise<Answer<T>> {
  const start = clock();
  for (;;) {
    const found = await look();
    if (found) return found as Answer<T>;
    const passed = clock() - start;
    if (passed > milliseconds)
      throw new Error(`not within ${milliseconds / 1000} s: ${typeof what === 'string' ? what : what()}`);
    // What comes at once is seen at once; what takes long is not made longer by looking.
    await wait(Math.min(50, 5 + passed / 10));
  }
}

/**
 * Looks until what is seen stays the same for a while, and returns it: for what is written in more than one step. A look
 * that gives undefined, or finds a file gone that was there a moment before, begins anew.
 */
export async function untilSame<T>(what: string, look: () => T): Promise<Exclude<T, undefined>> {
  let last: string | undefined;
  let since = 0;
  const { found } = await until(`${what} at rest`, () => {
    let found: T | undefined;
    try {
      found = look();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    const now = found === undefined ? undefined : JSON.stringify(found);
    if (now === undefined || now !== last) since = clock();
    last = now;
    return now !== undefined && clock() - since >= REST && { found: found as Exclude<T, undefined> };
  });
  return found;
}
