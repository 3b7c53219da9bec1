/**
 * When a service is in a crash loop: judged from its endings, whatever its uptime was.
 *
 * runit starts a service again for ever, once a second at most, and `sv` calls that `down: 0s, want up` (or even
 * `ok: run`). So the truth is in the endings: three in ten seconds, or five in a minute, that nobody asked for. A loop
 * is over when the service has been up for three times its usual gap between endings (at least five seconds, at most a
 * minute), or when somebody stopped it. An exit with 0 counts as well: under runit a daemon that ends is a daemon that
 * failed to stay.
 */
import type { Ended } from './words.ts';
import { endingWords, timesWords } from './words.ts';

/** One ending of `run`. Times are milliseconds since the epoch. */
export interface Ending extends Ended {
  readonly at: number;
  /** When that run had started; null where that is not known. */
  readonly startedAt: number | null;
  /** Somebody had asked for it: down, a restart, TERM through runsv. */
  readonly asked: boolean;
}

export interface CrashLoop {
  /** Endings inside the window. */
  readonly times: number;
  readonly windowSeconds: number;
  /** The last one; null where only the restarts were seen (a supervisor without a history). */
  readonly last: Ended | null;
}

export const WINDOW_SECONDS = 60;
const QUICK = { times: 3, seconds: 10 };
const SLOW = { times: 5, seconds: WINDOW_SECONDS };
const SETTLE_SECONDS = { least: 5, most: 60 };

export interface LoopFacts {
  readonly endings: readonly Ending[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Since when the service has been running without a break; null when it does not run. */
  readonly upSince: number | null;
  /** It is wanted up. */
  readonly wanted: boolean;
}

/** How long the service must have been up, in milliseconds, before its loop counts as over. */
export function settleTime(endings: readonly Ending[]): number {
  const times = endings.map((ending) => ending.at);
  const span = Math.max(...times) - Math.min(...times);
  const gap = times.length > 1 ? span / (times.length - 1) : 0;
  return Math.min(SETTLE_SECONDS.most, Math.max(SETTLE_SECONDS.least, (3 * gap) / 1000)) * 1000;
}

/** The loop that the service is in now, or null. */
export function judgeCrashLoop({ endings, now, upSince, wanted }: LoopFacts): CrashLoop | null {
  if (!wanted) return null;
  const unasked = endings.filter((ending) => !ending.asked && ending.at <= now + 1000);
  const within = (seconds: number): readonly Ending[] =>
    unasked.filter((ending) => now - ending.at <= seconds * 1000);
  const recent = within(SLOW.seconds);
  const last = recent.at(-1);
  if (last === undefined) return null;
  // Three quick endings stay a loop until the service has settled, also when they are eleven seconds old by then.
  const burst = recent.some((ending, index) => {
    const third = recent[index + QUICK.times - 1];
    return third !== undefined && third.at - ending.at <= QUICK.seconds * 1000;
  });
  if (!burst && recent.length < SLOW.times) return null;
  if (upSince !== null && now - upSince >= settleTime(recent)) return null;
  return {
    times: recent.length,
    windowSeconds: WINDOW_SECONDS,
    last: { code: last.code, signal: last.signal },
  };
}

/** `crash-looping 14 times in 60 s: exit 127`. */
export function crashLoopWords(loop: CrashLoop): string {
  const how = loop.last === null ? '' : `: ${endingWords(loop.last)}`;
  return `crash-looping ${timesWords(loop.times)} in ${loop.windowSeconds} s${how}`;
}
