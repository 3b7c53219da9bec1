/** Faults that are there at the same time are told apart, each with its own cause and its own service. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { startTree, type Tree } from './fixtures/tree.ts';

// What is waited for has its own time, and says what it was: a test that is cut off ends nothing that it started.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))('faults at the same time', () => {
  let tree: Tree | undefined;
  afterEach(async () => {
    await tree?.stop();
    tree = undefined;
  });

  /** The loud findings, as `check of services`, once they are exactly these. */
  async function expectFound(there: Tree, ...expected: string[]): Promise<void> {
    let last: string[] = [];
    await until(`exactly ${expected.join(', ')}`, async () => {
      const { findings, failed } = await there.look();
      expect(failed).toEqual([]);
      last = findings
        .filter((each) => each.severity !== 'info')
        .map((each) => `${each.check} of ${(each.services ?? [each.service ?? 'all']).join(' ')}`)
        .sort();
      return JSON.stringify(last) === JSON.stringify([...expected].sort());
    }).catch((error: Error) => {
      throw new Error(`${error.message}; seen: ${last.join(', ')}`);
    });
  }

  it('three services, three faults: not executable, no log directory, no daemon', async () => {
    tree = await startTree('C runit', { services: { alpha: { log: true }, beta: { log: true }, gamma: {} } });
    await tree.sh(`chmod a-x service_all/alpha/run
      printf '#!/bin/sh\\nexec svlogd -tt "$HOME/rlogs/none"\\n' >service_all/beta/log/run
      printf '#!/bin/sh\\nexec 2>&1\\nexec no-such-daemon\\n' >service_all/gamma/run
      for name in alpha gamma beta/log; do printf t >service_all/$name/supervise/control; done`);
    await expectFound(
      tree,
      'run-not-executable of alpha',
      'log-dir-missing of beta',
      'daemon-missing of gamma',
    );
  });

  it('a run with CRLF in a service beside a link that leads nowhere', async () => {
    tree = await startTree('C runit', { services: { alpha: {}, beta: {} } });
    await tree.sh(`printf '#!/bin/sh\\r\\nexec 2>&1\\r\\nexec sleep 1000\\r\\n' >service_all/alpha/run
      printf t >service_all/alpha/supervise/control
      ln -s ../service_all/nowhere service_gui/lost`);
    await expectFound(tree, 'run-crlf of alpha', 'symlink-dangling of lost');
  });
});
