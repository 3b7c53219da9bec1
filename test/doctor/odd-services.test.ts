/** Faults that are in no catalogue, each in a service of its own on one running tree: doctor names the cause. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/doctor/finding.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { type Odd, odd } from './fixtures/odd.ts';
import { startTree, type Tree } from './fixtures/tree.ts';

/** May this process mount a file system and make a file immutable? A container of few rights may not, root or no. */
function mayMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const { status } = spawnSync('sh', [
    '-c',
    'd=$(mktemp -d) || exit; f=$(mktemp -d); chattr +i "$f" && chattr -i "$f" && mount -t tmpfs none "$d" && umount "$d"; is=$?; rmdir "$d" "$f"; exit $is',
  ]);
  if (status !== 0) console.warn('skipped: the faults for which root has to mount or to chattr');
  return status === 0;
}

function about(findings: readonly Finding[], { name }: Odd): Finding[] {
  return findings.filter((each) => (each.services ?? [each.service]).includes(name));
}

function textOf({ summary, evidence, cause }: Finding): string {
  return [summary, ...evidence, cause].join('\n');
}

/** Its finding is there, and no other loud one that is not allowed. */
function isTold(findings: readonly Finding[], one: Odd): boolean {
  const own = about(findings, one);
  return (
    own.some((each) => each.check === one.check && one.says.test(textOf(each))) &&
    own.every(
      (each) =>
        each.severity === 'info' || each.check === one.check || one.with?.includes(each.check) === true,
    )
  );
}

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'sv', 'chpst', 'setpriv', 'busybox'))(
  'a service that is broken as nobody foresaw, on C runit',
  () => {
    let tree: Tree;
    /** The findings with which each was told, or the last ones. */
    const told = new Map<Odd, readonly Finding[]>();
    const failures = new Map<Odd, Error>();
    const inShell = (one: Odd, script: string, as?: 'user' | 'root') =>
      tree.sh(
        `H=${tree.home}; S=${tree.dir(one.name)}; L=${join(tree.serviceDir, one.name)}; N=${one.name}; set -e\n${script}`,
        as,
      );
    const isRoot = process.getuid?.() === 0;
    const cases = odd.filter((one) => one.root === undefined || mayMount());

    beforeAll(async () => {
      tree = await startTree('C runit', {
        services: {
          alpha: { log: true },
          'port-owner': {},
          ...Object.fromEntries(cases.map(({ name, log }) => [name, { log: log !== false }])),
        },
      });
      await Promise.all(
        cases.map(async (one) => {
          try {
            if (one.root !== undefined) await inShell(one, one.root, 'root');
            await inShell(one, one.broken);
          } catch (error) {
            failures.set(one, error as Error);
          }
        }),
      );
      const open = new Set(cases);
      await until(
        'each is told',
        async () => {
          const { findings, failed } = await tree.look([], 2);
          expect(failed).toEqual([]);
          for (const one of open) {
            told.set(one, findings);
            if (isTold(findings, one)) open.delete(one);
          }
          return open.size === 0;
        },
        150_000,
      ).catch(() => undefined);
    }, 300_000);
    afterAll(async () => {
      for (const one of cases) {
        if (one.undo !== undefined)
          await inShell(one, `{ ${one.undo}; } || :`, isRoot ? 'root' : 'user').catch(() => undefined);
      }
      await tree?.stop();
    });

    for (const one of cases) {
      it(one.title, () => {
        expect(failures.get(one)).toBeUndefined();
        const own = about(told.get(one) ?? [], one);
        const text = own.map((each) => `${each.severity} ${each.check}: ${textOf(each)}`).join('\n\n');
        expect({ told: isTold(told.get(one) ?? [], one), text }).toEqual({ told: true, text });
      });
    }
  },
);
