import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTROLS, controlOf, SIGNAL_NUMBERS } from '../../src/supervisor/core/control.ts';
import {
  type Ending,
  formatEnding,
  HISTORY_KEPT,
  outcomeOf,
  parseHistory,
  trimHistory,
} from '../../src/supervisor/core/history.ts';
import { errorName, errorText, fatalMessage, warningMessage } from '../../src/supervisor/core/messages.ts';
import {
  decodeStatus,
  encodeStatus,
  formatPid,
  formatStat,
  parseStat,
  type Status,
} from '../../src/supervisor/core/status.ts';
import {
  formatTai64n,
  instantOfMicroseconds,
  instantOfMilliseconds,
  parseTai64n,
} from '../../src/supervisor/core/tai.ts';
import { needs } from '../setup/needs.ts';

const instant = fc.record({
  seconds: fc.integer({ min: 0, max: 2 ** 40 }),
  nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
});

describe('status', () => {
  const sample: Status = {
    since: instantOfMicroseconds(1_795_000_000, 123_456),
    pid: 0x01020304,
    paused: true,
    want: 'exit',
    gotTerm: true,
    state: 'run',
  };

  it('is the 20 bytes of runsv', () => {
    // 2^62 + 10 + 1795000000; 123456500 nanoseconds; pid little-endian; paused, d, got TERM, run
    expect(Buffer.from(encodeStatus(sample)).toString('hex')).toBe(
      '400000006afd86ca' + '075bcbf4' + '04030201' + '01' + '64' + '01' + '01',
    );
  });

  it('comes back whole from its bytes, exit as down', () => {
    fc.assert(
      fc.property(
        instant,
        fc.nat(2 ** 31),
        fc.boolean(),
        fc.constantFrom('up', 'down', 'exit'),
        fc.boolean(),
        fc.constantFrom('down', 'run', 'finish'),
        (since, pid, paused, want, gotTerm, state) => {
          const status: Status = { since, pid, paused, want, gotTerm, state };
          expect(decodeStatus(encodeStatus(status))).toEqual({
            ...status,
            want: want === 'up' ? 'up' : 'down',
          });
        },
      ),
    );
  });

  it('is no status below 20 bytes', () => {
    expect(decodeStatus(encodeStatus(sample).subarray(0, 19))).toBeUndefined();
    expect(decodeStatus(new Uint8Array(0))).toBeUndefined();
  });

  it('writes stat as a line, with the want only while something runs', () => {
    expect(formatStat(sample)).toBe('run, paused, got TERM, want exit\n');
    expect(formatStat({ ...sample, state: 'down' })).toBe('down, paused, got TERM\n');
    expect(formatStat({ state: 'finish', paused: false, gotTerm: false, want: 'down' })).toBe(
      'finish, want down\n',
    );
    expect(formatStat({ state: 'run', paused: false, gotTerm: false, want: 'up' })).toBe('run\n');
  });

  it('reads a stat line back', () => {
    expect(parseStat('run, paused, got TERM, want exit\n')).toEqual({
      state: 'run',
      paused: true,
      gotTerm: true,
      want: 'exit',
    });
    expect(parseStat('down\n')).toEqual({ state: 'down', paused: false, gotTerm: false, want: undefined });
    expect(parseStat('')).toBeUndefined();
    expect(parseStat('runs\n')).toBeUndefined();
  });

  it('writes an empty pid file when nothing runs', () => {
    expect([formatPid(0), formatPid(4711)]).toEqual(['', '4711\n']);
  });
});

describe('TAI64N', () => {
  it('labels Unix second 0 as 2^62 + 10', () => {
    expect(formatTai64n({ seconds: 0, nanoseconds: 0 })).toBe('@400000000000000a00000000');
  });

  it('comes back from its label', () => {
    fc.assert(
      fc.property(instant, (at) => {
        expect(parseTai64n(`${formatTai64n(at)} x`)).toEqual(at);
      }),
    );
    expect(parseTai64n('@40000000')).toBeUndefined();
  });

  it('splits milliseconds', () => {
    expect(instantOfMilliseconds(1500.25)).toEqual({ seconds: 1, nanoseconds: 500_250_000 });
  });
});

describe('history', () => {
  const ending: Ending = {
    at: { seconds: 1_795_000_000, nanoseconds: 5 },
    program: 'run',
    lifetime: 12.345,
    by: 'signal',
    code: 9,
    asked: false,
  };

  it('is one line for each ending', () => {
    expect(formatEnding(ending)).toBe('@400000006afd86ca00000005 run 12.345 signal 9\n');
    expect(formatEnding({ ...ending, asked: true })).toBe(
      '@400000006afd86ca00000005 run 12.345 signal 9 asked\n',
    );
  });

  it('comes back whole, the newest hundred', () => {
    const all = Array.from(
      { length: 250 },
      (_, index): Ending => ({ ...ending, code: index % 256, asked: index % 3 === 0 }),
    );
    const text = all.map(formatEnding).join('');
    expect(parseHistory(text)).toEqual(all.slice(-HISTORY_KEPT));
    expect(parseHistory(trimHistory(text))).toEqual(all.slice(-HISTORY_KEPT));
  });

  it('passes over a line that is cut short, and over rubbish', () => {
    const line = formatEnding(ending);
    expect(parseHistory(`${line}rubbish\n${line}${line.slice(0, 30)}`)).toEqual([ending, ending]);
    expect(parseHistory('')).toEqual([]);
  });

  it('reads exit code and signal from a wait status', () => {
    expect([outcomeOf(111 << 8), outcomeOf(9), outcomeOf(11 | 128)]).toEqual([
      { by: 'exit', code: 111 },
      { by: 'signal', code: 9 },
      { by: 'signal', code: 11 },
    ]);
  });
});

describe('the control bytes', () => {
  it('are the fourteen letters of runsv, each once', () => {
    expect(
      CONTROLS.map((record) => record.letter)
        .sort()
        .join(''),
    ).toBe('12acdhikopqtux');
    expect(controlOf('k'.charCodeAt(0))?.signal).toBe('SIGKILL');
    expect(controlOf(10)).toBeUndefined();
  });

  it('have the signal numbers of this system', async () => {
    const { constants } = await import('node:os');
    for (const [name, number] of Object.entries(SIGNAL_NUMBERS))
      expect([name, constants.signals[name as NodeJS.Signals]]).toEqual([name, number]);
  });
});

describe('messages', () => {
  it('speak of errors as runit does', () => {
    expect(errorText('EACCES')).toBe('access denied');
    expect(errorText(1)).toBe('permission denied');
    expect(errorText('ENOTASTANDARDNAME')).toBe('unknown error');
    expect(fatalMessage('runsv a', 'unable to start ./run', 'ENOENT')).toBe(
      'runsv a: fatal: unable to start ./run: file does not exist',
    );
    expect(warningMessage('runsv a', './log: not a directory.')).toBe(
      'runsv a: warning: ./log: not a directory.',
    );
  });

  it('have the error numbers of this system', async () => {
    const { constants } = await import('node:os');
    for (const [name, number] of Object.entries(constants.errno)) {
      if (errorText(name) !== 'unknown error')
        expect([name, errorText(number)]).toEqual([name, errorText(name)]);
      if (errorName(number) !== undefined)
        expect(errorText(name)).toBe(errorText(errorName(number) as string));
    }
  });

  it.skipIf(!needs('runsv'))('are texts that the C programs hold', () => {
    const c = readFileSync('/usr/bin/runsv').toString('latin1');
    for (const number of [1, 2, 11, 13, 26, 28, 36, 37, 40, 116, 122]) expect(c).toContain(errorText(number));
  });
});
