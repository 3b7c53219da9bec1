/** Faults that can't be made here: one change to what was seen of a really running, healthy tree. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checksById } from '../../src/doctor/checks/registry.ts';
import { diagnose } from '../../src/doctor/diagnose.ts';
import { isMendable } from '../../src/doctor/fix.ts';
import { diagnosisToJson, mendableToJson } from '../../src/doctor/json.ts';
import { maskSnapshot } from '../../src/doctor/mask.ts';
import type { Snapshot } from '../../src/doctor/snapshot.ts';
import { documentOf } from '../setup/document.ts';
import { needs } from '../setup/needs.ts';
import { fixtures } from './fixtures/all.ts';
import type { SnapshotFixture } from './fixtures/fixture.ts';
import { innocents } from './fixtures/innocent.ts';
import { startTree, type Tree } from './fixtures/tree.ts';

const changed = fixtures.filter((each): each is SnapshotFixture => 'change' in each);

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))(
  'a changed snapshot of a healthy tree',
  () => {
    let tree: Tree;
    let healthy: Snapshot;
    beforeAll(async () => {
      tree = await startTree('C runit', { services: { alpha: { log: true }, beta: {} } });
      healthy = await tree.snapshot();
    });
    afterAll(() => tree?.stop());

    for (const fixture of changed) {
      it(`${fixture.check}${fixture.variant === undefined ? '' : ` (${fixture.variant})`}`, () => {
        expect(diagnose(healthy).findings.map((finding) => finding.check)).not.toContain(fixture.check);
        const { findings, failed } = diagnose(fixture.change(healthy));
        expect(failed).toEqual([]);
        const found = findings.find((finding) => finding.check === fixture.check);
        expect(found, JSON.stringify(findings)).toBeDefined();
        expect(found?.severity).toBe(fixture.severity ?? checksById.get(fixture.check)?.severity);
        fixture.finding?.(found as NonNullable<typeof found>);
      });
    }
    for (const innocent of innocents) {
      it(`is not called a fault: ${innocent.title}`, () => {
        const { findings, failed } = diagnose(innocent.change(healthy));
        const named = findings.map((each) => each.check);
        expect({
          failed,
          claimed: findings.filter((each) => innocent.silent.includes(each.check)),
          found: innocent.found === undefined || named.includes(innocent.found),
        }).toEqual({ failed: [], claimed: [], found: true });
      });
    }
    it('is told as published, with what each fix would do', () => {
      for (const { change } of [...changed, ...innocents]) {
        const diagnosis = diagnose(change(healthy));
        const would = diagnosis.findings.filter(isMendable).map(mendableToJson);
        documentOf('doctor', JSON.stringify({ version: 1, ...diagnosisToJson(diagnosis), would }));
      }
    });
    it('saved, holds the command lines of the tree, of other processes only the name, and leads to the same findings', () => {
      const stranger = {
        ...(healthy.processes[0] as Snapshot['processes'][number]),
        pid: 4_096_000,
        ppid: 1,
        comm: 'mysql',
        argv: ['/usr/bin/mysql', '--password=TELL-NOBODY'],
        exe: '/usr/bin/mysql',
        cwd: '/srv/TELL-NOBODY',
        cwdId: 'other:3',
        fds: [{ fd: 1, target: '/srv/TELL-NOBODY/out', flags: null }],
        detail: null,
      };
      const short = (snapshot: Snapshot) =>
        diagnose(snapshot).findings.map(({ check, severity, service }) => ({ check, severity, service }));
      for (const change of [...changed.map((each) => each.change), ...innocents.map((each) => each.change)]) {
        const snapshot = change({ ...healthy, processes: [...healthy.processes, stranger] });
        const saved = maskSnapshot(snapshot);
        expect(JSON.stringify(saved)).not.toContain('TELL-NOBODY');
        expect(saved.processes.map((each) => each.pid)).toEqual(snapshot.processes.map((each) => each.pid));
        expect(short(saved)).toEqual(short(snapshot));
      }
      const commands = maskSnapshot(healthy).processes.map((each) => each.argv.join(' '));
      expect(commands).toContain('sleep 1000000');
      expect(commands).toContain('runsv alpha');
    });
  },
);
