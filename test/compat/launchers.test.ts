/** What stands before Node: the launchers, where Node does not come up, and where the world is unusual. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OURS } from '../setup/service-tree.ts';

/** Runs a script for /bin/sh with homerun's programs in PATH; returns when nobody holds its output any more. */
function shell(script: string, env: NodeJS.ProcessEnv = {}) {
  const { status, signal, stdout, stderr } = spawnSync('/bin/sh', ['-c', script], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, PATH: `${OURS}:${process.env.PATH}`, ...env },
  });
  return { ended: signal ?? status, stdout, stderr };
}

describe('the launchers', () => {
  it.each(['runsvdir', 'runsv', 'svlogd', 'chpst'])(
    'leave nothing behind where Node does not come up: %s',
    (program) => {
      expect(shell(`${program} d`, { HOMERUN_NODE: '/bin/false' })).toEqual({
        ended: 1,
        stdout: '',
        stderr: '',
      });
      expect(shell(`${program} d`, { HOMERUN_NODE: '/' })).toMatchObject({ ended: 126 });
      expect(shell(`${program} d`, { HOMERUN_NODE: '/nonexistent/node' })).toEqual({
        ended: 111,
        stdout: '',
        stderr: `${program}: fatal: unable to start /nonexistent/node: file does not exist\n`,
      });
    },
  );

  it('are found through an empty element of PATH', () => {
    const path = { PATH: `:${process.env.PATH}` };
    expect(shell(`cd ${OURS}; chpst echo found`, path)).toEqual({ ended: 0, stdout: 'found\n', stderr: '' });
  });

  it('keep the caller’s options for Node from it, and hand them on', () => {
    const folder = mkdtempSync(join(tmpdir(), 'homerun-launchers-'));
    try {
      const options = { NODE_OPTIONS: '--require /nonexistent' };
      expect(shell('chpst printenv NODE_OPTIONS', options)).toEqual({
        ended: 0,
        stdout: `${options.NODE_OPTIONS}\n`,
        stderr: '',
      });
      // One old log, which the processor sees.
      writeFileSync(join(folder, 'config'), 's30\n!printenv NODE_OPTIONS >seen; cat\n');
      const said = shell(`echo 123456789 123456789 123456789 | svlogd -l 20 -b 40 ${folder}`, options);
      expect(said).toEqual({ ended: 0, stdout: '', stderr: '' });
      expect(readFileSync(join(folder, 'seen'), 'latin1')).toBe(`${options.NODE_OPTIONS}\n`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('hand on every descriptor, also where none is free below 10', () => {
    const list = 'ls -l /proc/self/fd | sed -n "s/.* \\([0-9]* -> [^ ]*null\\)/\\1/p"';
    const all = [3, 4, 5, 6, 7, 8, 9].map((fd) => `${fd}</dev/null`).join(' ');
    for (const opened of [all, '9</dev/null', '4</dev/null 8</dev/null']) {
      const alone = shell(`exec 0<&1 ${opened}; sh -c '${list}'`);
      expect(alone.stdout.match(/^\d/gm)?.length).toBe(opened.split(' ').length);
      expect(shell(`exec 0<&1 ${opened}; chpst sh -c '${list}'`)).toEqual(alone);
    }
  });
});
