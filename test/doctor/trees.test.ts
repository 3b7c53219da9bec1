/** Faults of whole trees: what several services have in common, directories that were replaced, a second supervisor. */
import { describe, expect, it, vi } from 'vitest';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { startTree, type Tree } from './fixtures/tree.ts';

// What is waited for has its own time, and says what it was: a test that is cut off ends nothing that it started.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

interface Case {
  readonly title: string;
  readonly make: (tree: Tree) => Promise<void>;
  /**
   * It replaces beta's directory under its runsv. C's runsvdir looks once more a second after it has started
   * something, and on a busy machine that may be after this: then there is a new runsv, and it is to be done again.
   */
  readonly replacesBeta?: true;
  /** The loud findings, exactly: `CHECK of SERVICES`. */
  readonly expected: readonly string[];
}

/** Shell lines: services a, b and so on, each with its run, and linked. */
function services(names: readonly string[], run: string): string {
  return names
    .map(
      (name) =>
        `mkdir -p service_all/${name}/log rlogs/${name}
printf '#!/bin/sh\\nexec svlogd -tt "$HOME/rlogs/${name}"\\n' >service_all/${name}/log/run
printf '${run}' >service_all/${name}/run
chmod 755 service_all/${name}/run service_all/${name}/log/run
ln -s "$HOME/service_all/${name}" service_gui/${name}`,
    )
    .join('\n');
}

const cases: readonly Case[] = [
  {
    title: 'a display that is gone, and five services that want it, are one finding with five services',
    make: async (tree) => {
      const run =
        '#!/bin/sh\\nexec 2>&1\\n[ -S /tmp/.X11-unix/X987 ] && exec sleep 1000000\\necho "Error: cannot open display: $DISPLAY"\\nexit 1\\n';
      await tree.sh(services(['a', 'b', 'c', 'd', 'e'], run));
      await tree.restart({ env: { DISPLAY: ':987' } });
    },
    expected: ['display-stale of a b c d e'],
  },
  {
    title: 'an interpreter that is missing in three services is one finding with three services',
    make: async (tree) => {
      await tree.sh(services(['a', 'b', 'c'], '#!/usr/bin/nosuchksh\\nexec sleep 1000000\\n'));
    },
    expected: ['run-bad-interpreter of a b c'],
  },
  {
    title: 'a directory that was moved away and replaced while its runsv runs: runsvdir has not looked again',
    make: async (tree) => {
      await tree.sh(
        'cp -r service_all/beta copy; rm -rf copy/supervise; mv service_all/beta away; mv copy service_all/beta',
      );
    },
    replacesBeta: true,
    expected: ['rescan-needed of beta'],
  },
  {
    title: 'a directory that was removed and made again while its runsv runs',
    make: async (tree) => {
      await tree.sh(
        'cp -r service_all/beta copy; rm -rf copy/supervise service_all/beta; mv copy service_all/beta',
      );
    },
    replacesBeta: true,
    expected: ['supervise-removed-live of beta'],
  },
  {
    title: 'a second runsvdir whose own directory leads to the same service',
    make: async (tree) => {
      await tree.sh('mkdir second; ln -s "$HOME/service_all/alpha" second/');
      tree.spawn(['runsvdir', '-P', `${tree.home}/second`, `log: ${'.'.repeat(400)}`]);
    },
    expected: ['two-runsvdirs of all'],
  },
  {
    title: 'the working directory of runsvdir is gone: nothing depends on it, and nothing is said',
    make: (tree) =>
      tree.restart({
        argv: ['sh', '-c', 'mkdir gone; cd gone && rmdir ../gone && exec "$@"', 'sh', ...tree.usual],
      }),
    expected: [],
  },
];

describe
  .skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))
  .concurrent('doctor about a whole tree', () => {
    for (const { title, make, expected, replacesBeta } of cases) {
      it(title, async () => {
        const tree = await startTree('C runit', { services: { alpha: { log: true }, beta: {} } });
        try {
          await make(tree);
          let last: string[] = [];
          await until(`exactly ${expected.join(', ')}`, async () => {
            const { findings, failed } = await tree.look([], 2);
            expect(failed).toEqual([]);
            last = findings
              .filter((each) => each.severity !== 'info')
              .map((each) => `${each.check} of ${(each.services ?? [each.service ?? 'all']).join(' ')}`);
            if (replacesBeta === true && tree.status('beta')?.state === 1) await make(tree);
            return JSON.stringify(last) === JSON.stringify(expected);
          }).catch(async (error: Error) => {
            // Why there is nothing to see: another runsv, a look of runsvdir that was not to be?
            const facts = await tree
              .sh(
                'date; ps -u "$(id -u)" -o pid,ppid,lstart,args; ls -lai --full-time . service_all service_gui; cat supervisor.err',
              )
              .catch(String);
            throw new Error(`${error.message}; seen: ${last.join(', ')}\n${facts}`);
          });
        } finally {
          await tree.stop();
        }
      });
    }

    it('looked at once, a service that is down and wanted up is not called healthy', async () => {
      const tree = await startTree('C runit', { services: { alpha: { log: true }, beta: {} } });
      try {
        await tree.sh("printf '#!/bin/sh\\nexit 1\\n' >service_all/beta/run");
        process.kill(await tree.up('beta'), 'SIGTERM');
        // It is up only for the moment that its shell takes.
        const seen = await until('seen while it is down', async () => {
          const { findings } = await tree.look([], 0);
          return findings.find((each) => each.service === 'beta' && each.severity !== 'info');
        });
        expect([seen.check, seen.severity]).toEqual(['flapping', 'warning']);
        expect(seen.cause).toContain('nothing was watched (--sample 0)');
      } finally {
        await tree.stop();
      }
    });
  });
