/** A plan killed at any moment: what comes next finds the disk as it was before, or as it was wanted. */
import { describe, expect, it } from 'vitest';
import { apply } from '../../src/plan/apply.ts';
import type { PlanWorld } from '../../src/plan/journal.ts';
import type { Operation, Plan } from '../../src/plan/operation.ts';
import { recoverInterrupted, reversalsToShow, surveyUndo, undo } from '../../src/plan/undo.ts';
import type { Files } from '../../src/system/ports.ts';
import { type DiskLiteral, memoryFiles, snapshot } from '../setup/memory-files.ts';

const JOURNAL = '/home/ann/.local/state/homerun/journal';

const DISK: DiskLiteral = {
  '/home/ann/.xinitrc': 'exec twm\n',
  '/home/ann/run': { run: '#!/bin/sh\n', mode: 0o644 },
  '/home/ann/old': 'x',
  '/home/ann/gone': 'bytes',
  '/home/ann/tree/a/b': 'deep',
  '/home/ann/loose': { link: '/nowhere' },
};
const plan = (...operations: Operation[]): Plan => ({ title: 'test', operations });
const EVERYTHING = plan(
  { kind: 'mkdir', path: '/home/ann/a/b', mode: 0o700 },
  { kind: 'write', path: '/home/ann/a/b/new', contents: 'n', mode: 0o755 },
  { kind: 'write', path: '/home/ann/.xinitrc', contents: 'hook\nexec twm\n' },
  { kind: 'chmod', path: '/home/ann/run', mode: 0o755 },
  { kind: 'rename', from: '/home/ann/old', to: '/home/ann/a/renamed' },
  { kind: 'remove', path: '/home/ann/gone' },
  { kind: 'remove', path: '/home/ann/tree', recursive: true },
  { kind: 'remove', path: '/home/ann/loose' },
  { kind: 'symlink', path: '/home/ann/link', target: '/home/ann/a' },
);
/** As add-service does it: made under a hidden name, and renamed. */
const SERVICE = plan(
  { kind: 'mkdir', path: '/home/ann/all/.homerun-new-x' },
  { kind: 'write', path: '/home/ann/all/.homerun-new-x/run', contents: '#!/bin/sh\n', mode: 0o755 },
  { kind: 'mkdir', path: '/home/ann/all/.homerun-new-x/log' },
  { kind: 'write', path: '/home/ann/all/.homerun-new-x/log/run', contents: '#!/bin/sh\n', mode: 0o755 },
  { kind: 'rename', from: '/home/ann/all/.homerun-new-x', to: '/home/ann/all/mpd' },
  { kind: 'symlink', path: '/home/ann/link', target: '/home/ann/all/mpd' },
);

const CHANGING = /^(?:write|unlink|rmdir|chmod|lchown|rename|symlink|mkdir|utimes)/;

/** The files for a process that is killed at its call number `last` (from 1) that changes something. */
function mortal(files: Files, last: number): { files: Files; calls: () => number; dead: () => boolean } {
  let count = 0;
  const proxy = new Proxy(files, {
    get(target, name: keyof Files) {
      const real = target[name] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        if (CHANGING.test(name) && ++count >= last) throw new Error('killed');
        return real.apply(target, args);
      };
    },
  });
  return { files: proxy, calls: () => count, dead: () => count >= last };
}

/** A disk that has no room from its call number `first` on: nothing new can be written, all else goes on. */
function full(files: Files, first: number): Files {
  let count = 0;
  return new Proxy(files, {
    get(target, name: keyof Files) {
      const real = target[name] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        if (CHANGING.test(name)) count++;
        if (count >= first && ['writeFileSync', 'mkdirSync', 'symlinkSync'].includes(name)) {
          // As on a real disk: the name is there, its bytes are not.
          if (name === 'writeFileSync') target.writeFileSync(args[0] as string, '', args[2] as object);
          throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        }
        return real.apply(target, args);
      };
    },
  });
}

const worldOf = (files: Files, self: string): PlanWorld => ({
  files,
  now: () => Date.UTC(2026, 10, 29),
  journal: JOURNAL,
  self,
  alive: () => false,
});

function callsOf(disk: DiskLiteral, wanted: Plan): number {
  const counted = mortal(memoryFiles({ '/home/ann': null, ...disk }), Number.POSITIVE_INFINITY);
  apply(wanted, worldOf(counted.files, 'count'));
  return counted.calls();
}

/** Folders of the journal that were made before there was a journal to note them in. */
const withoutState = (found: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(found).filter(([path]) => !path.startsWith('/home/ann/.local')));

