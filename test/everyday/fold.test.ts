/** homerun's words in a terminal narrower than they are: whole words, and commands that stay one command. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold } from '../../src/cli/fold.ts';
import { shellWords } from '../../src/shell/words.ts';

const rows = (text: string, columns: number): string[] => fold(text, columns).split('\n');

describe('a message', () => {
  it('is broken at blanks, and hangs below its beginning', () => {
    expect(
      rows('homerun: init: /home/ann/bin/svl: a directory is in the way\nNothing was changed.\n', 40),
    ).toEqual([
      'homerun: init: /home/ann/bin/svl: a',
      '  directory is in the way',
      'Nothing was changed.',
      '',
    ]);
    expect(rows('  Kept: it was changed by hand since', 30)).toEqual([
      '  Kept: it was changed by',
      '    hand since',
    ]);
  });

  it('that fits, or is one long word, stays as it is', () => {
    for (const text of ['short\n', '/a/path/that/nobody/can/break/in/two\n', ''])
      expect(fold(text, 20)).toBe(text);
  });

  it('counts columns, not letters, and no colours', () => {
    expect(rows('\u001b[31mrot\u001b[39m und blau', 12)).toEqual(['\u001b[31mrot\u001b[39m und blau']);
    expect(rows('漢字漢字 漢字漢字 漢字', 20)).toEqual(['漢字漢字 漢字漢字', '  漢字']);
  });

  it('has the command at its end on a line of its own where it fits only there', () => {
    expect(rows('To start them anew: homerun restart mpd syncthing', 40)).toEqual([
      'To start them anew:',
      '  homerun restart mpd syncthing',
    ]);
  });
});

describe('a command to paste', () => {
  it('goes on behind a backslash, each option with its value', () => {
    expect(rows('  homerun init --yes --service-all ~/service_all --logs state', 36)).toEqual([
      '  homerun init --yes \\',
      '    --service-all ~/service_all \\',
      '    --logs state',
    ]);
  });

  it('is the same words to a shell, however narrow the terminal is', () => {
    const word = fc.string({ unit: fc.constantFrom(...'ab -\'"$\\`;é\t'), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), fc.integer({ min: 12, max: 60 }), (words, columns) => {
        const folded = fold(`homerun add-service --yes ${shellWords(words)}`, columns);
        const { stdout } = spawnSync('sh', ['-c', `homerun() { printf '%s\\n' "$@"; }\n${folded}`], {
          encoding: 'utf8',
        });
        expect(stdout).toBe(['add-service', '--yes', ...words].map((each) => `${each}\n`).join(''));
      }),
      { numRuns: 40 },
    );
  });
});
