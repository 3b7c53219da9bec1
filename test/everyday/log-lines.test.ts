import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ending } from '../../src/everyday/crash-loop.ts';
import { parseLogFolders, readLogFolders } from '../../src/everyday/log-folder.ts';
import { cutLines, type LogLine, mergeLines } from '../../src/everyday/log-lines.ts';
import { collapseMarks, marksOf } from '../../src/everyday/log-marks.ts';
import { formatStamp } from '../../src/everyday/stamps.ts';
import { parseStamp, rotatedAt } from '../../src/supervisor/core/read-stamp.ts';

const TIME = Date.UTC(2026, 10, 22, 5, 45, 0) * 1000 + 123_450;

describe("svlogd's stamps", () => {
  it('all three forms are read to the microsecond', () => {
    expect(parseStamp('2026-11-22_05:45:00.12345 hello')).toEqual({ time: TIME, form: 'human', length: 26 });
    expect(parseStamp('2026-11-22T05:45:00.12345 hello')).toEqual({ time: TIME, form: 'iso', length: 26 });
    expect(parseStamp('@400000006b0298d6075bca00 hello')).toMatchObject({ form: 'tai64n', length: 26 });
    expect(parseStamp('@40000000000000 hello')).toBeNull();
    expect(parseStamp('2026-11-22 05:45:00 hello')).toBeNull();
    expect(parseStamp('hello')).toBeNull();
  });

  it('a second line of the same second is read the same way, and a broken fraction is none', () => {
    parseStamp('2026-11-22_05:45:00.12345 hello');
    expect(parseStamp('2026-11-22_05:45:00.12346 x')?.time).toBe(TIME + 10);
    expect(parseStamp('2026-11-22_05:45:00.12346')).toEqual({ time: TIME + 10, form: 'human', length: 25 });
    expect(parseStamp('2026-11-22_05:45:00.12346x')).toBeNull();
    expect(parseStamp('2026-11-22_05:45:00. x')).toBeNull();
  });

  it('are shown in local time, or in UTC with a Z', () => {
    expect(formatStamp(TIME, true)).toBe('2026-11-22 05:45:00.123Z');
    const local = new Date(TIME / 1000);
    expect(formatStamp(TIME, false)).toBe(
      `2026-11-22 ${String(local.getHours()).padStart(2, '0')}:${String(local.getMinutes()).padStart(2, '0')}:00.123`,
    );
  });

  it('a rotated file has its own time in its name', () => {
    expect(rotatedAt('@400000006b0298d607ab4f6c.s')).toBe(1_795_332_300_128_667);
    expect(rotatedAt('current')).toBeNull();
  });
});

describe('lines', () => {
  it('without a stamp belong to the stamped line before them', () => {
    const text = 'lost\n2026-11-22_05:45:00.12345 error:\n  at line 3\n';
    expect(cutLines(text, null, 'a')).toEqual({
      head: [{ text: 'lost' }],
      lines: [
        { service: 'a', time: TIME, stamped: true, text: 'error:', mark: false },
        { service: 'a', time: TIME, stamped: false, text: '  at line 3', mark: false },
      ],
    });
  });

  it('of several services are merged by time, from either end', () => {
    const line = (service: string, time: number): LogLine => ({
      service,
      time,
      stamped: true,
      text: `${service}${time}`,
      mark: false,
    });
    const a = [1, 4, 5].map((time) => line('a', time));
    const b = [2, 4, 9].map((time) => line('b', time));
    const texts = (lines: Iterable<LogLine>): string[] => [...lines].map(({ text }) => text);
    const forward = texts(mergeLines([a.values(), b.values()]));
    expect(forward).toEqual(['a1', 'b2', 'a4', 'b4', 'a5', 'b9']);
    expect(texts(mergeLines([a.toReversed().values(), b.toReversed().values()], true)).reverse()).toEqual(
      forward,
    );
  });
});

