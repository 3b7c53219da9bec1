/** runsv beside C's: what happens when ./run or ./finish ends. */
import { renameSync } from 'node:fs';
import { describe, it } from 'vitest';
import { needs } from '../setup/needs.ts';
import { published } from '../setup/published.ts';
import { until } from '../setup/until.ts';
import { compare, listing, NOTING_RUN, settledListing } from './runsv-world.ts';

describe.skipIf(!needs('runsv', 'sv', 'setpriv'))('runsv beside C runsv', () => {
  describe.concurrent('endings', () => {
    for (const [how, script] of [
      ['exit 0', 'exit 0'],
      ['exit 3', 'exit 3'],
      ['exit 255', 'exit 255'],
      ['KILL', 'kill -KILL $$'],
      ['TERM', 'kill -TERM $$'],
      ['SEGV', 'ulimit -c 0; kill -SEGV $$'],
    ] as const) {
      it(`runs ./finish with how ./run ended: ${how}`, async () => {
        await compare(async (world) => {
          world.file('s/run', `#!/bin/sh\nif [ -e second ]; then exec sleep 1000; fi\n>second\n${script}\n`);
          world.file('s/finish', '#!/bin/sh\necho "finish $*" >>events\n');
          const runsv = world.start();
          await runsv.untilEvents(1);
          await runsv.untilStat('run');
          return { events: runsv.events(), stderr: runsv.stderr };
        });
      });
    }

    it('shows the state finish while ./finish runs, and starts nothing until it has ended', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        world.file('s/finish', '#!/bin/sh\necho finish >>events\nwhile [ ! -e go ]; do sleep 0.02; done\n');
        const runsv = world.start();
        await runsv.untilEvent('start');
        runsv.send('t');
        await runsv.untilEvent('finish');
        const finishing = await runsv.untilStat('finish');
        const files = await settledListing(world.path('s/supervise'));
        runsv.send('d');
        const wantDown = await runsv.untilStat('finish, want down');
        runsv.send('u');
        await runsv.untilStat('finish');
        world.file('s/go', '');
        await runsv.untilEvent('start', 2);
        return { finishing, files, wantDown, events: runsv.events() };
      });
    });

    it('tells of a ./finish that can not be executed, once for each ending', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        world.file('s/finish', 'no shebang', 0o644);
        const runsv = world.start();
        await runsv.untilEvent('start');
        runsv.send('d');
        await runsv.untilStat('down');
        return { stderr: await runsv.untilStderr('finish'), code: await runsv.exit() };
      });
    });

    it('starts a ./run anew that was replaced while it ran', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        const runsv = world.start();
        await runsv.untilEvent('start');
        world.file('s/run.new', '#!/bin/sh\necho second >>events\nexec sleep 1000\n');
        renameSync(world.path('s/run.new'), world.path('s/run'));
        runsv.send('t');
        await runsv.untilEvent('second');
        return { events: runsv.events(), stat: await runsv.untilStat('run') };
      });
    });

    it('is down and wanted up between a quick end and the next start', async () => {
      await compare(async (world) => {
        // The first one stays until its start is published: before that all is down, too, and about to change.
        world.file('s/run', '#!/bin/sh\necho start >>events\nwhile [ ! -e go ]; do sleep 0.02; done\n');
        const runsv = world.start();
        await runsv.untilStat('run');
        world.file('s/go', '');
        const folder = world.path('s/supervise');
        const down = await until('down', () => {
          const before = published(folder)?.stat;
          const seen = before === 'down' && listing(folder);
          return published(folder)?.stat === 'down' && seen;
        });
        await runsv.untilEvent('start', 3);
        return down;
      });
    });
  });
});
