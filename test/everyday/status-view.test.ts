import { describe, expect, it } from 'vitest';
import { judgeService } from '../../src/everyday/judge.ts';
import type { ServiceFacts, SlotFacts } from '../../src/everyday/service-facts.ts';
import { judgeAll, nextStep, noneSupervised, statusLines } from '../../src/everyday/status-view.ts';
import { widthOf } from '../../src/everyday/width.ts';

const NOW = 1_800_000_000_000;
const plain = (text: string): string => text;
const paint = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain };

const slot = (more: Partial<SlotFacts> = {}): SlotFacts => ({
  state: 'run',
  since: NOW - 3_720_000,
  changed: NOW - 3_720_000,
  pid: 4711,
  paused: false,
  want: 'up',
  gotTerm: false,
  ...more,
});

const service = (name: string, more: Partial<ServiceFacts> = {}): ServiceFacts => ({
  name,
  enabled: true,
  installed: true,
  folder: `/home/u/service_gui/${name}`,
  dangling: null,
  supervised: true,
  slot: slot(),
  normallyDown: false,
  log: null,
  command: ['mpd', '--no-daemon'],
  endings: [],
  sampled: null,
  run: 'executable',
  editedSinceStart: false,
  env: [],
  ...more,
});

const crashed = service('looper', {
  slot: slot({ state: 'down', pid: null, since: NOW - 500 }),
  command: null,
  endings: [4, 3, 2, 1].map((seconds) => ({
    at: NOW - seconds * 1000,
    startedAt: null,
    code: 127,
    signal: null,
    asked: false,
  })),
  log: {
    supervised: true,
    slot: slot({ pid: 4712 }),
    folder: '/logs/looper',
    last: { text: './run: exec: nosuch: not found', at: NOW - 1000 },
  },
});

describe('a state in words', () => {
  const words = (facts: ServiceFacts) => {
    const { state, words: text, tone, problem } = judgeService(facts, NOW);
    return [state, text, tone, problem];
  };

  it('running, and run once', () => {
    expect(words(service('a'))).toEqual(['run', 'run', 'good', false]);
    expect(words(service('a', { slot: slot({ want: 'down' }) }))).toEqual(['run', 'run once', 'good', false]);
  });

  it('down because somebody said so is no problem; down and wanted up is one', () => {
    const down = slot({ state: 'down', pid: null, want: 'down' });
    expect(words(service('a', { slot: down }))).toEqual(['down', 'down', 'quiet', false]);
    expect(words(service('a', { slot: down, normallyDown: true }))).toEqual([
      'down',
      'down, normally down',
      'quiet',
      false,
    ]);
    expect(words(service('a', { slot: { ...down, want: 'up' } }))).toEqual([
      'starting',
      'down, wants up',
      'bad',
      true,
    ]);
  });

  it('waiting to die since the TERM, which is when the status file changed, not since the start', () => {
    const dying = slot({ gotTerm: true, want: 'down', changed: NOW - 3000 });
    expect(words(service('a', { slot: dying }))).toEqual([
      'stopping',
      'waiting to die since 3s',
      'busy',
      false,
    ]);
    expect(words(service('a', { slot: { ...dying, changed: NOW - 20_000 } }))).toEqual([
      'stopping',
      'waiting to die since 20s',
      'bad',
      false,
    ]);
    expect(judgeService(service('a', { slot: { ...dying, changed: NOW - 20_000 } }), NOW).hints).toEqual([
      { check: 'stuck-after-term', summary: 'it got TERM and does not end' },
    ]);
  });

  it('finishing, paused, crash-looping', () => {
    expect(words(service('a', { slot: slot({ state: 'finish' }) }))).toEqual([
      'finish',
      'finishing',
      'busy',
      true,
    ]);
    expect(words(service('a', { slot: slot({ paused: true }) }))).toEqual(['paused', 'paused', 'busy', true]);
    expect(words(crashed)).toEqual(['crash-loop', 'crash-looping 4 times in 60 s: exit 127', 'bad', true]);
  });

  it('a status that nobody keeps is not believed', () => {
    expect(words(service('a', { supervised: false }))).toEqual([
      'not-supervised',
      'not supervised',
      'bad',
      true,
    ]);
    expect(words(service('a', { supervised: false, normallyDown: true }))[3]).toBe(false);
    expect(words(service('a', { supervised: false, enabled: false }))).toEqual([
      'installed',
      'installed, not enabled',
      'quiet',
      false,
    ]);
  });

  it('restarts that were seen under a supervisor without a history', () => {
    const seen = service('a', {
      slot: slot({ state: 'down', pid: null, since: NOW }),
      sampled: { starts: 2, seconds: 2 },
    });
    expect(words(seen)).toEqual(['crash-loop', 'crash-looping: restarted twice in 2 s', 'bad', true]);
  });
});

describe('the status table', () => {
  const rows = judgeAll(
    [
      crashed,
      service('mpd', { env: [{ name: 'LANG', file: 'C', process: 'de_DE.UTF-8' }] }),
      service('spare', { enabled: false, supervised: false, slot: null, command: null }),
    ],
    NOW,
  );

  it('says everything in one line each where there is room', () => {
    const lines = statusLines(rows, { now: NOW, width: Number.POSITIVE_INFINITY, paint });
    expect(lines).toEqual([
      '   SERVICE  STATE                                    ENABLED   PID   TIME  COMMAND          LOG',
      '!  looper   crash-looping 4 times in 60 s: exit 127  yes         -     0s  -                1s ago: ./run: exec: nosuch: not found',
      '!  mpd      run                                      yes      4711  1h02m  mpd --no-daemon  -',
      '    it runs with another LANG than the files say',
      '   spare    installed, not enabled                   no          -      -  -                -',
    ]);
  });

  it('puts what does not fit into a line of its own', () => {
    const lines = statusLines(rows, { now: NOW, width: 80, paint });
    expect(lines).toEqual([
      '   SERVICE  STATE          ENABLED   PID   TIME  COMMAND       LOG',
      '!  looper   crash-looping  yes         -     0s  -             1s ago: ./run: e…',
      '    crash-looping 4 times in 60 s: exit 127',
      '    last log line: ./run: exec: nosuch: not found',
      '!  mpd      run            yes      4711  1h02m  mpd --no-da…  -',
      '    it runs with another LANG than the files say',
      '   spare    installed      no          -      -  -             -',
    ]);
  });

  it('never is wider than the terminal', () => {
    for (let width = 20; width < 140; width += 1) {
      for (const line of statusLines(rows, { now: NOW, width, paint })) {
        expect(widthOf(line)).toBeLessThanOrEqual(width);
      }
    }
  });

  it('ends with the command to type next', () => {
    expect(nextStep(rows, true)).toBe('More about it: homerun doctor looper');
    const left = judgeAll([service('a', { supervised: false })], NOW);
    expect(noneSupervised(left)).toBe(true);
    expect(nextStep(left, false)).toBe('No supervisor looks after them. Start it: homerun up');
    // Its runsv has ended, or is yet to be started: there is nothing that `up` could do.
    expect(nextStep(left, true)).toBe('More about it: homerun doctor a');
    expect(noneSupervised(rows)).toBe(false);
    expect(nextStep(judgeAll([service('a')], NOW), true)).toBeNull();
  });
});
