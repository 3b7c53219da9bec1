import { describe, expect, it } from 'vitest';
import { crashLoopWords, type Ending, judgeCrashLoop, settleTime } from '../../src/everyday/crash-loop.ts';

const NOW = 1_800_000_000_000;

/** Endings so many seconds ago, the oldest first. */
function endings(secondsAgo: readonly number[], more: Partial<Ending> = {}): Ending[] {
  return secondsAgo.map((seconds) => ({
    at: NOW - seconds * 1000,
    startedAt: null,
    code: 127,
    signal: null,
    asked: false,
    ...more,
  }));
}

const judge = (list: readonly Ending[], upFor: number | null = null, wanted = true) =>
  judgeCrashLoop({
    endings: list,
    now: NOW,
    upSince: upFor === null ? null : NOW - upFor * 1000,
    wanted,
  });

describe('a crash loop', () => {
  it('is three endings in ten seconds or five in a minute', () => {
    expect(judge(endings([2, 1]))).toBeNull();
    expect(judge(endings([9, 5, 1]))).toEqual({
      times: 3,
      windowSeconds: 60,
      last: { code: 127, signal: null },
    });
    expect(judge(endings([50, 30, 15, 1]))).toBeNull();
    expect(judge(endings([55, 42, 29, 15, 1]))?.times).toBe(5);
    expect(judge(endings([70, 68, 66]))).toBeNull();
  });

  it('counts whatever the uptime was: a daemon that lives for twelve seconds each time is in a loop', () => {
    expect(judge(endings([59, 47, 35, 23, 11]), 11)?.times).toBe(5);
  });

  it('is over when the service was stopped, or has settled', () => {
    const list = endings([14, 13, 12, 11, 10]);
    expect(judge(list, null, false)).toBeNull();
    expect(judge(list, 4)?.times).toBe(5);
    expect(judge(list, 6)).toBeNull();
    expect(settleTime(list)).toBe(5000);
    expect(settleTime(endings([59, 47, 35, 23, 11]))).toBe(36_000);
  });

  it('does not count endings that were asked for: restarts by hand are no crashes', () => {
    expect(judge(endings([9, 7, 5, 3, 1], { asked: true }))).toBeNull();
  });

  it('counts an exit with 0 as well', () => {
    const loop = judge(endings([3, 2, 1], { code: 0 }));
    expect(loop === null ? null : crashLoopWords(loop)).toBe('crash-looping 3 times in 60 s: exit 0');
  });

  it('names the signal', () => {
    const loop = judge(endings([3, 2, 1], { code: null, signal: 11 }));
    expect(loop === null ? null : crashLoopWords(loop)).toBe(
      'crash-looping 3 times in 60 s: killed by SEGV (11)',
    );
  });
});
