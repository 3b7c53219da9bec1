/** runsv beside C's: files, bytes, programs, messages. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../src/supervisor/core/control.ts';
import { needs } from '../setup/needs.ts';
import { type Case, compare, listing, NOTING_RUN, type Runsv, settledListing, until } from './runsv-world.ts';

const SLEEP = '#!/bin/sh\nexec sleep 1000\n';
const CAT = '#!/bin/sh\nexec cat >>log-lines\n';
const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

describe.skipIf(!needs('runsv', 'sv', 'setpriv'))('runsv beside C runsv', () => {
  describe.concurrent('files', () => {
    it('makes the same files with the same modes, contents and status bytes', async () => {
      await compare(async (world) => {
        world.file('s/run', SLEEP);
        const runsv = world.start();
        await runsv.untilStat('run');
        await until('status', () => runsv.servicePid() !== 0);
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
        await until('status', () => runsv.servicePid() !== 0 && runsv.servicePid('log') !== 0);
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
        await until('status', () => runsv.servicePid() !== 0);
        return { files: await settledListing(world.path('s/supervise')), code: await runsv.exit() };
      });
    });

    it('goes by umask for what it writes and by 0600 and 0700 for the rest', async () => {
      await compare(async (world) => {
        world.file('s/run', SLEEP);
        const runsv = world.start('s', { before: ['sh', '-c', 'umask 027; exec "$@"', 'sh'] });
        await runsv.untilStat('run');
        await until('status', () => runsv.servicePid() !== 0);
        return settledListing(world.path('s/supervise'));
      });
    });
  });

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
          if (runsv.ended === undefined)
            await until('a pid', () => letter === 'd' || runsv.servicePid() !== 0);
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
        const files = listing(world.path('s/supervise'));
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
          for (const letter of [...'ahiq12']) {
            runsv.send(letter);
            await runsv.untilEvent(`control/${letter} `);
          }
          runsv.send('p');
          const paused = await runsv.untilStat('run, paused');
          runsv.send('c');
          const goesOn = await runsv.untilStat('run');
          if (code === 1) await runsv.untilEvent('USR2');
          const before = runsv.events();
          runsv.send('d');
          await runsv.untilEvent('control/d ');
          if (code === 1) await runsv.untilStat('down');
          const down = runsv.stat();
          return { before: [...before].sort(), paused, goesOn, down, count: runsv.events().length };
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
        process.kill(runsv.servicePid(), 'SIGKILL');
        await runsv.untilEvent('start', 2);
        await runsv.untilStat('run');
        runsv.send('x');
        const code = await runsv.untilEnded();
        return { held, code, events: runsv.events() };
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
        await until('pid of finish', () => runsv.servicePid() !== 0);
        const files = listing(world.path('s/supervise'));
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
        world.file('s/run', '#!/bin/sh\necho start >>events\n');
        const runsv = world.start();
        await runsv.untilEvent('start');
        const down = await until(
          'down',
          () => runsv.stat() === 'down\n' && listing(world.path('s/supervise')),
        );
        await runsv.untilEvent('start', 3);
        return down;
      });
    });
  });

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
        process.kill(runsv.servicePid('log'), 'SIGKILL');
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

/** A fault, and how far to wait: until runsv has ended, or until it has said something. */
interface Fault {
  readonly title: string;
  prepare(world: Case): void;
  /** Text to wait for; without it, the end of runsv. */
  readonly until?: string;
  readonly before?: readonly string[];
  readonly args?: readonly string[];
  readonly name?: string;
  /** Warnings that come again and again are compared as a set. */
  readonly repeats?: true;
}

const plain = (world: Case): void => world.file('s/run', SLEEP);

