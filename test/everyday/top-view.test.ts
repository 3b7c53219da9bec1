import { describe, expect, it } from 'vitest';
import type { ServiceFacts } from '../../src/everyday/service-facts.ts';
import { judgeAll } from '../../src/everyday/status-view.ts';
import { keysLine, type TopModel, type TopRow, topLines } from '../../src/everyday/top-view.ts';
import { widthOf } from '../../src/everyday/width.ts';

const NOW = 1_800_000_000_000;

const service = (name: string, slot: Partial<NonNullable<ServiceFacts['slot']>> = {}): ServiceFacts => ({
  name,
  enabled: true,
  installed: true,
  folder: `/home/u/service_gui/${name}`,
  dangling: null,
  supervised: true,
  slot: {
    state: 'run',
    since: NOW - 90_000,
    changed: NOW - 90_000,
    pid: 4711,
    paused: false,
    want: 'up',
    gotTerm: false,
    ...slot,
  },
  normallyDown: false,
  log: null,
  command: ['mpd', '--no-daemon'],
  endings: [],
  sampled: null,
  run: 'executable',
  editedSinceStart: false,
  env: [],
});

const model = (services: readonly ServiceFacts[], selected = 0): TopModel => ({
  rows: judgeAll(services, NOW).map((row): TopRow => ({ ...row, cpu: 1, memory: 2048, restarts: [] })),
  selected,
  now: NOW,
  panel: { title: 'log', lines: ['a line'] },
  zoomed: false,
  scrolled: 0,
  message: '',
  plain: false,
});

const text = (shown: TopModel, width: number, height: number): string[] =>
  topLines(shown, width, height).map((pieces) =>
    pieces
      .map((piece) => piece.text)
      .join('')
      .trimEnd(),
  );

describe('homerun top', () => {
  it('counts each service once: a paused one is changing, one that got TERM and does not die is a problem', () => {
    const services = [
      service('up'),
      service('down', { state: 'down', pid: null, want: 'down' }),
      service('dying', { gotTerm: true, want: 'down', changed: NOW - 1000 }),
      service('stubborn', { gotTerm: true, want: 'down', changed: NOW - 60_000 }),
    ];
    const [title] = text(model(services), 100, 24);
    expect(title).toMatch(
      /^homerun top {2}\d\d:\d\d:\d\d {2}4 services: 1 up, 1 down, 1 changing, 1 with problems$/,
    );
    expect(text(model(services), 64, 24)[0]).toMatch(/^\d\d:\d\d:\d\d {2}4 services: 1 up, .* problems$/);
    expect(text(model(services), 60, 24)[0]).toBe('4 services: 1 up, 1 down, 1 changing, 1 with problems');
    expect(text(model(services), 46, 24)[0]).toBe('1 up, 1 down, 1 changing, 1 with problems');
    expect(text(model(services), 20, 24)[0]).toBe('1 up, 1 down, 1 cha…');
  });

  it('names as many keys as fit, each whole, and always the one that quits', () => {
    expect(keysLine(80)).toBe('s start  x stop  r restart  p pause  l log  d doctor  q quit  ↑↓ choose');
    expect(keysLine(60)).toBe('s start  x stop  r restart  p pause  l log  d doctor  q quit');
    expect(keysLine(40)).toBe('s start  x stop  r restart  q quit');
    expect(keysLine(10)).toBe('q quit');
  });

  it('shows the chosen one of 300 services on a screen of 24 lines, wherever it is', () => {
    const services = Array.from({ length: 300 }, (_, index) => service(`s${String(index).padStart(3, '0')}`));
    for (const selected of [0, 1, 5, 150, 298, 299]) {
      const lines = text(model(services, selected), 80, 24);
      expect(lines).toHaveLength(24);
      const shown = lines.flatMap((line) => /^ +s(\d{3}) /.exec(line)?.[1] ?? []).map(Number);
      expect(shown).toContain(selected);
      expect(shown.length).toBe(10);
      expect(shown).toEqual(Array.from(shown, (_, index) => (shown[0] as number) + index));
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(80);
    }
  });
});