for (const [title, disk, wanted] of [
  ['of every kind of change', DISK, EVERYTHING],
  ['that makes a service', { '/home/ann/all': null }, SERVICE],
] as const) {
  const calls = callsOf(disk, wanted);

  describe(`a plan ${title}`, () => {
    it(`killed at any of its ${calls} calls that change something, is taken back by the next command`, () => {
      for (let last = 1; last <= calls; last++) {
        const files = memoryFiles({ '/home/ann': null, ...disk });
        const before = snapshot(files, '/home/ann');
        const first = mortal(files, last);
        expect(() => apply(wanted, worldOf(first.files, 'first'))).toThrow('killed');
        // The recovery is killed, too, elsewhere each time.
        const second = mortal(files, (last % 13) + 1);
        try {
          recoverInterrupted(worldOf(second.files, 'second'));
        } catch {
          expect(second.dead()).toBe(true);
        }
        const third = worldOf(files, 'third');
        const found = recoverInterrupted(third);
        expect([last, found.map(({ problem }) => problem)]).toEqual([last, found.map(() => undefined)]);
        const after = snapshot(files, '/home/ann');
        expect([last, withoutState(after)]).toEqual([last, before]);
        expect(Object.keys(after).filter((path) => path.startsWith(JOURNAL))).toEqual([]);

        // And the plan can be made as if nothing had been (not looked at each time: it takes long).
        if (last % 7 !== 0) continue;
        apply(wanted, third);
        undo(third, surveyUndo(third)!, false);
        expect([last, withoutState(snapshot(files, '/home/ann'))]).toEqual([last, before]);
      }
    });

    it(`on a disk that is full from any of its ${calls} calls on, says so, and leaves everything as it was`, () => {
      for (let first = 1; first <= calls; first++) {
        const files = memoryFiles({ '/home/ann': null, ...disk });
        const before = snapshot(files, '/home/ann');
        const then = worldOf(files, 'then');
        try {
          apply(wanted, worldOf(full(files, first), 'first'));
          // No call after this one needed room.
          expect(surveyUndo(then)?.entry.state).toBe('done');
          undo(then, surveyUndo(then)!, false);
        } catch (error) {
          expect((error as Error).message).toMatch(
            /^test: \/.*: no space left on the file system \(ENOSPC\)$/,
          );
        }
        expect([first, snapshot(files, '/home/ann')]).toEqual([first, before]);
        expect(surveyUndo(then)).toBeUndefined();
      }
    });
  });
}

describe('an undo that is killed at any call', () => {
  const files = () => {
    const made = memoryFiles({ '/home/ann': null, ...DISK });
    const before = snapshot(made, '/home/ann');
    apply(EVERYTHING, worldOf(made, 'first'));
    return { made, before };
  };
  it('is taken to its end by the next one', () => {
    for (let last = 1; ; last++) {
      const { made, before } = files();
      const dying = worldOf(mortal(made, last).files, 'second');
      try {
        undo(dying, surveyUndo(dying)!, false);
        break;
      } catch (error) {
        expect((error as Error).message).toMatch(/killed/);
      }
      const next = worldOf(made, 'third');
      const left = surveyUndo(next);
      expect([last, left?.conflicts ?? []]).toEqual([last, []]);
      if (left !== undefined) undo(next, left, false);
      expect([last, withoutState(snapshot(made, '/home/ann'))]).toEqual([last, before]);
    }
  });
});

describe('an interrupted plan', () => {
  const interrupt = (wanted: Plan, last: number) => {
    const files = memoryFiles({ '/home/ann': null, ...DISK, '/home/ann/all': null });
    expect(() => apply(wanted, worldOf(mortal(files, last).files, 'first'))).toThrow('killed');
    return files;
  };

  it('is left alone while the process that applies it lives', () => {
    const files = interrupt(EVERYTHING, 20);
    const now = snapshot(files, '/home/ann');
    const world = { ...worldOf(files, 'second'), alive: (process: string) => process === 'first' };
    expect(recoverInterrupted(world)).toEqual([]);
    expect(() => surveyUndo(world)).toThrow('test: another homerun is doing it at this moment');
    expect(snapshot(files, '/home/ann')).toEqual(now);
  });

  it('is not taken back over what a person made of it since', () => {
    const files = interrupt(
      plan({ kind: 'write', path: '/home/ann/svl', contents: 'ours' }, ...EVERYTHING.operations),
      20,
    );
    files.writeFileSync('/home/ann/svl', 'mine');
    const [found] = recoverInterrupted(worldOf(files, 'second'));
    expect(found?.problem).toBe('test: not taken back:\n  /home/ann/svl: it was changed since');
    expect(files.readFileSync('/home/ann/svl', 'utf8')).toBe('mine');
    expect(surveyUndo(worldOf(files, 'second'))?.entry.title).toBe('test');
  });
});

describe('undo of a service that was made', () => {
  const make = () => {
    const files = memoryFiles({ '/home/ann/all': null });
    apply(SERVICE, worldOf(files, 'first'));
    return { files, world: worldOf(files, 'second') };
  };

  it('names its files as a person finds them', () => {
    const { world } = make();
    expect(
      reversalsToShow(surveyUndo(world)!).flatMap((each) =>
        'path' in each && !each.path.startsWith('/home/ann/.local') ? [each.path] : [each.kind],
      ),
    ).toEqual([
      '/home/ann/link',
      '/home/ann/all/mpd/log/run',
      '/home/ann/all/mpd/log',
      '/home/ann/all/mpd/run',
      '/home/ann/all/mpd',
    ]);
  });

  it('does not throw away a run script that was changed since', () => {
    const { files, world } = make();
    files.writeFileSync('/home/ann/all/mpd/run', 'mine');
    const found = surveyUndo(world)!;
    expect(found.conflicts).toEqual([{ path: '/home/ann/all/mpd/run', why: 'it was changed since' }]);
    expect(() => undo(world, found, false)).toThrow('not taken back');
    expect(files.readFileSync('/home/ann/all/mpd/run', 'utf8')).toBe('mine');
  });

  it('leaves what a person put beside them under the name it has, not under a hidden one', () => {
    const { files, world } = make();
    files.writeFileSync('/home/ann/all/mpd/finish', 'mine');
    expect(undo(world, surveyUndo(world)!, false)).toEqual([
      { path: '/home/ann/all/mpd', why: 'it is not empty' },
    ]);
    expect(files.readdirSync('/home/ann/all')).toEqual(['mpd']);
    expect(files.readdirSync('/home/ann/all/mpd')).toEqual(['finish']);
  });
});
