/** svlogd's decisions by themselves. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LOG_CONFIG, parseLogConfig } from '../../src/supervisor/core/log-config.ts';
import {
  BETWEEN_LINES,
  cutLines,
  type LineConfig,
  type LineState,
} from '../../src/supervisor/core/log-lines.ts';
import { matchPattern } from '../../src/supervisor/core/log-pattern.ts';
import { chooseForRoom, planWrite, surveyOldLogs } from '../../src/supervisor/core/log-rotation.ts';
import { formatStamp } from '../../src/supervisor/core/log-stamp.ts';
import { LineCopier } from '../../src/supervisor/svlogd/line-copier.ts';
import { cutPlainLines } from '../../src/supervisor/svlogd/plain-lines.ts';

const OPTIONS = { lineMax: 8, replacement: '', replaced: '' };

/** All that comes out of some pieces, with stamps that count the pieces. */
function cutAll(pieces: readonly string[], config: LineConfig): string {
  let state: LineState = BETWEEN_LINES;
  let out = '';
  for (const piece of pieces.filter((each) => each !== '')) {
    const cut = cutLines(state, piece, '', [config], OPTIONS);
    state = cut.state;
    out += cut.logs[0];
  }
  return out + ('head' in state ? state.head : '');
}

describe('lines', () => {
  const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\0', '\xff'), maxLength: 30 }));

  it('come out as they went in, however they were cut in pieces', () => {
    fc.assert(fc.property(pieces, (all) => cutAll(all, DEFAULT_LOG_CONFIG) === all.join('')));
  });

  it.each(['script', 'module'] as const)(
    'are the same whether treated at once, as bytes (%s), or one by one',
    (kind) => {
      const copier = new LineCopier(kind);
      const lineMax = OPTIONS.lineMax;
      const longer = fc.array(
        fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\0', '\xff'), maxLength: 100 }),
      );
      fc.assert(
        fc.property(longer, fc.string({ maxLength: 40 }), (all, prefix) => {
          const configs = [
            { ...DEFAULT_LOG_CONFIG, prefix: `P$&: ${Buffer.from(prefix).toString('latin1')}` },
            DEFAULT_LOG_CONFIG,
          ];
          let state: LineState = BETWEEN_LINES;
          let same: LineState = BETWEEN_LINES;
          for (const [index, piece] of all.filter((each) => each !== '').entries()) {
            const stamp = index % 5 === 0 ? '' : `${index} `;
            const oneByOne = cutLines(state, piece, stamp, configs, OPTIONS);
            copier.input(piece.length).write(piece, 'latin1');
            const atOnce = cutPlainLines(same, copier, piece.length, stamp, configs, lineMax);
            expect([atOnce.logs.map((log) => log.toString('latin1')), atOnce.state]).toEqual([
              oneByOne.logs,
              oneByOne.state,
            ]);
            state = oneByOne.state;
            same = atOnce.state;
          }
        }),
      );
    },
  );

  it.each(['script', 'module', 'both'] as const)('of any number and length are copied whole (%s)', (kind) => {
    const copier = new LineCopier(kind);
    for (const [length, every, lead] of [
      [40, 7, '> '],
      [70_000, 1, 'x'.repeat(50)],
      [100, 3, 'y'.repeat(3000)],
      [65_536, 97, '2026-11-22_05:45:00.12345 '],
      [65_535, 1_000_000, '-'],
    ] as const) {
      const text = Array.from({ length }, (_, at) =>
        at % every === 0 ? '\n' : String.fromCharCode(at & 255),
      );
      copier.input(length).write(text.join(''), 'latin1');
      const range = copier.make('before', 3, length, lead, 'after');
      const second = copier.make('', 0, length, '', '');
      expect(copier.made(range).toString('latin1')).toBe(
        `before${text.slice(3).join('').replaceAll('\n', `\n${lead}`)}after`,
      );
      expect(copier.made(second).toString('latin1')).toBe(text.join(''));
    }
    // `both` has seen a large piece by now.
    expect(copier.isCompiled).toBe(kind !== 'script');
  });

  it('keep the stamp of the moment when they began', () => {
    const first = cutLines(BETWEEN_LINES, 'a\nbe', '1 ', [DEFAULT_LOG_CONFIG], OPTIONS);
    const second = cutLines(first.state, 'gun\nc\n', '2 ', [DEFAULT_LOG_CONFIG], OPTIONS);
    expect([first.logs, second.logs]).toEqual([['1 a\n'], ['1 begun\n2 c\n']]);
  });
});

describe('rotation', () => {
  it('never lets current grow beyond its size, and writes everything', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '\n'), maxLength: 200 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 60 }),
        (text, sizeMax, lineMax) => {
          let size = 0;
          for (let from = 0; from < text.length; ) {
            const step = planWrite(Buffer.from(text), from, size, sizeMax, lineMax);
            expect(step.length).toBeGreaterThan(0);
            size = (step.rotateFirst ? 0 : size) + step.length;
            expect(size).toBeLessThanOrEqual(sizeMax);
            from += step.length;
            if (step.rotateAfter) {
              expect(text[from - 1]).toBe('\n');
              expect(size).toBeGreaterThanOrEqual(sizeMax - lineMax);
              size = 0;
            }
          }
        },
      ),
    );
  });

  it('counts finished logs only, but deletes any kind for room', () => {
    const label = '@400000003b4a39c23294b13';
    const names = ['current', `${label}1.u`, `${label}2.s`, `${label}3.t`, `${label}4.s`, '@short'].map(
      (name) => (name.startsWith(label) ? name.replace(label, `${label}0`.slice(0, 24)) : name),
    );
    expect(surveyOldLogs(names)).toEqual({ leftovers: [names[3]], count: 2, oldest: names[2] });
    expect(chooseForRoom(names, 3)).toBe(names[1]);
    expect(chooseForRoom(names, 4)).toBeUndefined();
  });
});

describe('config', () => {
  it('is read letter by letter', () => {
    const { config, warnings } = parseLogConfig(
      '# x\ns10k\nn3\nN2\nt2h\n!gzip\npP: \n-*\n+a*\nu1.2.3.4:5\nu9\n',
    );
    expect(config).toEqual({
      sizeMax: 10_240,
      keepMax: 3,
      keepMin: 2,
      ageMax: 7200,
      processor: 'gzip',
      instructions: ['-*', '+a*'],
      prefix: 'P: ',
      udp: { address: [1, 2, 3, 4], port: 5 },
      udpOnly: false,
    });
    expect(warnings).toEqual(['unable to scan ip address: 9']);
  });
});

describe('patterns and stamps', () => {
  it('match as the manual says', () => {
    const line = 'tcpsvd: info: pid 1977 from 10.4.1.14';
    expect(
      ['*pid*', '*: *: pid *', '', '*', '+t*', 'tcpsvd: info: pid 1977 from 10.4.1.14'].map((each) =>
        matchPattern(each, line),
      ),
    ).toEqual([false, true, false, true, true, true]);
  });

  it('show the moment in the three forms', () => {
    const moment = { seconds: 1_796_000_000, nanoseconds: 123_456_500 };
    expect([0, 1, 2, 3].map((style) => formatStamp(style as 0 | 1 | 2 | 3, moment))).toEqual([
      '',
      '@400000006b0cc90a075bcbf4 ',
      '2026-11-30_00:53:20.12345 ',
      '2026-11-30T00:53:20.12345 ',
    ]);
  });
});
