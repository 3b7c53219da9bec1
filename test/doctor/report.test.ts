import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/doctor/diagnose.ts';
import { formatFinding } from '../../src/doctor/report.ts';

const plain = (text: string): string => text;
const PALETTE = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };

describe('a finding in words', () => {
  it('shows names of others on one line, without what steers a terminal or turns its text around', () => {
    const name = 'a\n\u001b[31mb\u202ec';
    const text = formatFinding(
      {
        check: 'service-name-odd',
        severity: 'warning',
        service: name,
        path: `/home/ann/service_gui/${name}`,
        summary: `${name}: its name is hard to use in a shell`,
        evidence: [`the directory ${name}`],
        cause: 'Rename it.',
        fix: {
          title: 'rename it',
          risk: 'safe',
          // A command to paste keeps a line end that is quoted.
          commands: ["mv 'a\nb' ab"],
          operations: [],
          actions: [],
          settle: 0,
        },
      },
      { snapshot: { who: { home: '/home/ann' } } } as unknown as Diagnosis,
      80,
      PALETTE,
    );
    expect(text).toBe(
      [
        'warning  a??[31mb?c: its name is hard to use in a shell  [service-name-odd]',
        '  where  ~/service_gui/a??[31mb?c',
        '  seen   the directory a??[31mb?c',
        '  why    Rename it.',
        "  mend   mv 'a",
        "b' ab",
        '         --fix does it (safe: touches nothing that runs)',
        '',
      ].join('\n'),
    );
  });
});
