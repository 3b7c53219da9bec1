/** The one way in which the tests wait for something that other processes do. */
import { setTimeout as wait } from 'node:timers/promises';

/** Generous: a busy machine is no fault. Below the time that a test may take, so that it is said what was waited for. */
const DEADLINE = 80_000;

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
  const start = performance.now();
  for (;;) {
    const found = await look();
    if (found) return found as Answer<T>;
    const passed = performance.now() - start;
    if (passed > milliseconds)
      throw new Error(`not within ${milliseconds / 1000} s: ${typeof what === 'string' ? what : what()}`);
    // What comes at once is seen at once; what takes long is not made longer by looking.
    await wait(Math.min(50, 5 + passed / 10));
  }
}
