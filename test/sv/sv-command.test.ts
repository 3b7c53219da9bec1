/** sv's decisions on their own: verbs, judgement, words. C's answers to the same are in test/compat. */
import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../src/supervisor/core/control.ts';
import { parseOptions, scanUnsignedLong } from '../../src/supervisor/core/getopt.ts';
import { encodeStatus } from '../../src/supervisor/core/status.ts';
import {
  formatStatusLine,
  isWantedAlready,
  judge,
  parseVerb,
  readSvStatus,
  SV_VERBS,
  type SvStatus,
  taiSeconds,
} from '../../src/supervisor/core/sv-command.ts';

const start = taiSeconds(1_000_000_000);

const status = (changes: Partial<SvStatus> = {}): SvStatus => ({
  since: start - 10n,
  pid: 4711,
  paused: 0,
  want: 'u',
  gotTerm: 0,
  state: 1,
  ...changes,
});

describe('the verbs', () => {
  it('no letter and no word means two verbs', () => {
    const letters = SV_VERBS.flatMap((verb) => [...(verb.letters ?? '')]);
    const words = SV_VERBS.flatMap((verb) => (verb.word === undefined ? [] : [verb.word]));
    expect(letters.length).toBe(new Set(letters).size);
    expect(words.length).toBe(new Set(words).size);
    for (const verb of SV_VERBS) expect(parseVerb(verb.name, false)).toBe(verb);
  });

  it('write only bytes that runsv knows, and every byte that it knows has a verb', () => {
    const known = CONTROLS.map(({ letter }) => letter);
    const written = SV_VERBS.filter(({ action }) => action === 'control').flatMap(({ bytes }) => [...bytes]);
    expect(written.filter((byte) => !known.includes(byte))).toEqual([]);
    expect(known.filter((letter) => !written.includes(letter))).toEqual([]);
  });

  it('are told by the first letter, but the words of LSB as a whole', () => {
    const named = (word: string, lsb = false) => parseVerb(word, lsb)?.name;
    expect(['up', 'u', 'upx', 'unlikely'].map((word) => named(word))).toEqual(['up', 'up', 'up', 'up']);
    expect(['s', 'stat', 'starts', 'start', 'stop', 'stopp'].map((word) => named(word))).toEqual([
      'status',
      'status',
      'status',
      'start',
      'stop',
      'status',
    ]);
    expect(['r', 'restart', 'restarts', 'f', 'force-stop', 'force', ''].map((word) => named(word))).toEqual([
      undefined,
      'restart',
      undefined,
      undefined,
      'force-stop',
      undefined,
      undefined,
    ]);
    expect(['check', 'chec', 'try-restart', 'try'].map((word) => named(word))).toEqual([
      'check',
      'cont',
      'try-restart',
      'term',
    ]);
    expect(['status', 's', 'start', 'up', 'starts'].map((word) => named(word, true))).toEqual([
      'status',
      undefined,
      'start',
      'up',
      undefined,
    ]);
  });
});

describe('what is not written again', () => {
  it('up when up is wanted; down when down is wanted and TERM was sent', () => {
    expect(isWantedAlready('u', status())).toBe(true);
    expect(isWantedAlready('u', status({ want: 'd' }))).toBe(false);
    expect(isWantedAlready('d', status({ want: 'd' }))).toBe(false);
    expect(isWantedAlready('d', status({ want: 'd', gotTerm: 1 }))).toBe(true);
    expect(isWantedAlready('t', status())).toBe(false);
  });
});

