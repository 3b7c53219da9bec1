/** `homerun doctor` and `explain` as a person uses them: in terminals of 80 and 60 columns, and without one. */
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checks } from '../../src/doctor/checks/registry.ts';
import { formatExplanation } from '../../src/doctor/report.ts';
import { documentOf } from '../setup/document.ts';
import { type Home, makeHome, ROOT } from '../setup/home.ts';
import { needs } from '../setup/needs.ts';
import { openTerminal, type TestTerminal } from '../setup/terminal.ts';
import { until } from '../setup/until.ts';

const SLEEPER = '#!/bin/sh\nexec 2>&1\nexec sleep 1000000\n';
const plain = (text: string) => text;
const PALETTE = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };

describe.skipIf(!needs('tmux'))('homerun doctor', () => {
  let home: Home;
  let terminal: TestTerminal | undefined;
  const runOf = (name: string): string => join(home.layout.serviceAll, name, 'run');
  const mode = (name: string): number => statSync(runOf(name)).mode & 0o777;
  const open = async (columns: number): Promise<TestTerminal> => {
    terminal = await openTerminal(
      { ...home.env, PATH: `${join(ROOT, 'bin')}:${home.env.PATH}` },
      columns,
      24,
    );
    return terminal;
  };
  const isUp = (name: string) => home.look().get(name)?.judgement.state === 'run';
  /** Takes the right from run of some services, and ends what runs of them. */
  const breakThem = async (...names: string[]): Promise<void> => {
    for (const name of names) chmodSync(runOf(name), 0o644);
    // Not by `sv term`, which would wait seven seconds for a start that can not come.
    for (const name of names) writeFileSync(join(home.layout.serviceAll, name, 'supervise/control'), 't');
    await until('down', () => names.every((name) => !isUp(name)));
  };

  beforeAll(async () => {
    home = makeHome();
    const { svl, runner, serviceDir } = home.layout;
    for (const [path, line] of [
      [svl, `SVDIR='${serviceDir}' exec '${join(ROOT, 'runit/sv')}' "$@"`],
      [
        runner,
        `exec '${join(ROOT, 'runit/runsvdir')}' --shared -P '${serviceDir}' 'log: ${'.'.repeat(100)}'`,
      ],
    ] as const) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    }
    for (const name of ['alpha', 'beta', 'gamma']) home.service(name, { run: SLEEPER, log: null });
    await home.start({ shared: true });
    await until('all up', () => ['alpha', 'beta', 'gamma'].every(isUp));
  });
  afterEach(async () => {
    terminal?.close();
    terminal = undefined;
    for (const name of ['alpha', 'beta', 'gamma']) chmodSync(runOf(name), 0o755);
    await until('all up again', () => ['alpha', 'beta', 'gamma'].every(isUp));
  });
  afterAll(() => home?.close());

  it('says in one line that all is well, with exit code 0', async () => {
    const answer = await home.homerun('doctor', '--sample', '0');
    expect({ ...answer, stdout: answer.stdout.split('\n')[0] }).toMatchObject({ code: 0, stderr: '' });
    expect(answer.stdout).toMatch(/^healthy {2}3 services: 3 up; \d+ checks, nothing wrong\n/);
  });

  it('shows a fault within 80 and within 60 columns, and exits 1', async () => {
    await breakThem('alpha');
    for (const columns of [80, 60]) {
      const shown = await open(columns);
      shown.type('homerun doctor alpha --sample 1; echo "exit $?"');
      const screen = await shown.shows(/^exit \d/m);
      expect(screen).toMatch(/^error {4}alpha: run is not executable/m);
      expect(screen).toMatch(/^exit 1$/m);
      // A line that tmux had to break fills the width, and goes on at the first column.
      const lines = screen.split('\n');
      const broken = lines.filter(
        (line, at) => line.length >= columns && /^[^\s$]/.test(lines[at + 1] ?? ''),
      );
      expect(broken).toEqual([]);
      shown.close();
    }
  });

  it('asks before each fix; Ctrl-C at the first question changes nothing, at the second keeps the first', async () => {
    await breakThem('alpha', 'beta');
    const shown = await open(80);
    shown.type('homerun doctor --fix --sample 1; echo "exit $?"');
    await shown.shows(/make run executable\?/);
    shown.keys('C-c');
    expect(await shown.shows(/^exit \d/m)).toMatch(/homerun: cancelled: nothing was changed\nexit 1/);
    expect([mode('alpha'), mode('beta')]).toEqual([0o644, 0o644]);

    shown.type('clear; homerun doctor --fix --sample 1; echo "exit $?"');
    await shown.shows(/error {4}alpha[\s\S]*● Yes/);
    shown.keys('Enter');
    await shown.shows(/error {4}beta[\s\S]*● Yes/);
    shown.keys('C-c');
    const left = await shown.shows(/^exit \d/m);
    // It is broken at the terminal's width.
    expect(left.replace(/\n */g, ' ')).toContain(
      'doctor: cancelled; done before that, and kept: alpha: make run executable',
    );
    expect(left).toMatch(/^exit 1$/m);
    expect([mode('alpha'), mode('beta')]).toEqual([0o755, 0o644]);
  });

  it('mends, looks again, and undo takes it back', async () => {
    await breakThem('alpha');
    const shown = await open(80);
    shown.type('homerun doctor --fix --sample 1; echo "exit $?"');
    await shown.shows(/make run executable\?/);
    shown.keys('Enter');
    const screen = await shown.shows(/^exit \d/m);
    expect(screen).toMatch(/^mended {3}alpha: run-not-executable$/m);
    expect(screen).toMatch(/^healthy {2}3 services: 3 up; /m);
    expect(screen).toMatch(/To take the last change back: homerun undo\nexit 0/);
    expect(mode('alpha')).toBe(0o755);

    shown.type('clear; homerun undo; echo "exit $?"');
    await shown.shows(/gives ~\/service_all\/alpha\/run its mode 0644 back[\s\S]*Take it back\?/);
    shown.keys('Enter');
    expect(await shown.shows(/^exit \d/m)).toMatch(/^exit 0$/m);
    expect(mode('alpha')).toBe(0o644);
  });

  it('without a terminal asks nothing: --dry-run, --fix, names, files and options each have their exit code', async () => {
    await breakThem('alpha');
    const before = readFileSync(runOf('alpha'), 'utf8');
    const told = async (...words: string[]) => {
      const { code, stdout, stderr } = await home.homerun('doctor', ...words);
      return { code, out: stdout !== '', err: stderr.split('\n')[0] };
    };
    const [dry, fix, unknown, noFile, noSnapshot, both] = await Promise.all([
      home.homerun('doctor', '--dry-run', '--sample', '1'),
      told('--fix', '--sample', '1'),
      told('nosuch', '--sample', '0'),
      told('--from', 'nowhere.json'),
      (async () => {
        writeFileSync(join(home.folder, 'garbage.json'), '{"version":99}');
        return told('--from', join(home.folder, 'garbage.json'));
      })(),
      told('--from', 'x', '--fix'),
    ]);
    expect(dry.code).toBe(1);
    expect(dry.stdout).toMatch(/chmod 0755 ~\/service_all\/alpha\/run\n[\s\S]*Nothing was changed\.\n$/);
    expect(fix).toMatchObject({ code: 2, err: expect.stringContaining('there is no terminal to ask on') });
    expect(unknown).toMatchObject({
      code: 2,
      err: expect.stringContaining('nosuch: there is no such service'),
    });
    expect(noFile).toMatchObject({
      code: 2,
      err: expect.stringContaining('nowhere.json: file does not exist'),
    });
    expect(noSnapshot).toMatchObject({ code: 2, err: expect.stringContaining('its version is 99') });
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining('--from judges what was saved') });
    expect([mode('alpha'), readFileSync(runOf('alpha'), 'utf8')]).toEqual([0o644, before]);
  });

  it('saves what it saw with name and home masked; --from finds the same; JSON is as published', async () => {
    await breakThem('alpha');
    const file = join(home.folder, 'seen.json');
    const live = documentOf(
      'doctor',
      (await home.homerun('doctor', '--json', '--sample', '1', '--save', file)).stdout,
    );
    const saved = readFileSync(file, 'utf8');
    expect([saved.includes(home.folder), /\btester\b/.test(saved), statSync(file).mode & 0o777]).toEqual([
      false,
      false,
      0o600,
    ]);
    const again = await home.homerun('doctor', '--json', '--from', file);
    const told = documentOf('doctor', again.stdout);
    const short = (answer: { findings: { check: string; severity: string; service: string | null }[] }) =>
      answer.findings
        .filter(({ severity }) => severity !== 'info')
        .map(({ check, severity, service }) => ({ check, severity, service }));
    expect(short(live)).toEqual([{ check: 'run-not-executable', severity: 'error', service: 'alpha' }]);
    expect([again.code, short(told)]).toEqual([1, short(live)]);
  });

  it('--dry-run --json says what it would do; --fix --yes --json mends and prints one document', async () => {
    await breakThem('alpha');
    const dry = await home.homerun('doctor', '--dry-run', '--json', '--sample', '1');
    const [would, ...others] = documentOf('doctor', dry.stdout).would;
    expect([dry.code, others, would.check, would.fix.risk]).toEqual([1, [], 'run-not-executable', 'safe']);
    expect(would.operations).toEqual([{ kind: 'chmod', path: runOf('alpha'), mode: 0o755 }]);
    const { code, stdout } = await home.homerun('doctor', '--fix', '--yes', '--json', '--sample', '1');
    const answer = documentOf('doctor', stdout);
    expect([code, answer.ok, answer.mended]).toEqual([
      0,
      true,
      [{ check: 'run-not-executable', service: 'alpha', path: runOf('alpha'), result: 'mended' }],
    ]);
    const nothing = await home.homerun('doctor', '--fix', '--yes', '--json', '--sample', '0');
    expect([nothing.code, documentOf('doctor', nothing.stdout).mended]).toEqual([0, []]);
  });

  it('--list and explain know every check', async () => {
    const [list, listed, all, one, oneOfAll, wrong] = await Promise.all([
      home.homerun('doctor', '--list'),
      home.homerun('doctor', '--list', '--json'),
      home.homerun('explain', '--json'),
      home.homerun('explain', 'run-not-executable'),
      home.homerun('explain', 'run-not-executable', '--json'),
      home.homerun('explain', 'run-not-executed'),
    ]);
    const ids = checks.map(({ id }) => id);
    expect(list.stdout.split('\n').flatMap((line) => /^([a-zA-Z0-9-]+) {2}/.exec(line)?.[1] ?? [])).toEqual(
      ids,
    );
    const { checks: told } = documentOf('explain', all.stdout);
    expect(told.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(documentOf('doctor', listed.stdout).checks).toEqual(told);
    expect(documentOf('explain', oneOfAll.stdout)).toEqual({
      version: 1,
      ...told[ids.indexOf('run-not-executable')],
    });
    expect([list.code, all.code, one.code, wrong.code]).toEqual([0, 0, 0, 2]);
    expect(one.stdout).toBe(
      formatExplanation(
        checks.find(({ id }) => id === 'run-not-executable') as (typeof checks)[number],
        80,
        PALETTE,
      ),
    );
    expect(wrong.stderr).toContain('Did you mean run-not-executable');
  });

  it('explains every check within 80 and within 60 columns, but for words and commands that are longer', () => {
    for (const columns of [80, 60]) {
      const long = checks.flatMap((check) =>
        formatExplanation(check, columns, PALETTE)
          .split('\n')
          .filter((line) => line.length > columns && line.trim().includes(' ') && !line.startsWith('  '))
          .map((line) => `${check.id}: ${line}`),
      );
      expect(long).toEqual([]);
    }
  });
});