const FAULTS: readonly Fault[] = [
  { title: 'no argument', prepare: plain, args: [] },
  { title: 'two arguments', prepare: plain, args: ['s', 's'] },
  { title: 'a directory that is not there', prepare: plain, args: ['nothing'] },
  { title: 'an empty name', prepare: plain, args: [''] },
  { title: 'a file for a directory', prepare: plain, args: ['s/run'] },
  {
    title: 'a directory that may not be entered',
    prepare: (world) => {
      plain(world);
      chmodSync(world.path('s'), 0o600);
    },
    before: NOBODY,
  },
  {
    title: 'a directory in which nothing can be made',
    prepare: plain,
    before: NOBODY,
  },
  {
    title: 'a supervise directory of another user',
    prepare: (world) => {
      plain(world);
      mkdirSync(world.path('s/supervise'), { mode: 0o700 });
    },
    before: NOBODY,
  },
  {
    title: 'a lock of another user',
    prepare: (world) => {
      plain(world);
      world.file('s/supervise/lock', '', 0o600);
      chownSync(world.path('s/supervise'), 65534, 65534);
    },
    before: NOBODY,
  },
  {
    title: 'a control FIFO of another user',
    prepare: (world) => {
      plain(world);
      mkdirSync(world.path('s/supervise'));
      spawnSync('mkfifo', ['-m', '600', world.path('s/supervise/control')]);
      chownSync(world.path('s/supervise'), 65534, 65534);
    },
    before: NOBODY,
  },
  {
    title: 'an ok FIFO of another user',
    prepare: (world) => {
      plain(world);
      mkdirSync(world.path('s/supervise'));
      spawnSync('mkfifo', ['-m', '600', world.path('s/supervise/ok')]);
      chownSync(world.path('s/supervise'), 65534, 65534);
    },
    before: NOBODY,
  },
  {
    title: 'a control that is no FIFO',
    prepare: (world) => {
      plain(world);
      world.file('s/supervise/control', '');
    },
  },
  {
    title: 'a control that is a directory',
    prepare: (world) => {
      plain(world);
      mkdirSync(world.path('s/supervise/control'), { recursive: true });
    },
  },
  {
    title: 'a supervise that is a file',
    prepare: (world) => {
      plain(world);
      world.file('s/supervise', '');
    },
  },
  {
    title: 'a supervise that points to itself',
    prepare: (world) => {
      plain(world);
      symlinkSync('supervise', world.path('s/supervise'));
    },
  },
  {
    title: 'a supervise that points to where nothing can be made',
    prepare: (world) => {
      plain(world);
      symlinkSync('no/such/place', world.path('s/supervise'));
    },
  },
  {
    title: 'a supervise that is a link of 256 characters',
    prepare: (world) => {
      plain(world);
      symlinkSync('x'.repeat(256), world.path('s/supervise'));
    },
  },
  {
    title: 'a log/supervise that is a link of 255 and of 256 characters',
    prepare: (world) => {
      plain(world);
      world.file('s/log/run', CAT);
      symlinkSync('./' + 'x'.repeat(254), world.path('s/log/supervise'));
    },
  },
  {
    title: 'a log/supervise that is a file',
    prepare: (world) => {
      plain(world);
      world.file('s/log/run', CAT);
      world.file('s/log/supervise', '');
    },
  },
  {
    title: 'a log that is a file',
    prepare: (world) => {
      plain(world);
      world.file('s/log', '');
    },
    until: 'not a directory',
  },
  {
    title: 'a log that points to itself',
    prepare: (world) => {
      plain(world);
      symlinkSync('log', world.path('s/log'));
    },
    until: 'loop',
  },
  { title: 'no run', prepare: (world) => mkdirSync(world.path('s')), until: 'unable', repeats: true },
  {
    title: 'a run that is not executable',
    prepare: (world) => world.file('s/run', SLEEP, 0o644),
    until: 'unable',
    repeats: true,
  },
  {
    title: 'a run without shebang',
    prepare: (world) => world.file('s/run', 'exec sleep 1000\n', 0o755),
    until: 'unable',
    repeats: true,
  },
  {
    title: 'an empty run',
    prepare: (world) => world.file('s/run', '', 0o755),
    until: 'unable',
    repeats: true,
  },
  {
    title: 'a run whose interpreter is not there',
    prepare: (world) => world.file('s/run', '#!/no/such/shell\n'),
    until: 'unable',
    repeats: true,
  },
  {
    title: 'a run with CRLF',
    prepare: (world) => world.file('s/run', '#!/bin/sh\r\nexec sleep 1000\r\n'),
    until: 'unable',
    repeats: true,
  },
  {
    title: 'a run that is a directory',
    prepare: (world) => mkdirSync(world.path('s/run'), { recursive: true }),
    until: 'unable',
    repeats: true,
  },
  {
    title: 'a run that points to itself',
    prepare: (world) => {
      mkdirSync(world.path('s'));
      symlinkSync('run', world.path('s/run'));
    },
    until: 'unable',
    repeats: true,
  },
  {
    title: 'no log/run',
    prepare: (world) => {
      plain(world);
      mkdirSync(world.path('s/log'));
    },
    until: 'unable',
    repeats: true,
  },
  {
    title: 'a log/run that is not executable',
    prepare: (world) => {
      plain(world);
      world.file('s/log/run', CAT, 0o644);
    },
    until: 'unable',
    repeats: true,
  },
  {
    title: 'directories in the place of pid, stat and status',
    prepare: (world) => {
      plain(world);
      for (const name of ['pid', 'stat', 'status'])
        mkdirSync(world.path('s/supervise', name), { recursive: true });
    },
    until: 'pid: is a directory',
    repeats: true,
  },
  {
    title: 'directories in the place of stat and status',
    prepare: (world) => {
      plain(world);
      for (const name of ['stat', 'status']) mkdirSync(world.path('s/supervise', name), { recursive: true });
    },
    until: 'status: is a directory',
    repeats: true,
  },
  {
    title: 'directories in the place of stat.new and status.new',
    prepare: (world) => {
      plain(world);
      for (const name of ['stat.new', 'status.new'])
        mkdirSync(world.path('s/supervise', name), { recursive: true });
    },
    until: 'stat.new: is a directory',
    repeats: true,
  },
  {
    title: 'a name of odd bytes',
    name: 'a b\tc\xc3\xa9 $(x)',
    prepare: (world) => world.file('a b\tc\u00e9 $(x)/run', SLEEP, 0o644),
    until: 'unable',
    repeats: true,
  },
];

