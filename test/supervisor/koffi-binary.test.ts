/** The bundled programs find the library for calls of C wherever npm has put it. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const packages = dirname(realpathSync('node_modules/koffi'));
let root = '';

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the binary of koffi', () => {
  it.each([
    ['beside the programs', 'homerun/node_modules', ['koffi', '@koromix']],
    ['in the folder that homerun itself lies in', '.', ['koffi', '@koromix']],
    ['only where its own loader finds it', 'homerun/node_modules', ['koffi']],
  ])('is found %s', (_, folder, names) => {
    root = mkdtempSync(join(tmpdir(), 'homerun-koffi-'));
    mkdirSync(join(root, 'homerun/dist'), { recursive: true });
    mkdirSync(join(root, folder), { recursive: true });
    for (const name of names) symlinkSync(join(packages, name), join(root, folder, name));
    copyFileSync(resolve('dist/chpst.cjs'), join(root, 'homerun/dist/chpst.cjs'));
    // A lock is taken by a call of C.
    const result = spawnSync(
      process.execPath,
      [join(root, 'homerun/dist/chpst.cjs'), '-L', join(root, 'lock'), 'echo', 'locked'],
      { encoding: 'utf8' },
    );
    expect([result.status, result.stdout, result.stderr]).toEqual([0, 'locked\n', '']);
  });
});
