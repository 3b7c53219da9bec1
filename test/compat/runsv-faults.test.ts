/** runsv beside C's in trouble: words and exit codes. */
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
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { CAT, type Case, compare, listing, NOBODY, NOTING_RUN, SLEEP } from './runsv-world.ts';

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
        const pid = await runsv.pidOf();
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
        const pid = await runsv.pidOf('log');
        await runsv.untilStat('run');
        rmSync(world.path('s/log'), { recursive: true });
        process.kill(pid, 'SIGKILL');
        await runsv.untilStderr('unable to change directory to ./log: file does not exist\n');
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
