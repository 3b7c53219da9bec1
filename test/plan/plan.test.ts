import { beforeEach, describe, expect, it } from 'vitest';
import { apply, applySurvey } from '../../src/plan/apply.ts';
import type { PlanWorld } from '../../src/plan/journal.ts';
import type { Operation, Plan } from '../../src/plan/operation.ts';
import { formatDiffs, formatTree, toJson } from '../../src/plan/preview.ts';
import { survey } from '../../src/plan/survey.ts';
import { surveyUndo, undo } from '../../src/plan/undo.ts';
import { shellWord } from '../../src/shell/words.ts';
import type { Files } from '../../src/system/ports.ts';
import { type DiskLiteral, memoryFiles, snapshot } from '../setup/memory-files.ts';

const JOURNAL = '/state/homerun/journal';

function world(disk: DiskLiteral): PlanWorld {
  return {
    files: memoryFiles({ '/home/ann': null, ...disk }),
    now: () => Date.UTC(2026, 10, 29),
    journal: JOURNAL,
  };
}

function plan(...operations: Operation[]): Plan {
  return { title: 'test', operations };
}

const home = (files: Files): Record<string, string> => snapshot(files, '/home/ann');

/** One of each kind of change. */
const DISK: DiskLiteral = {
  '/home/ann/.xinitrc': 'exec twm\n',
  '/home/ann/run': { run: '#!/bin/sh\n', mode: 0o644 },
  '/home/ann/old': 'x',
  '/home/ann/gone': 'bytes',
  '/home/ann/tree/a/b': 'deep',
  '/home/ann/tree/link': { link: 'a/b' },
  '/home/ann/loose': { link: '/nowhere' },
};
const EVERYTHING = plan(
  { kind: 'mkdir', path: '/home/ann/a/b/c', mode: 0o700 },
  { kind: 'write', path: '/home/ann/a/b/c/new', contents: 'n', mode: 0o755 },
  { kind: 'write', path: '/home/ann/.xinitrc', contents: 'hook\nexec twm\n' },
  { kind: 'chmod', path: '/home/ann/run', mode: 0o755 },
  { kind: 'rename', from: '/home/ann/old', to: '/home/ann/a/renamed' },
  { kind: 'remove', path: '/home/ann/gone' },
  { kind: 'remove', path: '/home/ann/tree', recursive: true },
  { kind: 'remove', path: '/home/ann/loose' },
  { kind: 'symlink', path: '/home/ann/link', target: '/home/ann/a' },
);

