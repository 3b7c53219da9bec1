/** The runner when Node or homerun is no longer where it was: after nvm, or an upgrade of the system. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeHome, type TestHome } from '../setup/fresh-home.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { commandLine, supervisors } from './session.ts';

vi.setConfig({ testTimeout: 240_000 });

let home: TestHome;
afterEach(() => home.remove());

const runner = (): string => join(home.path, '.config/homerun/runsvdir_ann.sh');

/** What the runner itself calls, without Node and without a runit. */
const TOOLS = [
  'sh',
  'tr',
  'id',
  'flock',
  'sleep',
  'env',
  'true',
  'readlink',
  'setsid',
  'sed',
  'dirname',
  'cat',
  'mkdir',
];

function start(): { child: ChildProcess; said: () => string; ended: Promise<number | null> } {
  const child = spawn(runner(), { env: home.env, cwd: home.path, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (data: Buffer) => {
    said += String(data);
  });
  return { child, said: () => said, ended: new Promise((done) => child.on('close', (code) => done(code))) };
}

const supervisor = (): number | undefined => supervisors(home)[0];

describe.skipIf(!needs('runsvdir', 'flock'))('the runner, when Node is not where it was', () => {
  beforeEach(() => {
    home = makeHome();
    expect(home.homerun('init', '--engine', 'bundled', '--session', 'none').code).toBe(0);
    // The usual places of this machine are taken out, so that the test decides where a Node and a runit are.
    const text = readFileSync(runner(), 'utf8')
      .replace(/^last_node=.*$/m, 'last_node=/gone/bin/node')
      .replace(/^bundled=.*$/m, 'bundled=/gone/homerun/runit')
      .replace(/^system=.*$/m, 'system=/gone/runit')
      .replace(/\/usr\/local\/bin\/node[^"]*?\/snap\/bin\/node/, '/gone/usual/node');
    expect(text).not.toMatch(/\/usr\/bin\/node/);
    writeFileSync(runner(), text);
    const tools = join(home.path, 'tools');
    mkdirSync(tools);
    for (const tool of TOOLS) {
      symlinkSync(
        home.run('sh', '-c', `command -v ${tool}`).stdout.trim() || `/bin/${tool}`,
        join(tools, tool),
      );
    }
    home.env.PATH = tools;
  });

  it('finds the one that nvm has now, and the homerun in it, past one that is too old', async () => {
    const versions = join(home.path, '.nvm/versions/node');
    const old = join(versions, 'v18.0.0/bin/node');
    const now = join(versions, 'v20.99.0/bin/node');
    for (const path of [old, now]) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(old, '#!/bin/sh\nexit 1\n');
    chmodSync(old, 0o755);
    symlinkSync(process.execPath, now);
    mkdirSync(join(versions, 'v20.99.0/lib/node_modules'), { recursive: true });
    symlinkSync(resolve('.'), join(versions, 'v20.99.0/lib/node_modules/homerun'));

    const { child, said, ended } = start();
    const pid = await until('the bundled supervisor runs', supervisor);
    expect(readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')).toContain(`HOMERUN_NODE=${now}`);
    child.kill('SIGTERM');
    expect([await ended, said()]).toEqual([0, '']);
  });

  it("takes the system's runit when there is no Node, and says so", async () => {
    const system = home
      .run('/bin/sh', '-c', 'PATH=/usr/bin:/usr/sbin:/bin; command -v runsvdir')
      .stdout.trim();
    for (const program of ['runsvdir', 'runsv', 'sv', 'svlogd']) {
      symlinkSync(join(dirname(system), program), join(home.path, 'tools', program));
    }
    const { child, said, ended } = start();
    const pid = await until('the supervisor runs', supervisor);
    expect(commandLine(pid)).not.toContain('--shared');
    child.kill('SIGTERM');
    await ended;
    expect(said()).toBe(
      `runsvdir_ann.sh: Node or homerun is gone (they were /gone/bin/node and /gone/homerun/runit): using the system's ${join(home.path, 'tools/runsvdir')}\n`,
    );
  });

  it("says in the session's error output that there is neither, and ends", async () => {
    const { said, ended } = start();
    expect(await ended).toBe(111);
    expect(said()).toBe(
      'runsvdir_ann.sh: cannot start your services: Node 20.12 or newer is not found (it was /gone/bin/node), or homerun is gone (/gone/homerun/runit), and there is no runit on PATH\n',
    );
  });
});
