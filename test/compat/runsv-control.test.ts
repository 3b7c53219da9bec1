/** runsv beside C's: control bytes, and the programs in `control`. */
import { existsSync, unlinkSync } from 'node:fs';
import { describe, it } from 'vitest';
import { CONTROLS } from '../../src/supervisor/core/control.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { compare, NOTING_RUN, type Runsv, SLEEP, settledListing } from './runsv-world.ts';

/** The signal that a control byte sends. */
const SIGNALS = { a: 'ALRM', h: 'HUP', i: 'INT', q: 'QUIT', 1: 'USR1', 2: 'USR2' };

describe.skipIf(!needs('runsv', 'sv', 'setpriv'))('runsv beside C runsv', () => {
  describe.concurrent('control bytes', () => {
    /** What to wait for after each byte, from a running service. */
    const outcome: Record<string, (runsv: Runsv) => Promise<unknown>> = {
      u: (runsv) => runsv.untilStat('run'),
      d: (runsv) => runsv.untilStat('down'),
      o: (runsv) => runsv.untilStat('run, want down'),
      x: (runsv) => runsv.untilEnded(),
      t: (runsv) => runsv.untilEvent('start', 2),
      k: (runsv) => runsv.untilEvent('start', 2),
      p: (runsv) => runsv.untilStat('run, paused'),
      c: (runsv) => runsv.untilEvent('CONT'),
      a: (runsv) => runsv.untilEvent('ALRM'),
      h: (runsv) => runsv.untilEvent('HUP'),
      i: (runsv) => runsv.untilEvent('INT'),
      q: (runsv) => runsv.untilEvent('QUIT'),
      1: (runsv) => runsv.untilEvent('USR1'),
      2: (runsv) => runsv.untilEvent('USR2'),
    };

    for (const { letter, does } of CONTROLS) {
      it(`${letter} (${does}) does what it does in C`, async () => {
        await compare(async (world) => {
          world.file('s/run', NOTING_RUN);
          const runsv = world.start();
          await runsv.untilEvent('start');
          runsv.send(letter);
          await outcome[letter]?.(runsv);
          if (runsv.ended === undefined && letter !== 'd') await runsv.pidOf();
          const files = await settledListing(world.path('s/supervise'));
          return {
            stat: runsv.stat(),
            events: runsv.events(),
            files,
            ended: runsv.ended,
            stderr: runsv.stderr,
          };
        });
      });
    }

    it('drops bytes that it does not know, and takes the others one by one in their order', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        const runsv = world.start();
        await runsv.untilEvent('start');
        runsv.send('Zz\0\n\xffh');
        await runsv.untilEvent('HUP');
        runsv.send('??d');
        await runsv.untilStat('down');
        runsv.send('o');
        await runsv.untilStat('run, want down');
        await runsv.untilEvent('start', 2);
        return { events: runsv.events(), code: await runsv.exit(), all: runsv.events() };
      });
    });

    it('works on a log service, where x does nothing', async () => {
      await compare(async (world) => {
        world.file('s/run', SLEEP);
        world.file('s/log/run', NOTING_RUN.replaceAll('events', '../events'));
        const runsv = world.start();
        await runsv.untilEvent('start');
        runsv.send('x', 'log');
        runsv.send('h', 'log');
        await runsv.untilEvent('HUP');
        const hup = [runsv.stat(), runsv.stat('log'), runsv.events()];
        runsv.send('p', 'log');
        const paused = await runsv.untilStat('run, paused', 'log');
        runsv.send('c', 'log');
        const goesOn = await runsv.untilStat('run', 'log');
        runsv.send('d', 'log');
        const down = await runsv.untilStat('down', 'log');
        runsv.send('o', 'log');
        const once = await runsv.untilStat('run, want down', 'log');
        runsv.send('u', 'log');
        await runsv.untilStat('run', 'log');
        return { hup, paused, goesOn, down, once, main: runsv.stat() };
      });
    });

    it('ends on TERM as on x, and leaves nothing behind', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        world.file('s/log/run', '#!/bin/sh\ncat\necho logger done >>../events\n');
        const runsv = world.start();
        await runsv.untilEvent('start');
        runsv.child.kill('SIGTERM');
        const code = await runsv.untilEnded();
        return {
          code,
          events: runsv.events(),
          stat: runsv.stat(),
          log: runsv.stat('log'),
          stderr: runsv.stderr,
        };
      });
    });

    it('shows a service that ignores TERM as `run, got TERM, want down` until it ends', async () => {
      await compare(async (world) => {
        world.file('s/run', "#!/bin/sh\ntrap '' TERM\necho start >>events\nexec sleep 1000\n");
        const runsv = world.start();
        await runsv.untilEvent('start');
        runsv.send('d');
        const stat = await runsv.untilStat('run, got TERM, want down');
        const files = await settledListing(world.path('s/supervise'));
        runsv.send('x');
        const exit = await runsv.untilStat('run, got TERM, want exit');
        runsv.send('k');
        return { stat, files, exit, code: await runsv.untilEnded(), after: runsv.stat() };
      });
    });
  });

  describe.concurrent('control/*', () => {
    for (const code of [0, 1]) {
      it(`runs control/X with exit code ${code} before each signal`, async () => {
        await compare(async (world) => {
          world.file('s/run', NOTING_RUN);
          world.file('s/down', '');
          for (const letter of [...'utdxpcahiq12'])
            world.file(`s/control/${letter}`, `#!/bin/sh\necho "$0 $*" >>events\nexit ${code}\n`);
          const runsv = world.start();
          await until('ok', () => existsSync(world.path('s/supervise/ok')));
          runsv.send('u');
          await runsv.untilEvent('start');
          // Each signal is noted before the next thing is done: which of two the shell notes first is chance.
          const signal = async (name: string) => code === 1 && (await runsv.untilEvent(name));
          for (const [letter, name] of Object.entries(SIGNALS)) {
            runsv.send(letter);
            await runsv.untilEvent(`control/${letter} `);
            await signal(name);
          }
          runsv.send('p');
          const paused = await runsv.untilStat('run, paused');
          runsv.send('c');
          const goesOn = await runsv.untilStat('run');
          await runsv.untilEvent('control/c ');
          await signal('CONT');
          const before = runsv.events();
          runsv.send('d');
          await runsv.untilEvent('control/d ');
          if (code === 1) await runsv.untilStat('down');
          const down = runsv.stat();
          // Whether the shell still notes the CONT that came behind TERM is chance, and when it notes it.
          const count = runsv.events().filter((event) => event !== 'CONT').length;
          return { before: [...before].sort(), paused, goesOn, down, count };
        });
      });
    }

    it('runs control/t and then control/x on x, and kills on k only if control/k fails', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        for (const letter of [...'tx'])
          world.file(`s/control/${letter}`, '#!/bin/sh\necho "$0" >>events\nexit 1\n');
        world.file('s/control/k', '#!/bin/sh\necho "$0" >>events\n');
        const runsv = world.start();
        await runsv.untilEvent('start');
        runsv.send('k');
        await runsv.untilEvent('control/k');
        const held = runsv.events();
        unlinkSync(world.path('s/control/k'));
        // The state is down now for runsv, so `k` would send no signal: from outside.
        process.kill(await runsv.pidOf(), 'SIGKILL');
        await runsv.untilEvent('start', 2);
        await runsv.untilStat('run');
        runsv.send('x');
        const code = await runsv.untilEnded();
        // The shell notes TERM while control/x is being started: which comes first is chance.
        const events = runsv.events().filter((event) => event !== 'CONT');
        return {
          held,
          code,
          programs: events.filter((event) => event !== 'TERM'),
          terms: events.filter((event) => event === 'TERM').length,
        };
      });
    });

    it('passes over control/X without the x bit, and tells of one that has no interpreter', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        world.file('s/control/h', '#!/bin/sh\necho never >>events\n', 0o644);
        world.file('s/control/i', '#!/no/such/interpreter\n');
        const runsv = world.start();
        await runsv.untilEvent('start');
        runsv.send('h');
        await runsv.untilEvent('HUP');
        runsv.send('i');
        await runsv.untilEvent('INT');
        await runsv.untilStderr('control/?: file does not exist\n');
        return { events: runsv.events(), stderr: runsv.stderr };
      });
    });

    it('tells of control/X that can not be looked at', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        world.file('s/control', 'a file where a directory should be');
        const runsv = world.start();
        await runsv.untilEvent('start');
        runsv.send('h');
        await runsv.untilEvent('HUP');
        // What a stream holds comes some time after it was written.
        await runsv.untilStderr('control/h: not a directory\n');
        return { events: runsv.events(), stderr: runsv.stderr };
      });
    });

    it('waits for control/X and takes nothing else meanwhile', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        world.file(
          's/control/h',
          '#!/bin/sh\necho waiting >>events\nwhile [ ! -e go ]; do sleep 0.02; done\necho done >>events\nexit 1\n',
        );
        const runsv = world.start();
        await runsv.untilEvent('start');
        runsv.send('h1d');
        await runsv.untilEvent('waiting');
        const blocked = [runsv.stat(), ...runsv.events()];
        world.file('s/go', '');
        await runsv.untilStat('down');
        return { blocked, events: runsv.events(), stat: runsv.stat() };
      });
    });
  });
});
