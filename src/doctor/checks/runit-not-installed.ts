import type { Check } from '../check.ts';
import { say } from '../say.ts';
import { pathOf } from '../tree.ts';

const PROGRAMS = ['runsvdir', 'runsv', 'sv', 'svlogd'] as const;

export const check: Check = {
  id: 'runit-not-installed',
  severity: 'error',
  layer: 'machine',
  title: 'programs of runit are missing',
  section: 'Making Your User Specific Runit: An Overview',
  explain: [
    'A supervisor needs runsvdir, runsv, sv and svlogd: the system’s (engine "system") or those that homerun brings (engine "bundled").',
    'By hand: install your distribution’s package runit, or: homerun init --engine bundled',
  ],
  run: (snapshot) => {
    const { engine } = snapshot.layout;
    const missing =
      engine === 'system'
        ? PROGRAMS.filter((name) => (snapshot.tools[name] ?? []).length === 0)
        : PROGRAMS.filter((name) => pathOf(snapshot, snapshot.bundled, name).can.execute !== 'ok');
    if (missing.length === 0) return [];
    return [
      say(check, {
        path: engine === 'system' ? null : snapshot.bundled,
        summary: `${missing.join(', ')}: not ${engine === 'system' ? 'on PATH' : 'where homerun has its programs'}`,
        evidence: [
          engine === 'system' ? `PATH=${snapshot.env.PATH ?? ''}` : snapshot.bundled,
          `engine: ${engine}`,
        ],
        cause:
          engine === 'system'
            ? 'Install your distribution’s package runit, or use the programs that homerun brings: homerun init --engine bundled'
            : 'Install homerun again, or use the system’s runit: homerun init --engine system',
      }),
    ];
  },
};