describe('a plan', () => {
  it('makes directories with their parents, files, links, modes, renames and removals', () => {
    const its = world(DISK);
    apply(EVERYTHING, its);
    expect(home(its.files)).toEqual({
      '/home/ann': 'dir',
      '/home/ann/.xinitrc': '0644 hook\nexec twm\n',
      '/home/ann/a': 'dir',
      '/home/ann/a/b': 'dir',
      '/home/ann/a/b/c': 'dir',
      '/home/ann/a/b/c/new': '0755 n',
      '/home/ann/a/renamed': '0644 x',
      '/home/ann/link': '-> /home/ann/a',
      '/home/ann/run': '0755 #!/bin/sh\n',
    });
  });

  it('that is done already writes nothing, not even a journal', () => {
    const its = world(DISK);
    apply(EVERYTHING, its);
    const again = plan(
      { kind: 'mkdir', path: '/home/ann/a/b/c', mode: 0o700 },
      { kind: 'write', path: '/home/ann/a/b/c/new', contents: 'n', mode: 0o755 },
      { kind: 'write', path: '/home/ann/.xinitrc', contents: 'hook\nexec twm\n' },
      { kind: 'chmod', path: '/home/ann/run', mode: 0o755 },
      { kind: 'remove', path: '/home/ann/gone' },
      { kind: 'symlink', path: '/home/ann/link', target: '/home/ann/a' },
    );
    const before = snapshot(its.files, '/');
    expect(apply(again, its)).toEqual({ changes: [], id: undefined });
    expect(snapshot(its.files, '/')).toEqual(before);
  });

  it('refuses as a whole when a single thing is in the way, and names each', () => {
    const its = world({ '/home/ann/bin': 'a file', '/home/ann/link': 'x' });
    const blocked = plan(
      { kind: 'mkdir', path: '/home/ann/service_all' },
      { kind: 'write', path: '/home/ann/bin/svl', contents: '' },
      { kind: 'symlink', path: '/home/ann/link', target: 'y' },
      { kind: 'write', path: '/home/ann/none/x', contents: '' },
      { kind: 'rename', from: '/home/ann/nothing', to: '/home/ann/x' },
      { kind: 'chmod', path: '/home/ann/nothing', mode: 0o755 },
    );
    expect(survey(blocked, its.files).problems.map(({ path, why }) => `${path}: ${why}`)).toEqual([
      '/home/ann/bin: a file is in the way, expected a directory',
      '/home/ann/link: a file is in the way',
      '/home/ann/none: the directory does not exist',
      '/home/ann/nothing: it does not exist',
    ]);
    const before = snapshot(its.files, '/');
    expect(() => apply(blocked, its)).toThrow(
      'test: /home/ann/bin: a file is in the way, expected a directory; and:',
    );
    expect(snapshot(its.files, '/')).toEqual(before);
  });

  it('names the directory that keeps a whole tree from being made, and nothing of what was to be in it', () => {
    const its = world({ '/home/ann/all': 'a file' });
    const blocked = plan(
      { kind: 'mkdir', path: '/home/ann/all/.new/log' },
      { kind: 'write', path: '/home/ann/all/.new/run', contents: '' },
      { kind: 'rename', from: '/home/ann/all/.new', to: '/home/ann/all/mpd' },
    );
    expect(survey(blocked, its.files).problems.map(({ path, why }) => `${path}: ${why}`)).toEqual([
      '/home/ann/all: a file is in the way, expected a directory',
    ]);
  });

  it('counts earlier operations as done for later ones', () => {
    const its = world({ '/home/ann/d/f': 'x' });
    const found = survey(
      plan(
        { kind: 'remove', path: '/home/ann/d/f' },
        { kind: 'remove', path: '/home/ann/d' },
        { kind: 'mkdir', path: '/home/ann/d' },
        { kind: 'write', path: '/home/ann/d/g', contents: 'y', mode: 0o644 },
        { kind: 'rename', from: '/home/ann/d', to: '/home/ann/e' },
      ),
      its.files,
    );
    expect(found.problems).toEqual([]);
    applySurvey(found, its);
    expect(home(its.files)).toEqual({ '/home/ann': 'dir', '/home/ann/e': 'dir', '/home/ann/e/g': '0644 y' });
  });

  it('writes through a link of a dotfile to its target and keeps the link', () => {
    const its = world({
      '/home/ann/dotfiles/xinitrc': 'old',
      '/home/ann/.xinitrc': { link: 'dotfiles/xinitrc' },
    });
    apply(plan({ kind: 'write', path: '/home/ann/.xinitrc', contents: 'new' }), its);
    expect(home(its.files)).toEqual({
      '/home/ann': 'dir',
      '/home/ann/.xinitrc': '-> dotfiles/xinitrc',
      '/home/ann/dotfiles': 'dir',
      '/home/ann/dotfiles/xinitrc': '0644 new',
    });
    undo(its, surveyUndo(its)!, false);
    expect(home(its.files)['/home/ann/dotfiles/xinitrc']).toBe('0644 old');
  });

  it('does not go round in a circle of links', () => {
    const its = world({ '/home/ann/a': { link: 'b' }, '/home/ann/b': { link: 'a' } });
    expect(survey(plan({ kind: 'write', path: '/home/ann/a', contents: '' }), its.files).problems).toEqual([
      { path: '/home/ann/a', why: 'the symbolic link leads in a circle', hint: 'Remove the link.' },
    ]);
  });

  it('throws on a relative path, which would depend on where it is called', () => {
    expect(() => survey(plan({ kind: 'mkdir', path: 'x' }), memoryFiles({}))).toThrow('absolute');
  });
});

describe('a journal that finds no room', () => {
  it('leaves nothing behind, its own folders neither', () => {
    const its = world(DISK);
    const before = snapshot(its.files, '/');
    const full = () => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    };
    // Directories still find room, contents do not.
    const files = new Proxy(its.files, {
      get(target, name: keyof Files) {
        if (['writeFileSync', 'writeSync', 'openSync'].includes(name)) return full;
        return (target[name] as (...args: unknown[]) => unknown).bind(target);
      },
    });
    expect(() => apply(EVERYTHING, { ...its, files })).toThrow(
      /no space left on the file system \(ENOSPC\)$/,
    );
    expect(snapshot(its.files, '/')).toEqual(before);
  });
});

