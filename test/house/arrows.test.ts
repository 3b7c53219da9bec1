/**
 * Which part may import which: cli → scaffold | doctor | supervisor drivers → plan | layout | shell | supervisor/core.
 * The core imports nothing outside itself; only system/node (and the supervisor's own drivers) touch the machine.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve('src');

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

/** The modules that a file imports: paths below src for its own, package names for others; types marked. */
function importsOf(file: string): { target: string; typeOnly: boolean }[] {
  const text = readFileSync(file, 'utf8');
  const found: { target: string; typeOnly: boolean }[] = [];
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)) {
    found.push({ target: match[2] as string, typeOnly: match[1] !== undefined });
  }
  for (const match of text.matchAll(/\bimport\('([^']+)'\)/g))
    found.push({ target: match[1] as string, typeOnly: false });
  return found.map(({ target, typeOnly }) => ({
    target: target.startsWith('.') ? relative(root, resolve(dirname(file), target)) : target,
    typeOnly,
  }));
}

/** For each part: what it may import besides itself. Packages are named; `node:path` is pure. */
const RULES: readonly { part: string; may: readonly string[] }[] = [
  { part: 'supervisor/core', may: [] },
  { part: 'shell', may: ['node:path'] },
  { part: 'layout', may: ['node:path'] },
  { part: 'plan', may: ['node:path', 'node:crypto', 'layout/', 'shell/', 'system/errors.ts', 'diff'] },
  {
    part: 'scaffold',
    may: [
      'node:path',
      'node:crypto',
      'plan/',
      'layout/',
      'shell/',
      'supervisor/core/',
      'system/errors.ts',
      'handlebars',
    ],
  },
  {
    part: 'doctor',
    may: ['node:path', 'node:crypto', 'plan/', 'layout/', 'shell/', 'supervisor/core/', 'system/errors.ts'],
  },
  {
    part: 'everyday',
    may: [
      'node:path',
      'node:crypto',
      'plan/',
      'layout/',
      'supervisor/core/',
      'shell/',
      'system/errors.ts',
      'fast-string-truncated-width',
    ],
  },
];

const files = sources(root);

describe('the arrows', () => {
  for (const { part, may } of RULES) {
    it(`${part} imports only what it may`, () => {
      const own = files.filter((file) => relative(root, file).startsWith(`${part}/`));
      const wrong = own.flatMap((file) =>
        importsOf(file)
          .filter(({ target, typeOnly }) => {
            if (target.startsWith(`${part}/`)) return false;
            if (typeOnly && target === 'system/ports.ts' && part !== 'supervisor/core') return false;
            if (typeOnly && target === 'node:fs' && part !== 'supervisor/core') return false;
            return !may.some(
              (allowed) => target === allowed || (allowed.endsWith('/') && target.startsWith(allowed)),
            );
          })
          .map(({ target }) => `${relative(root, file)} → ${target}`),
      );
      expect(wrong).toEqual([]);
    });
  }

  it('only cli, the supervisor drivers and system/node itself import system/node', () => {
    const wrong = files
      .filter((file) => !/^(cli|supervisor|system\/node)\//.test(relative(root, file)))
      .flatMap((file) =>
        importsOf(file)
          .filter(({ target }) => target.startsWith('system/node/'))
          .map(({ target }) => `${relative(root, file)} → ${target}`),
      );
    expect(wrong).toEqual([]);
  });
});
