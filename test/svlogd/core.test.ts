/** svlogd's decisions by themselves. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LOG_CONFIG, parseLogConfig } from '../../src/supervisor/core/log-config.ts';
import {
  BETWEEN_LINES,
  cutLines,
  type LineConfig,
  type LineState,
  putLines,
} from '../../src/supervisor/core/log-lines.ts';
import { matchPattern } from '../../src/supervisor/core/log-pattern.ts';
import { chooseForRoom, planWrite, surveyOldLogs } from '../../src/supervisor/core/log-rotation.ts';
import { formatStamp } from '../../src/supervisor/core/log-stamp.ts';

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

  it('are the same whether treated at once or one by one', () => {
    fc.assert(
      fc.property(pieces, (all) => {
        const prefix = 'P$&: ';
        const oneByOne = { ...DEFAULT_LOG_CONFIG, prefix, instructions: ['+*'] };
        const text = (config: LineConfig) => {
          let state: LineState = BETWEEN_LINES;
          let out = '';
          for (const [index, piece] of all.filter((each) => each !== '').entries()) {
            const cut = cutLines(state, piece, `${index} `, [config], OPTIONS);
            state = cut.state;
            out += cut.logs[0];
          }
          return [out, state];
        };
        expect(text({ ...DEFAULT_LOG_CONFIG, prefix })).toEqual(text(oneByOne));
      }),
    );
  });

  it('are the same treated as bytes as treated as text, and nothing is put where there is no room', () => {
    const stamp = fc.constantFrom('', '2 ');
    const ended = fc.tuple(pieces, fc.string({ unit: fc.constantFrom('a', '\xff'), maxLength: 7 }));
    fc.assert(
      fc.property(ended, stamp, fc.constantFrom('', 'P$&: '), ([all, tail], now, prefix) => {
        const piece = `${all.join('')}\n${tail}`;
        const begun = 'be';
        const state = { head: begun, stamp: '1 ' };
        const { logs } = cutLines(state, piece, now, [{ ...DEFAULT_LOG_CONFIG, prefix }], OPTIONS);
        const bytes = (text: string) => Buffer.from(text, 'latin1');
        const put = (out: Uint8Array) =>
          putLines(bytes(piece), bytes(`1 ${prefix}${begun}`), bytes(now + prefix), out);
        const out = Buffer.alloc(2000, '?');
        const length = put(out);
        expect(out.toString('latin1', 0, length)).toBe(logs[0]);
        expect(out.subarray(length).every((byte) => byte === 63)).toBe(true);
        expect(put(Buffer.alloc(length - 1))).toBe(-1);
      }),
    );
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
            const step = planWrite(text, from, size, sizeMax, lineMax);
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