describe('a step that fails', () => {
  const count = survey(EVERYTHING, memoryFiles(DISK)).changes.length;

  for (let step = 0; step < count; step++) {
    it(`number ${step + 1} of ${count} leaves everything as it was`, () => {
      const its = world(DISK);
      const before = home(its.files);
      const found = survey(EVERYTHING, its.files);
      const failing = found.changes[step]!;
      const path = failing.kind === 'rename' ? failing.from : failing.path;
      let armed = true;
      // Whatever would put this one thing in place fails, once.
      const files = new Proxy(its.files, {
        get(target, name: keyof Files) {
          const real = target[name] as (...args: unknown[]) => unknown;
          const writers = ['mkdirSync', 'renameSync', 'unlinkSync', 'chmodSync', 'symlinkSync'];
          if (!writers.includes(name)) return real.bind(target);
          return (...args: unknown[]) => {
            if (armed && args.some((arg) => arg === path)) {
              armed = false;
              throw Object.assign(new Error('full'), { code: 'ENOSPC' });
            }
            return real.apply(target, args);
          };
        },
      });
      expect(() => applySurvey(found, { ...its, files })).toThrow(
        /^test: \/home\/ann\/.*: no space left on the file system \(ENOSPC\)$/,
      );
      expect(armed).toBe(false);
      expect(home(its.files)).toEqual(before);
      expect(surveyUndo(its)).toBeUndefined();
    });
  }
});

describe('undo', () => {
  it('restores every byte, mode, link and tree', () => {
    const its = world(DISK);
    const before = home(its.files);
    apply(EVERYTHING, its);
    expect(undo(its, surveyUndo(its)!, false)).toEqual([]);
    expect(home(its.files)).toEqual(before);
    expect(surveyUndo(its)).toBeUndefined();
  });

  it('gives a changed file its old time back', () => {
    const its = world(DISK);
    its.files.utimesSync('/home/ann/.xinitrc', 1_000_000, 1_000_000);
    apply(EVERYTHING, its);
    expect(its.files.lstatSync('/home/ann/.xinitrc').mtimeMs).not.toBe(1_000_000_000);
    undo(its, surveyUndo(its)!, false);
    expect(its.files.lstatSync('/home/ann/.xinitrc').mtimeMs).toBe(1_000_000_000);
  });

  it('takes plans back one by one, the youngest first', () => {
    const its = world({});
    apply(plan({ kind: 'write', path: '/home/ann/f', contents: '1', mode: 0o644 }), its);
    apply({ title: 'second', operations: [{ kind: 'write', path: '/home/ann/f', contents: '2' }] }, its);
    expect(surveyUndo(its)!.entry.title).toBe('second');
    undo(its, surveyUndo(its)!, false);
    expect(home(its.files)['/home/ann/f']).toBe('0644 1');
    undo(its, surveyUndo(its)!, false);
    expect(home(its.files)).toEqual({ '/home/ann': 'dir' });
  });

  it('refuses when a person changed something since, touches nothing, and does it with force', () => {
    const its = world(DISK);
    const before = home(its.files);
    apply(EVERYTHING, its);
    its.files.writeFileSync('/home/ann/.xinitrc', 'mine\n');
    its.files.chmodSync('/home/ann/run', 0o700);
    its.files.writeFileSync('/home/ann/gone', 'again');
    const now = home(its.files);
    const found = surveyUndo(its)!;
    expect(found.conflicts).toEqual([
      { path: '/home/ann/gone', why: 'something else is there now' },
      { path: '/home/ann/run', why: 'its mode was changed since' },
      { path: '/home/ann/.xinitrc', why: 'it was changed since' },
    ]);
    expect(() => undo(its, found, false)).toThrow('not taken back');
    expect(home(its.files)).toEqual(now);
    undo(its, found, true);
    expect(home(its.files)).toEqual(before);
  });

  it('moves a directory back with force over one that was made in its place and holds something', () => {
    const its = world({ '/home/ann/supervise/lock': 'old' });
    apply(plan({ kind: 'rename', from: '/home/ann/supervise', to: '/home/ann/.supervise.root' }), its);
    its.files.mkdirSync('/home/ann/supervise');
    its.files.writeFileSync('/home/ann/supervise/lock', 'new');
    const found = surveyUndo(its);
    if (found === undefined) throw new Error('nothing to undo');
    expect(() => undo(its, found, false)).toThrow('/home/ann/supervise exists again');
    undo(its, found, true);
    expect(home(its.files)).toEqual({
      '/home/ann': 'dir',
      '/home/ann/supervise': 'dir',
      '/home/ann/supervise/lock': '0644 old',
    });
  });

  it('leaves a made directory that holds something now, and says so', () => {
    const its = world({});
    apply(plan({ kind: 'mkdir', path: '/home/ann/d' }), its);
    its.files.writeFileSync('/home/ann/d/mine', 'x', { mode: 0o644 });
    expect(undo(its, surveyUndo(its)!, false)).toEqual([{ path: '/home/ann/d', why: 'it is not empty' }]);
    expect(home(its.files)['/home/ann/d/mine']).toBe('0644 x');
  });

  it('takes back a plan that was interrupted in the middle', () => {
    const its = world(DISK);
    const before = home(its.files);
    const found = survey(EVERYTHING, its.files);
    let left = 4;
    const files = new Proxy(its.files, {
      get(target, name: keyof Files) {
        const real = target[name] as (...args: unknown[]) => unknown;
        if (name !== 'renameSync') return real.bind(target);
        return (...args: unknown[]) => {
          // Like kill -9: from here on nothing reaches the disk, the roll-back neither.
          if (String(args[1]).startsWith('/home/ann/') && --left <= 0) throw new Error('killed');
          return real.apply(target, args);
        };
      },
    });
    const dead = new Proxy(files, {
      get(target, name: keyof Files) {
        const real = target[name] as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          if (left <= 0 && /^(write|unlink|rmdir|chmod|rename|symlink|mkdir|utimes)/.test(name))
            throw new Error('killed');
          return real.apply(target, args);
        };
      },
    });
    left = 3;
    expect(() => applySurvey(found, { ...its, files: dead })).toThrow('killed');
    expect(home(its.files)).not.toEqual(before);
    expect(surveyUndo(its)!.entry.state).toBe('applying');
    undo(its, surveyUndo(its)!, false);
    expect(home(its.files)).toEqual(before);
  });
});

