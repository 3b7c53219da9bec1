/** runsv beside C's: the log service and the pipe to it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { CAT, compare, NOTING_RUN } from './runsv-world.ts';

describe.skipIf(!needs('runsv', 'sv', 'setpriv'))('runsv beside C runsv', () => {
  describe.concurrent('the log service', () => {
    it('gets what the service, ./finish and control/* write to stdout; stderr goes to runsv’s', async () => {
      await compare(async (world) => {
        world.file('s/run', '#!/bin/sh\necho out; echo err >&2\necho start >>events\nexec sleep 1000\n');
        world.file('s/finish', '#!/bin/sh\necho finish out\n');
        world.file('s/control/h', '#!/bin/sh\necho control out; echo h >>events\n');
        world.file('s/log/run', '#!/bin/sh\necho logger out\nexec cat >>lines\n');
        const runsv = world.start();
        await runsv.untilEvent('start');
        runsv.send('h');
        await runsv.untilEvent('h');
        const code = await runsv.exit();
        return {
          code,
          lines: readFileSync(world.path('s/log/lines'), 'utf8'),
          stdout: runsv.stdout,
          stderr: runsv.stderr,
        };
      });
    });

    it('loses nothing that is in the pipe when the logger is killed', async () => {
      await compare(async (world) => {
        world.file(
          's/run',
          '#!/bin/sh\necho start >>events\nwhile read -r line; do echo "$line"; done <feed\nexec sleep 1000\n',
        );
        spawnSync('mkfifo', [world.path('s/feed')]);
        // The first logger takes nothing.
        world.file(
          's/log/run',
          '#!/bin/sh\nif [ -e go ]; then exec cat >>lines; fi\n>taken\nexec sleep 1000\n',
        );
        const runsv = world.start();
        await runsv.untilEvent('start');
        writeFileSync(world.path('s/feed'), 'one\ntwo\nthree\n');
        await until('the first logger', () => existsSync(world.path('s/log/taken')));
        world.file('s/log/go', '');
        process.kill(await runsv.pidOf('log'), 'SIGKILL');
        const lines = await until('lines', () => {
          const text = existsSync(world.path('s/log/lines'))
            ? readFileSync(world.path('s/log/lines'), 'utf8')
            : '';
          return text.endsWith('three\n') && text;
        });
        return { lines, code: await runsv.exit() };
      });
    });

    it('is ended by the end of its input when runsv leaves, and waited for', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        world.file(
          's/log/run',
          '#!/bin/sh\ncat\nwhile [ ! -e go ]; do sleep 0.02; done\necho logger >>../events\n',
        );
        const runsv = world.start();
        await runsv.untilEvent('start');
        runsv.send('x');
        const waiting = await runsv.untilStat('run, want exit', 'log');
        const main = runsv.stat();
        world.file('s/log/go', '');
        const code = await runsv.untilEnded();
        return { waiting, main, code, log: runsv.stat('log'), events: runsv.events() };
      });
    });

    it('is waited for without a word while another holds log/supervise/lock', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        world.file('s/log/run', CAT);
        mkdirSync(world.path('s/log/supervise'), { mode: 0o700 });
        const holder = world.start('s', {
          args: [],
          before: [
            'sh',
            '-c',
            'exec flock log/supervise/lock sh -c ">held; while [ ! -e go ]; do sleep 0.02; done"',
          ],
          cwd: world.path('s'),
        });
        await until('the holder', () => existsSync(world.path('s/held')));
        const runsv = world.start();
        await until('its own lock', () => existsSync(world.path('s/supervise/lock')));
        const silent = [existsSync(world.path('s/supervise/control')), runsv.stderr, runsv.ended];
        world.file('s/go', '');
        await holder.untilEnded();
        await runsv.untilEvent('start');
        return { silent, code: await runsv.exit(), stderr: runsv.stderr };
      });
    });
  });
});
