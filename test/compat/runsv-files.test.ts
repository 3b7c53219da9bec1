/** runsv beside C's: the files below `supervise`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { describe, it } from 'vitest';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { CAT, compare, listing, SLEEP, settledListing } from './runsv-world.ts';

describe.skipIf(!needs('runsv', 'sv', 'setpriv'))('runsv beside C runsv', () => {
  describe.concurrent('files', () => {
    it('makes the same files with the same modes, contents and status bytes', async () => {
      await compare(async (world) => {
        world.file('s/run', SLEEP);
        const runsv = world.start();
        await runsv.untilStat('run');
        const running = await settledListing(world.path('s/supervise'));
        runsv.send('d');
        await runsv.untilStat('down');
        const down = await settledListing(world.path('s/supervise'));
        const code = await runsv.exit();
        return { running, down, code, after: listing(world.path('s/supervise')), stderr: runsv.stderr };
      });
    });

    it('makes them for a log service, too', async () => {
      await compare(async (world) => {
        world.file('s/run', SLEEP);
        world.file('s/log/run', CAT);
        const runsv = world.start();
        await runsv.untilStat('run');
        await runsv.untilStat('run', 'log');
        const files = [
          await settledListing(world.path('s/supervise')),
          await settledListing(world.path('s/log/supervise')),
        ];
        const code = await runsv.exit();
        return {
          files,
          code,
          after: [listing(world.path('s/supervise')), listing(world.path('s/log/supervise'))],
        };
      });
    });

    it('starts nothing that has a file down, and writes no pid of a log service that never ran', async () => {
      await compare(async (world) => {
        world.file('s/run', SLEEP);
        world.file('s/down', '');
        world.file('s/log/run', CAT);
        world.file('s/log/down', '');
        const runsv = world.start();
        await runsv.untilStat('down', 'log');
        await until('ok', () => existsSync(world.path('s/log/supervise/ok')));
        const files = [
          await settledListing(world.path('s/supervise')),
          await settledListing(world.path('s/log/supervise')),
        ];
        return { files, code: await runsv.exit() };
      });
    });

    it('makes the directory that a dangling link supervise points to, relative and absolute', async () => {
      await compare(async (world) => {
        world.file('s/run', SLEEP);
        world.file('s/log/run', CAT);
        mkdirSync(world.path('away'));
        symlinkSync(world.path('away/main'), world.path('s/supervise'));
        symlinkSync('../../away/log', world.path('s/log/supervise'));
        const runsv = world.start();
        await runsv.untilStat('run');
        await runsv.untilStat('run', 'log');
        const files = await settledListing(world.path('away'));
        const code = await runsv.exit();
        return { files, main: listing(world.path('away/main')), log: listing(world.path('away/log')), code };
      });
    });

    it('uses files again that are there, whatever half of a status they hold', async () => {
      await compare(async (world) => {
        world.file('s/run', SLEEP);
        world.file('s/supervise/status', 'half', 0o600);
        world.file('s/supervise/stat', 'nonsense', 0o600);
        world.file('s/supervise/pid', '1\n', 0o600);
        world.file('s/supervise/status.new', 'older, longer than twenty bytes', 0o640);
        spawnSync('mkfifo', ['-m', '600', world.path('s/supervise/control'), world.path('s/supervise/ok')]);
        const runsv = world.start();
        await runsv.untilStat('run');
        return { files: await settledListing(world.path('s/supervise')), code: await runsv.exit() };
      });
    });

    it('goes by umask for what it writes and by 0600 and 0700 for the rest', async () => {
      await compare(async (world) => {
        world.file('s/run', SLEEP);
        const runsv = world.start('s', { before: ['sh', '-c', 'umask 027; exec "$@"', 'sh'] });
        await runsv.untilStat('run');
        return settledListing(world.path('s/supervise'));
      });
    });
  });
});
