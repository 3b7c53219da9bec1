import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, matchGlob, nearestName } from '../../src/everyday/names.ts';
import { sparkline } from '../../src/everyday/sparkline.ts';
import { fitTable } from '../../src/everyday/table.ts';
import { parseTime } from '../../src/everyday/time-words.ts';
import { harmless, padTo, shorten, widthOf } from '../../src/everyday/width.ts';
import { durationWords, endingWords, listWords, timesWords } from '../../src/everyday/words.ts';

describe('words', () => {
  it('a duration takes at most six columns and keeps its two greatest units', () => {
    expect([0, 59, 60, 192, 3600, 7500, 86_399, 86_400, 273_600, 8_640_000].map(durationWords)).toEqual([
      '0s',
      '59s',
      '1m00s',
      '3m12s',
      '1h00m',
      '2h05m',
      '23h59m',
      '1d00h',
      '3d04h',
      '100d',
    ]);
  });

  it('an ending is an exit code or the name of a signal', () => {
    expect(endingWords({ code: 127, signal: null })).toBe('exit 127');
    expect(endingWords({ code: null, signal: 11 })).toBe('killed by SEGV (11)');
    expect(endingWords({ code: null, signal: 40 })).toBe('killed by signal 40 (40)');
  });

  it('counts and lists are said as a person says them', () => {
    expect([1, 2, 3].map(timesWords)).toEqual(['once', 'twice', '3 times']);
    expect([listWords([]), listWords(['a']), listWords(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']);
    expect(listWords(['a', 'b', 'c'], 'or')).toBe('a, b or c');
  });
});

describe('names', () => {
  it('a pattern matches as in a shell: * ? [..], no leading dot unless typed', () => {
    const names = ['mpd', 'mpdris', 'pipewire', 'pipewire-pulse', '.hidden', 'a+b'];
    expect(matchGlob('mpd*', names)).toEqual(['mpd', 'mpdris']);
    expect(matchGlob('?pd', names)).toEqual(['mpd']);
    expect(matchGlob('[!m]*', names)).toEqual(['pipewire', 'pipewire-pulse', 'a+b']);
    expect(matchGlob('*', names)).toEqual(['mpd', 'mpdris', 'pipewire', 'pipewire-pulse', 'a+b']);
    expect(matchGlob('.*', names)).toEqual(['.hidden']);
    expect(matchGlob('a+b', names)).toEqual(['a+b']);
    expect(matchGlob('[', names)).toEqual([]);
  });

  it('the nearest name allows for a third of its letters, or a beginning', () => {
    const names = ['newtest', 'fetchmail', 'mpd'];
    expect(nearestName('newtset', names)).toBe('newtest');
    expect(nearestName('fetch', names)).toBe('fetchmail');
    expect(nearestName('pulseaudio', names)).toBeUndefined();
    expect(nearestName('mdp', names)).toBe('mpd');
  });

  it('the distance of two words is the same both ways, and none only for the same word', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a));
        expect(distance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});

describe('the table', () => {
  const columns = [
    { title: 'NAME', text: (row: string[]) => row[0] as string, gives: { order: 1, least: 0 } },
    { title: 'PID', side: 'right' as const, text: (row: string[]) => row[1] as string },
    { title: 'COMMAND', text: (row: string[]) => row[2] as string, gives: { order: 3, least: 8 } },
    { title: 'LOG', text: (row: string[]) => row[3] as string, gives: { order: 2, least: 8 } },
  ];
  const rows = [
    ['日本語', '12', 'daemon --with --many --options', 'the last line of its log'],
    ['short', '34567', 'x', 'y'],
  ];

  it('lines its columns up by the width of what stands in them, wide characters too', () => {
    const table = fitTable(columns, rows, Number.POSITIVE_INFINITY);
    expect([table.head, ...rows.map(table.line)]).toEqual([
      'NAME      PID  COMMAND                         LOG',
      '日本語     12  daemon --with --many --options  the last line of its log',
      'short   34567  x                               y',
    ]);
  });

  it('cuts the command, then the log, when the terminal is narrow', () => {
    const table = fitTable(columns, rows, 40);
    expect([table.head, ...rows.map(table.line)]).toEqual([
      'NAME      PID  COMMAND   LOG',
      '日本語     12  daemon …  the last line …',
      'short   34567  x         y',
    ]);
  });

  it('is never wider than the terminal, whatever it holds', () => {
    const letter = fc.constantFrom('a', 'W', ' ', '-', 'é', '日', '한', '😀', '\t', '\u001b');
    const cell = fc.string({ unit: letter, maxLength: 30 }).map((text) => harmless(text));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell, cell), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 12, max: 120 }),
        (cells, width) => {
          const table = fitTable(columns, cells, width);
          for (const line of [table.head, ...cells.map(table.line)]) {
            expect(widthOf(line)).toBeLessThanOrEqual(width);
          }
        },
      ),
    );
  });

  it('shows control characters instead of sending them, and keeps colours where it may', () => {
    expect(harmless('a\tb\u001b]0;title\u0007')).toBe('a b\\x1b]0;title\\x07');
    expect(harmless('\u001b[31mred\u001b[2J', true)).toBe('\u001b[31mred\\x1b[2J\u001b[0m');
  });

  it('text is cut and filled by columns', () => {
    expect(shorten('日本語です', 5)).toBe('日本…');
    expect(padTo('日本', 6)).toBe('日本  ');
    expect(padTo('7', 3, 'left')).toBe('  7');
  });
});

