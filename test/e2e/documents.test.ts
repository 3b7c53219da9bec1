/** The documents of --json in the life of one home, each held against its schema; --json says nothing else on stdout. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { documentOf } from '../setup/document.ts';
import { makeHome, type TestHome } from '../setup/fresh-home.ts';
import { until } from '../setup/until.ts';

function homeOfTest({ onTestFinished }: TestContext): TestHome {
  const home = makeHome();
  onTestFinished(() => home.remove());
  return home;
}

/** The document of a command that ends with this exit code and says nothing on stderr. */
async function told(home: TestHome, code: number, command: string, ...words: string[]) {
  const said = await home.aside.homerun(command, ...words, '--json');
  expect({ command, words, code: said.code, stderr: said.stderr }).toEqual({
    command,
    words,
    code,
    stderr: '',
  });
  return documentOf(command, said.stdout);
}

describe.concurrent('--json', () => {
  it('of init, add-service, up, down, undo and uninstall', async (test) => {
    const home = homeOfTest(test);
    const service = join(home.path, 'service_all/n');
    const link = join(home.path, 'service_gui/n');
    const add = ['n', '-c', 'sleep 1000000'];
    const engine = ['--engine', 'bundled'];

    expect(await told(home, 0, 'undo')).toMatchObject({ dryRun: false, undone: null });
    expect(await told(home, 0, 'undo', '--dry-run')).toMatchObject({ would: null, conflicts: [] });
    expect(await told(home, 0, 'uninstall')).toMatchObject({
      ok: true,
      dryRun: false,
      changes: [],
      kept: [],
    });

    writeFileSync(join(home.path, 'service_all'), 'a file of mine');
    const blocked = await told(home, 1, 'init', ...engine);
    expect([blocked.ok, blocked.problems[0].path]).toEqual([false, join(home.path, 'service_all')]);
    rmSync(join(home.path, 'service_all'));
    const would = await told(home, 0, 'init', ...engine, '--dry-run');
    const done = await told(home, 0, 'init', ...engine);
    expect([would.dryRun, done]).toEqual([true, { ...would, dryRun: false }]);
    expect(done.changes.length).toBeGreaterThan(5);
    expect(await told(home, 0, 'init')).toMatchObject({ ok: true, changes: [], problems: [] });

    const shown = await told(home, 0, 'add-service', '--show', '-t', 'newtest');
    expect(shown.files.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining(['run', 'log/run']),
    );
    const planned = await told(home, 0, 'add-service', ...add, '--dry-run');
    expect(planned).toMatchObject({ dryRun: true, name: 'n', folder: service, link });
    const made = await told(home, 0, 'add-service', ...add);
    const { dryRun, ...rest } = planned;
    expect(made).toEqual({ ...rest, dryRun: false, up: false, pid: null, why: 'no supervisor' });

    const started = await told(home, 0, 'up');
    expect(started).toMatchObject({ ok: true, started: true, services: ['n'], silent: [] });
    expect(await told(home, 0, 'up')).toEqual({ ...started, started: false });
    expect(await told(home, 0, 'down', 'n')).toEqual({ version: 1, ok: true, stopped: ['n'] });
    expect(await told(home, 0, 'up', 'n')).toEqual({ version: 1, ok: true, services: ['n'] });
    expect(await told(home, 1, 'up', 'nosuch')).toMatchObject({ ok: false });
    const second = await told(home, 0, 'add-service', 'two', '-c', 'sleep 1000000', '--no-log');
    expect(second).toMatchObject({ up: true, pid: expect.any(Number), why: null, log: null });

    const undoable = await told(home, 0, 'undo', '--dry-run');
    const undone = await told(home, 0, 'undo');
    expect([undoable.would.id, undoable.would.title, undoable.undone]).toEqual([
      undone.undone,
      undone.title,
      null,
    ]);
    expect(existsSync(join(home.path, 'service_all/two'))).toBe(false);

    expect(await told(home, 0, 'down')).toEqual({ version: 1, ok: true, supervisors: 1, left: [] });
    expect(await told(home, 0, 'down')).toEqual({ version: 1, ok: true, supervisors: 0, left: [] });
    await until('no process is left', () => home.processes().length === 0);
    const going = await told(home, 0, 'uninstall', '--dry-run');
    expect(going.kept.map(({ path }: { path: string }) => path)).toContain(join(home.path, 'service_all'));
    expect(await told(home, 0, 'uninstall')).toEqual({ ...going, dryRun: false });
  });

  it('of the kinds of changes that undo knows', async (test) => {
    const home = homeOfTest(test);
    const run = join(home.path, 'service_all/n/run');
    const kinds = async (): Promise<string[]> => {
      const { would } = await told(home, 0, 'undo', '--dry-run');
      return would.reversals.map(({ kind }: { kind: string }) => kind);
    };
    await told(home, 0, 'init', '--engine', 'bundled');
    expect(await kinds()).toEqual(expect.arrayContaining(['directory-made', 'file-made']));
    await told(home, 0, 'add-service', 'n', '-c', 'sleep 1000000');
    expect(await kinds()).toEqual(expect.arrayContaining(['renamed', 'link-made']));
    home.env.EDITOR = 'sed -i s/1000000/2000000/';
    expect((await home.aside.homerun('edit', 'n')).code).toBe(0);
    expect(await kinds()).toEqual(['file-changed']);
    writeFileSync(run, '#!/bin/sh\n# mine\n');
    const { conflicts } = await told(home, 0, 'undo', '--dry-run');
    expect(conflicts.map(({ path }: { path: string }) => path)).toEqual([run]);
    expect((await home.aside.homerun('remove', 'n', '--yes')).code).toBe(0);
    expect(await kinds()).toEqual(expect.arrayContaining(['removed']));
  });

  it('does not go with what is for a person in front of it', async (test) => {
    const home = homeOfTest(test);
    await told(home, 0, 'init', '--engine', 'bundled');
    for (const words of [
      ['up', '--foreground'],
      ['doctor', 'n', '--brute-force'],
      ['status', '--watch'],
    ]) {
      expect(await home.aside.homerun(...words, '--json')).toMatchObject({ code: 2, stdout: '' });
    }
  });
});