describe('the preview', () => {
  let its: PlanWorld;
  beforeEach(() => {
    its = world(DISK);
  });

  it('shows a tree', () => {
    expect(formatTree(survey(EVERYTHING, its.files), '/home/ann')).toBe(
      [
        '~',
        '├─ a/  new',
        '│  ├─ b/  new',
        '│  │  └─ c/  new',
        '│  │     └─ new  new, executable',
        '│  └─ renamed  moved from ~/old',
        '├─ .xinitrc  changed',
        '├─ run  mode 0644 becomes 0755',
        '├─ gone  removed',
        '├─ tree  removed',
        '├─ loose  removed',
        '└─ link -> ~/a  new',
      ].join('\n'),
    );
  });

  it('shows the diffs of files that exist', () => {
    expect(formatDiffs(survey(EVERYTHING, its.files), '/home/ann')).toBe(
      ['--- ~/.xinitrc', '+++ ~/.xinitrc', '@@ -1,1 +1,2 @@', '+hook', ' exec twm'].join('\n'),
    );
  });

  it('gives one object a change for --json', () => {
    expect(toJson(survey(EVERYTHING, its.files)).slice(2, 6)).toEqual([
      { action: 'mkdir', path: '/home/ann/a/b/c', mode: '0700' },
      { action: 'write', path: '/home/ann/a/b/c/new', exists: false, mode: '0755', contents: 'n' },
      {
        action: 'write',
        path: '/home/ann/.xinitrc',
        exists: true,
        mode: '0644',
        contents: 'hook\nexec twm\n',
      },
      { action: 'chmod', path: '/home/ann/run', mode: '0755', was: '0644' },
    ]);
  });

  it('quotes what a shell would not take as it is', () => {
    expect(["it's", 'plain/path-1', '', '$HOME', '-x'].map(shellWord)).toEqual([
      "'it'\\''s'",
      'plain/path-1',
      "''",
      "'$HOME'",
      '-x',
    ]);
  });
});
