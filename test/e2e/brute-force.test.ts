/** `homerun doctor NAME --brute-force`: ./run by hand as runsv would start it, and the service put back in any case. */
import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pidOf } from '../../src/everyday/status-view.ts';
import { type Home, makeHome, ROOT } from '../setup/home.ts';
import { needs } from '../setup/needs.ts';
import { openTerminal } from '../setup/terminal.ts';
import { until } from '../setup/until.ts';

const HOMERUN = join(ROOT, 'bin/homerun');
const SLEEPER = '#!/bin/sh\nexec sleep 100000\n';

describe.skipIf(!needs('runsvdir', 'tmux'))('doctor NAME --brute-force', () => {
  let home: Home;
  const names = ['works', 'breaks', 'plain', 'asked', 'hung'];

  const runs = (name: string, but = 0): Promise<number> =>
    until(`${name} runs`, () => {
      const row = home.look().get(name);
      const pid = row === undefined ? null : pidOf(row.facts);
      return row?.judgement.state === 'run' && pid !== but && pid;
    });
  const replace = (name: string, run: string): void => {
    writeFileSync(join(home.layout.serviceAll, name, 'run'), run);
  };
  /** Its lines, with the figures that differ each time taken out. */
  const told = (text: string): string[] =>
    text
      .replace(/\d+(\.\d+)? s\b/g, 'N s')
      .replace(/pid \d+/, 'pid N')
      .split('\n')
      .slice(0, -1);

  beforeAll(async () => {
    home = makeHome('system');
    for (const name of names) home.service(name, { run: SLEEPER, log: null });
    home.service('once', { run: SLEEPER, log: null, down: true });
    home.env.GIVEN = 'what the supervisor has';
    const umask = process.umask(0o027);
    await home.start();
    process.umask(umask);
    delete home.env.GIVEN;
  });
  afterAll(() => home.close());

  it.concurrent('shows what ./run says in its directory, with the environment and umask of the supervisor, and how it ends', async () => {
    await runs('breaks');
    replace('breaks', '#!/bin/sh\necho "$GIVEN"; umask >&2\npwd; read line || printf "no input"\nexit 3\n');
    const { code, stdout, stderr } = await home.homerun('doctor', 'breaks', '--brute-force');
    const lines = told(stdout);
    // stdout and stderr are two pipes: what comes first is not known.
    expect({
      code,
      stderr,
      lines: [...lines.slice(0, 2), ...lines.slice(2, 6).sort(), ...lines.slice(6)],
    }).toEqual({
      code: 1,
      stderr: '',
      lines: [
        '1. breaks goes down',
        '2. cd ~/service_all/breaks; ./run (environment of the supervisor, pid N)',
        `  | ${join(home.layout.serviceAll, 'breaks')}`,
        '  | 0027',
        '  | no input',
        '  | what the supervisor has',
        '3. ./run ended by itself after N s with exit code 3: runsv would start it again and again',
        '4. breaks is wanted up again',
        'Change ~/service_all/breaks/run, and try again: homerun doctor breaks --brute-force',
      ],
    });
    // runsv is told by its FIFO, and says so when it has read it.
    await until('breaks is wanted up', () => home.look().get('breaks')?.facts.slot?.want === 'up');
  });

  it.concurrent('ends a ./run that has stayed up, with all that it started, and the service runs again', async () => {
    const pid = await runs('works');
    replace('works', '#!/bin/sh\nif mkdir trial; then sleep 100001 & echo "$!"; fi\nexec sleep 100000\n');
    const { code, stdout } = await home.homerun('doctor', 'works', '--brute-force', '--sample', '1');
    const helper = Number(/^ {2}\| (\d+)$/m.exec(stdout)?.[1]);
    expect({ code, lines: told(stdout) }).toEqual({
      code: 0,
      lines: [
        '1. works goes down',
        '2. cd ~/service_all/works; ./run (environment of the supervisor, pid N)',
        `  | ${helper}`,
        '3. ./run stayed up for N s, then it was ended: run works in the environment of the service',
        '4. works is wanted up again',
      ],
    });
    expect(() => process.kill(helper, 0)).toThrow(/ESRCH/);
    await runs('works', pid);
  });

  it.concurrent('says why ./run can not be started', async () => {
    await runs('plain');
    chmodSync(join(home.layout.serviceAll, 'plain/run'), 0o644);
    const { code, stdout } = await home.homerun('doctor', 'plain', '--brute-force');
    expect([code, told(stdout).at(2)]).toEqual([1, '3. ./run could not be started: access denied']);
  });

  it.concurrent('takes down what runs though it is not wanted up, and starts it once again', async () => {
    await home.homerun('once', 'once');
    const pid = await runs('once');
    const { code, stdout } = await home.homerun('doctor', 'once', '--brute-force', '--sample', '1');
    const lines = told(stdout);
    expect([code, lines[0], lines.at(-1)]).toEqual([0, '1. once goes down', '4. once is started once again']);
    await runs('once', pid);
  });

  it.concurrent('asks on a terminal; Ctrl-C in the middle puts the service back', async () => {
    const pid = await runs('asked');
    const terminal = await openTerminal(home.env, 80, 24);
    const command = `node ${HOMERUN} doctor asked --brute-force --sample 600; echo code $?`;
    try {
      terminal.type(`clear; ${command}`);
      await terminal.shows(/● Yes/);
      terminal.keys('n');
      await terminal.shows(/^code 1$/m);
      expect(await runs('asked')).toBe(pid);
      replace('asked', '#!/bin/sh\necho it is here\nexec sleep 100000\n');
      terminal.type(`clear; ${command}`);
      await terminal.shows(/● Yes/);
      terminal.keys('Enter');
      await terminal.shows(/\| it is here$/m);
      terminal.keys('C-c');
      const screen = await terminal.shows(/^code 1$/m);
      expect(screen).toMatch(
        /^3\. \.\/run was ended after \d+\.\d s: that proves nothing\n4\. asked is wanted up again$/m,
      );
    } finally {
      terminal.close();
    }
    await runs('asked', pid);
  });

  it.concurrent('puts the service back when its terminal goes away', async () => {
    const pid = await runs('hung');
    replace('hung', '#!/bin/sh\necho it is here\nexec sleep 100000\n');
    const child = home.own(
      spawn(process.execPath, [HOMERUN, 'doctor', 'hung', '--brute-force', '--sample', '600'], {
        env: home.env,
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    let said = '';
    child.stdout?.on('data', (chunk) => {
      said += chunk;
    });
    await until('./run has spoken', () => said.includes('it is here'));
    child.kill('SIGHUP');
    await runs('hung', pid);
    await until('it has ended', () => child.exitCode === 1);
  });
});