describe.skipIf(!needs('runsv', 'setpriv'))('runsv in trouble says what C runsv says', () => {
  describe.concurrent('and ends with its exit code', () => {
    for (const fault of FAULTS) {
      it(fault.title, async () => {
        const said = await compare(async (world) => {
          fault.prepare(world);
          const name = Buffer.from(fault.name ?? 's', 'latin1').toString();
          const runsv = world.start(name, {
            before: fault.before ?? [],
            args: fault.args ?? [name],
          });
          if (fault.until === undefined) {
            const code = await runsv.untilEnded();
            // argv[0] of C is the path by which the test calls it.
            return {
              code,
              stderr: runsv.stderr.replace(/^usage: \S*runsv/, 'usage: runsv'),
              stdout: runsv.stdout,
            };
          }
          await runsv.untilStderr(fault.until);
          const stderr = await until('whole lines', () => runsv.stderr.endsWith('\n') && runsv.stderr);
          const lines = stderr.split('\n');
          return { stderr: fault.repeats ? [...new Set(lines)].sort() : lines };
        });
        expect(JSON.stringify(said)).toContain('runsv');
      });
    }

    it('a second runsv on the same directory', async () => {
      await compare(async (world) => {
        plain(world);
        const first = world.start();
        await first.untilStat('run');
        const second = world.start();
        const code = await second.untilEnded();
        return {
          code,
          stderr: second.stderr,
          first: first.stat(),
          files: listing(world.path('s/supervise')),
        };
      });
    });

    it('a service directory that is renamed goes on, with its new files in the new place', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        const runsv = world.start();
        await runsv.untilEvent('start');
        renameSync(world.path('s'), world.path('moved'));
        writeFileSync(world.path('moved/supervise/control'), 't');
        await until('the second start', () => {
          const events = readFileSync(world.path('moved/events'), 'utf8');
          return events.split('start').length > 2;
        });
        return {
          stderr: runsv.stderr,
          events: readFileSync(world.path('moved/events'), 'utf8'),
          old: existsSync(world.path('s')),
        };
      });
    });

    it('a service directory that vanishes under a running service', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        const runsv = world.start();
        await runsv.untilEvent('start');
        const pid = await until('a pid', () => runsv.servicePid() || undefined);
        rmSync(world.path('s'), { recursive: true });
        process.kill(pid, 'SIGKILL');
        await runsv.untilStderr('unable to start ./run');
        runsv.child.kill('SIGTERM');
        const code = await runsv.untilEnded();
        return { code, stderr: [...new Set(runsv.stderr.split('\n'))].sort() };
      });
    });

    it('a log directory that vanishes under a running service', async () => {
      await compare(async (world) => {
        world.file('s/run', SLEEP);
        world.file('s/log/run', '#!/bin/sh\necho start >>../events\nexec cat\n');
        const runsv = world.start();
        await runsv.untilEvent('start');
        const pid = await until('a pid', () => runsv.servicePid('log') || undefined);
        rmSync(world.path('s/log'), { recursive: true });
        process.kill(pid, 'SIGKILL');
        await runsv.untilStderr('unable to change directory to ./log');
        return { main: runsv.stat(), stderr: [...new Set(runsv.stderr.split('\n'))].sort() };
      });
    });
  });

  it.skipIf(process.getuid?.() !== 0 || spawnSync('unshare', ['-m', 'true']).status !== 0)(
    'a full disk: the same warnings, and the service runs on',
    async () => {
      await compare(async (world) => {
        mkdirSync(world.path('disk'));
        // A file system of 16 pages in a mount namespace of its own, filled before runsv starts.
        const script = `
          mount -t tmpfs -o size=64k tmpfs disk &&
          mkdir disk/s && printf '#!/bin/sh\\n>/proc/self/fd/3\\nexec sleep 1000\\n' >disk/s/run && chmod +x disk/s/run &&
          mkdir -m 700 disk/s/supervise && mkfifo -m 600 disk/s/supervise/control disk/s/supervise/ok &&
          >disk/s/supervise/lock && >disk/s/supervise/pid.new && >disk/s/supervise/stat.new &&
          >disk/s/supervise/status.new &&
          { cat /dev/zero >disk/fill 2>/dev/null; :; } &&
          exec 3>>started && exec "$0" disk/s`;
        const runsv = world.start('disk/s', {
          before: ['unshare', '-m', 'sh', '-c', script],
          args: [],
          cwd: world.root,
        });
        await runsv.untilStderr('unable to write supervise/status.new');
        const lines = await until(
          'whole lines',
          () => runsv.stderr.endsWith('\n') && runsv.stderr.split('\n'),
        );
        runsv.child.kill('SIGTERM');
        const code = await runsv.untilEnded();
        return { lines: [...new Set(lines)].sort(), code, name: basename(runsv.directory) };
      });
    },
  );
});
