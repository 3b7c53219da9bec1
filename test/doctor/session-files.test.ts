/**
 * svl, the runner and the session file of a configured home: each broken in turn, found, mended, undone byte for byte.
 * They do not depend on how services are kept: C runit, and ours in one process, are enough.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checksById } from '../../src/doctor/checks/registry.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { needs } from '../setup/needs.ts';
import { photograph } from './fixtures/photograph.ts';
import { configuredHome, sessionFiles } from './fixtures/session.ts';
import { startTree, type Tree } from './fixtures/tree.ts';

function loud(findings: readonly Finding[]): string[] {
  return findings.filter((finding) => finding.severity !== 'info').map((finding) => finding.check);
}

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv')).each(['C runit'] as const)(
  'the files around a tree, on %s',
  (engine) => {
    let tree: Tree;
    beforeAll(async () => {
      tree = await startTree(engine, { services: { alpha: { log: true } } });
    });
    afterAll(() => tree?.stop());

    const files = (): unknown =>
      ['bin', '.config/homerun'].map((name) => photograph(join(tree.home, name))).concat(photographFile());
    const photographFile = (): Record<string, string> => {
      const { './.xinitrc': text = 'none' } = photograph(tree.home);
      return { text };
    };

    it('is quiet about healthy ones', async () => {
      await tree.sh(configuredHome(tree));
      const { findings, failed } = await tree.look([], 0);
      expect({ failed, loud: loud(findings) }).toEqual({ failed: [], loud: [] });
    });

    for (const [number, fixture] of sessionFiles.entries()) {
      const { check, variant } = fixture;
      it(`${check}${variant === undefined ? '' : ` (${variant})`}`, async () => {
        await tree.sh(configuredHome(tree));
        const healthy = await tree.look([], 0);
        if (checksById.get(check)?.severity !== 'info') {
          expect(healthy.findings.map((finding) => finding.check)).not.toContain(check);
        }
        await tree.sh(fixture.broken);
        const { findings, failed } = await tree.look([], 0);
        expect(failed).toEqual([]);
        expect(
          loud(findings).filter((each) => each !== check && fixture.with?.includes(each) !== true),
        ).toEqual([]);
        const found = findings.find((finding) => finding.check === check);
        expect(found?.severity).toBe(checksById.get(check)?.severity);
        if (found?.fix == null) return;
        const broken = files();
        const journal = `journal-${number}`;
        const { outcomes } = await tree.mend([], [check], journal);
        expect(outcomes.filter((outcome) => outcome.check === check)).toEqual([{ check, result: 'mended' }]);
        await tree.undo(journal);
        expect(files()).toEqual(broken);
      });
    }
  },
);