describe('marks', () => {
  const ending = (at: number, lived: number | null, more: Partial<Ending> = {}): Ending => ({
    at,
    startedAt: lived === null ? null : at - lived,
    code: 1,
    signal: null,
    asked: false,
    ...more,
  });

  it('stand for starts and endings; a run of less than a second has one', () => {
    const marks = marksOf(
      'a',
      [
        ending(20_000, 12_000),
        ending(20_300, 12),
        ending(90_000, 60_000, { code: null, signal: 15, asked: true }),
      ],
      { since: 90_100, pid: 7 },
    );
    expect(marks.map(({ time, text }) => [time, text])).toEqual([
      [8_000_000, 'started'],
      [20_005_000, 'ended after 12s: exit 1'],
      [20_305_000, 'started, ended after 0.01 s: exit 1'],
      [30_000_000, 'started'],
      [90_005_000, 'ended after 1m00s: killed by TERM (15) (asked for)'],
      [90_100_000, 'started (pid 7)'],
    ]);
  });

  it('of a loop without a word in the log are counted, not listed', () => {
    const marks = marksOf(
      'a',
      Array.from({ length: 40 }, (_, index) => ending(1000 * index, 10 + index)),
      null,
    );
    expect(collapseMarks(marks).map(({ text }) => text)).toEqual([
      'started, ended after 0.01 s: exit 1',
      'the same 38 more times',
      'started, ended after 0.05 s: exit 1',
    ]);
  });
});

describe('the log directory in a log/run', () => {
  const read = (script: string) => readLogFolders(script, '/s/a/log', { HOME: '/home/u' });

  it('is what svlogd is given, with the variables that can be known', () => {
    expect(read('#!/bin/sh\nexec svlogd -tt /var/log/a\n')).toEqual(['/var/log/a']);
    expect(read('#!/bin/sh\nexec svlogd -ttt -l 500 ./main /x/\n')).toEqual(['/s/a/log/main', '/x']);
    expect(read('#!/bin/sh\nexec chpst -u log svlogd -tt "$HOME/rlogs/a b"\n')).toEqual([
      '/home/u/rlogs/a b',
    ]);
    expect(
      read('#!/bin/sh\ndir="${XDG_STATE_HOME:-$HOME/.local/state}/log/a"\nexec svlogd "$dir"\n'),
    ).toEqual(['/home/u/.local/state/log/a']);
    expect(read('#!/bin/sh\nexec svlogd ~/logs\n')).toEqual(['/home/u/logs']);
  });

  it('is not guessed where only a shell could tell', () => {
    expect(read('#!/bin/sh\nexec svlogd "$(pwd)/main"\n')).toEqual([]);
    expect(read('#!/bin/sh\nexec logger\n')).toEqual([]);
  });

  it('is read at once in the usual forms, and it is what the reader of shell text finds', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...`ab1/.-~ :'"$\`\\\n\t!*?[]{}#=é|&;`),
      maxLength: 12,
    });
    const path = fc
      .tuple(fc.constantFrom('/', './', '/var/log/', '/a/../', '$HOME/', ''), letters)
      .map((parts) => parts.join(''));
    const quotes = fc.constantFrom('', '"', "'");
    const script = fc
      .record({
        path,
        quote: quotes,
        other: fc.option(path, { freq: 4 }),
        first: fc.constantFrom('#!/bin/sh\n', '#!/bin/sh -e\n', ''),
        joined: fc.constantFrom('exec 2>&1\n', 'exec 2>&1 # so\n', ''),
        makes: fc.boolean(),
        options: fc.constantFrom('', ' -tt', ' -t -v', ' -l 100', ' -ttl'),
        end: fc.constantFrom('\n', '', ' \n', '\nexit 1\n', ' # there\n'),
      })
      .map(({ path: named, quote, other, first, joined, makes, options, end }) => {
        const word = `${quote}${named}${quote}`;
        const made = other === null ? word : `${quote}${other}${quote}`;
        const making = makes ? `[ -d ${made} ] || mkdir -p ${made} || exit 1\n` : '';
        return `${first}${joined}${making}exec svlogd${options} ${word}${end}`;
      });
    const env = { HOME: '/home/u' };
    fc.assert(
      fc.property(script, (text) => {
        expect(readLogFolders(text, '/s/a/log', env)).toEqual(parseLogFolders(text, '/s/a/log', env));
      }),
      { numRuns: 400 },
    );
  });
});