describe('the sparkline', () => {
  it('counts endings into equal parts of the window, the latest to the right', () => {
    const now = 1_000_000;
    const ago = (seconds: number): number => now - seconds * 1000;
    const options = { now, windowSeconds: 60, columns: 6 };
    expect(sparkline([], options)).toBe('▁▁▁▁▁▁');
    expect(sparkline([ago(1), ago(2), ago(3), ago(4), ago(55), ago(61)], options)).toBe('▃▁▁▁▁█');
    expect(sparkline([ago(1)], { ...options, plain: true })).toBe('_____:');
  });
});

describe('times as a person types them', () => {
  const now = new Date(2026, 10, 22, 14, 30, 0).getTime();
  const at = (...fields: [number, number, number, number, number]): number => new Date(...fields).getTime();

  it('durations are ago, clock times are the latest that has been, days start at midnight', () => {
    expect(parseTime('10m', now)).toBe(now - 600_000);
    expect(parseTime('1h30m ago', now)).toBe(now - 5_400_000);
    expect(parseTime('2 days', now)).toBe(now - 172_800_000);
    expect(parseTime('14:00', now)).toBe(at(2026, 10, 22, 14, 0));
    expect(parseTime('15:00', now)).toBe(at(2026, 10, 21, 15, 0));
    expect(parseTime('yesterday 9:00', now)).toBe(at(2026, 10, 21, 9, 0));
    expect(parseTime('today', now)).toBe(at(2026, 10, 22, 0, 0));
    expect(parseTime('2026-11-20', now)).toBe(at(2026, 10, 20, 0, 0));
    expect(parseTime('2026-11-20 08:15', now)).toBe(at(2026, 10, 20, 8, 15));
    expect(parseTime('2026-11-20T08:15:30Z', now)).toBe(Date.UTC(2026, 10, 20, 8, 15, 30));
    expect(parseTime('2026-11-20 08:15', now, true)).toBe(Date.UTC(2026, 10, 20, 8, 15));
  });

  it("svlogd's own stamps are times too", () => {
    expect(parseTime('2026-11-22_05:45:00.12345', now, true)).toBe(Date.UTC(2026, 10, 22, 5, 45));
    expect(parseTime('@400000006b0298d607ab4f6c', now)).toBe(1_795_332_300_128);
  });

  it('anything else is no time', () => {
    for (const text of ['', 'soon', '10', '25:00', '2026-13-01', '5 parsecs', 'yesterday noon']) {
      expect(parseTime(text, now), text).toBeNull();
    }
  });
});