describe('the judgement', () => {
  const down = status({ pid: 0, state: 0, want: 'd' });
  it.each([
    ['up: running', 'u', status(), 'if-check-passes'],
    ['up: finish runs', 'u', status({ state: 2 }), 'waiting'],
    ['up: down', 'u', down, 'waiting'],
    ['down: running', 'd', status(), 'waiting'],
    ['down: down', 'd', down, 'reached'],
    ['check: running', 'C', status(), 'if-check-passes'],
    ['check: down', 'C', down, 'reached'],
    ['term: started before sv', 't', status(), 'waiting'],
    ['term: started since', 't', status({ since: start }), 'if-check-passes'],
    ['term: started since, with a TERM pending', 't', status({ since: start, gotTerm: 1 }), 'waiting'],
    ['term: down, and wanted so', 't', down, 'reached'],
    ['term: between two starts', 't', status({ pid: 0, state: 0, since: start }), 'waiting'],
    ['kill: as term', 'k', status({ since: start + 1n }), 'if-check-passes'],
    ['once: down before sv', 'o', down, 'waiting'],
    ['once: it ran and ended', 'o', { ...down, since: start }, 'reached'],
    ['once: running, up still wanted', 'o', status(), 'waiting'],
    ['once: running', 'o', status({ want: 'd' }), 'reached'],
    ['pause: not yet', 'p', status(), 'waiting'],
    ['pause: paused', 'p', status({ paused: 1 }), 'reached'],
    ['cont: still paused', 'c', status({ paused: 1 }), 'waiting'],
    ['cont: runs', 'c', status(), 'reached'],
    ['exit: runsv answers', 'x', down, 'waiting'],
    ['hup: nothing to see', 'h', status(), 'reached'],
  ] as const)('%s', (_, byte, seen, expected) => {
    expect(judge(byte, seen, start)).toBe(expected);
  });
});

describe('the status line', () => {
  const line = (seen: SvStatus, normallyUp = true) => formatStatusLine(seen, 'NAME', normallyUp, start);
  it.each([
    ['run: NAME: (pid 4711) 10s', status(), true],
    [
      'run: NAME: (pid 4711) 10s, normally down, paused, want down, got TERM',
      status({ paused: 1, want: 'd', gotTerm: 1 }),
      false,
    ],
    ['down: NAME: 10s, normally up, want up', status({ pid: 0, state: 0 }), true],
    ['down: NAME: 10s', status({ pid: 0, state: 0, want: 'd', paused: 1, gotTerm: 1 }), false],
    ['finish: NAME: (pid 4711) 10s', status({ state: 2 }), true],
    ['run: NAME: (pid 4711) 0s', status({ since: start + 5n }), true],
    [`run: NAME: (pid 4711) ${start}s`, status({ since: 0n }), true],
    ['NAME: (pid 18446744073709551615) 10s', status({ pid: -1, state: 9 }), true],
  ] as const)('%s', (expected, seen, normallyUp) => {
    expect(line(seen, normallyUp)).toBe(expected);
  });

  it('of the 20 bytes that runsv writes', () => {
    const bytes = encodeStatus({
      since: { seconds: 1_000_000 - 42, nanoseconds: 5 },
      pid: 70_000,
      paused: false,
      want: 'exit',
      gotTerm: true,
      state: 'run',
    });
    expect(line(readSvStatus(bytes))).toBe('run: NAME: (pid 70000) 42s, want down, got TERM');
  });
});

describe('options', () => {
  it('are read as djb reads them', () => {
    const read = (...args: string[]) => parseOptions(args, 'w:vV');
    expect(read('-vw', '3', 'up')).toEqual({
      options: [
        { letter: 'v', argument: '' },
        { letter: 'w', argument: '3' },
      ],
      rest: ['up'],
    });
    expect(read('-w3', '--', '-v')).toEqual({ options: [{ letter: 'w', argument: '3' }], rest: ['-v'] });
    expect(read('--verbose', '-v')).toEqual({ options: [], rest: ['-v'] });
    expect(read('-', '-v')).toEqual({ options: [], rest: ['-', '-v'] });
    expect(read('-w', '')).toEqual({ options: [{ letter: 'w', argument: '' }], rest: [] });
    expect(read('-vw').options.at(-1)).toEqual({ problem: 'argument', letter: 'w' });
    expect(read('-v:').options.at(-1)).toEqual({ problem: 'illegal', letter: ':' });
  });

  it('numbers wrap at 2^64 and end at the first other character', () => {
    expect(scanUnsignedLong('18446744073709551621x')).toEqual({ value: 5n, length: 20 });
    expect(scanUnsignedLong('x')).toEqual({ value: 0n, length: 0 });
  });
});
