/** What `init` and `add-service` make gives doctor nothing to say: each engine, each shell, each place of the logs. */
import fs from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { documentOf } from '../setup/document.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { startTree, type Tree } from './fixtures/tree.ts';

// What is waited for has its own time, and says what it was: a test that is cut off ends nothing that it started.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

const SHELLS = ['/bin/dash', '/bin/bash', '/bin/ksh', '/bin/mksh'].filter((path) => fs.existsSync(path));

async function homerun(tree: Tree, words: string): Promise<string> {
  return tree.sh(
    `PATH="$HOME/bin:$PATH" "${process.execPath}" "${resolve('bin/homerun')}" ${words} </dev/null`,
  );
}

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))('a tree that homerun made', () => {
  it.concurrent.each([
    ['C runit', 'system'],
    ['shared', 'bundled'],
  ] as const)('gives doctor nothing to say on %s', async (programs, engine) => {
    const tree = await startTree(programs, { stopped: true });
    const silent = async (what: string): Promise<void> => {
      const answer = documentOf('doctor', await homerun(tree, 'doctor --json --sample 1 || :'));
      const loud = answer.findings.filter((each: { severity: string }) => each.severity !== 'info');
      expect({ what, loud, failed: answer.failed }).toEqual({ what, loud: [], failed: [] });
    };
    try {
      const logs = ['state', 'inside', 'home', join(tree.home, 'elsewhere')];
      for (const [at, shell] of SHELLS.entries()) {
        const place = logs[at % logs.length] as string;
        await homerun(
          tree,
          `init --yes --engine ${engine} --shell ${shell} --logs ${place} --session xinitrc`,
        );
        if (at === 0) await homerun(tree, 'up');
        const name = `newtest-${basename(shell)}`;
        await homerun(tree, `add-service ${name} --yes --command 'sleep 1000000'`);
        await until(`${name} up`, () => tree.status(name)?.state === 1);
        await silent(`${shell}, logs ${place}`);
      }
    } finally {
      await homerun(tree, 'down').catch(() => undefined);
      await tree.stop();
    }
  });
});
