import type { Clock } from '../ports.ts';

/** The machine's clocks, by globals that cost nothing to load. */
export const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wait: (milliseconds) =>
    new Promise((resolve) => {
      setTimeout(resolve, milliseconds);
    }),
};
