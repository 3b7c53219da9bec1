/**
 * The loops of the templates under C runsv, in five shells at once: a stop is heard at any time, but never cuts a
 * pass short, and nothing is left behind.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { catalogFor, renderSample, writeRendered } from './rendered.ts';

const SHELLS = ['dash', 'bash', 'ksh93', 'mksh', 'busybox'] as const;
type Shell = (typeof SHELLS)[number];

const there = needs('runsv', 'sv', ...SHELLS);

/** A pass that says when it begins, and ends when a line comes out of the FIFO `go`: the test decides how long it is. */
const PASS = `#!/bin/sh
echo begin >>passes
read -r line <go
echo end >>passes
`;
const FINISH = '#!/bin/sh\necho "$1 $2" >>finished\n';

/** Where each shell is. */
const paths = Object.fromEntries(
  spawnSync('sh', ['-c', 'for s; do echo "$s $(command -v "$s")"; done', 'sh', ...SHELLS], {
    encoding: 'utf8',
  })
    .stdout.trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, string]),
);
const catalog = catalogFor('/nonexistent');

function text(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Pids whose working directory is this folder. */
function within(folder: string): number[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return fs.readlinkSync(`/proc/${name}/cwd`) === folder;
      } catch {
        return false;
      }
    })
    .map(Number);
}

function hasChild(pid: number): boolean {
  return text(`/proc/${pid}/task/${pid}/children`).trim() !== '';
}

function comm(pid: number): string {
  return text(`/proc/${pid}/comm`).trim();
}

class Looped {
  readonly folder: string;
  readonly shell: Shell;
  readonly #go: number;
  #runsv: ChildProcess | undefined;

  constructor(root: string, shell: Shell, template: string, given: Record<string, string>) {
    this.shell = shell;
    this.folder = join(root, shell);
    const files = renderSample(catalog, template, root, '/bin/sh', given);
    writeRendered(files, this.folder);
    fs.rmSync(join(this.folder, 'log'), { recursive: true });
    // busybox is a shell under the name sh only.
    if (shell === 'busybox') {
      fs.mkdirSync(join(root, 'box'));
      fs.symlinkSync(paths.busybox as string, join(root, 'box/sh'));
    }
    const shebang = `#!${shell === 'busybox' ? join(root, 'box/sh') : paths[shell]}\n`;
    for (const name of ['run', 'loop']) {
      const file = join(this.folder, name);
      fs.writeFileSync(file, text(file).replace('#!/bin/sh\n', shebang));
    }
    fs.writeFileSync(join(this.folder, 'pass'), PASS, { mode: 0o755 });
    fs.writeFileSync(join(this.folder, 'finish'), FINISH, { mode: 0o755 });
    spawnSync('mkfifo', [join(this.folder, 'go')]);
    // Open for both: so writing never waits for a reader, and what is written stays until a pass reads it.
    this.#go = fs.openSync(join(this.folder, 'go'), fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
  }

  start(): void {
    this.#runsv = spawn('runsv', [this.folder], { stdio: 'ignore', cwd: '/' });
  }

  get passes(): string {
    return text(join(this.folder, 'passes')).replaceAll('\n', ' ').trim();
  }
  get finished(): string {
    return text(join(this.folder, 'finished')).trim();
  }
  get pid(): number {
    return Number(text(join(this.folder, 'supervise/pid')).trim() || 0);
  }
  get stat(): string {
    return text(join(this.folder, 'supervise/stat')).trim();
  }
  get runsvPid(): number {
    return this.#runsv?.pid ?? 0;
  }

  /** Control letters, as sv writes them. */
  control(letters: string): void {
    fs.writeFileSync(join(this.folder, 'supervise/control'), letters);
  }

  go(): void {
    fs.writeSync(this.#go, '\n');
  }

  async passing(times = 1): Promise<void> {
    await until(
      `${this.shell} is in pass ${times}`,
      // Its pid is published after it was started: it may be at work before.
      () => this.passes.split(' ').filter((word) => word === 'begin').length === times && this.pid > 0,
    );
  }

  /** No pass runs, and the loop has a child: its sleep (in ksh93 a part of the shell itself, by another name). */
  async napping(): Promise<void> {
    await until(`${this.shell} naps`, () => !this.passes.endsWith('begin') && hasChild(this.pid));
  }

  async down(): Promise<void> {
    await until(`${this.shell} is down`, () => this.stat === 'down');
  }

  /** What is left in the directory besides runsv. */
  left(): string[] {
    return within(this.folder)
      .filter((pid) => pid !== this.runsvPid)
      .map(comm);
  }

  async end(): Promise<void> {
    const runsv = this.#runsv;
    if (runsv !== undefined && runsv.exitCode === null && runsv.signalCode === null) {
      const ended = new Promise((resolve) => runsv.once('exit', resolve));
      this.go();
      runsv.kill('SIGTERM');
      await ended;
    }
    fs.closeSync(this.#go);
  }
}

/** One loop for each shell, started; the body runs for all of them at once. */
async function inEveryShell(
  template: string,
  given: Record<string, string>,
  body: (loop: Looped) => Promise<void>,
  prepare: (loop: Looped) => void = () => {},
): Promise<void> {
  const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'homerun-loops-')));
  const loops = SHELLS.map((shell) => new Looped(root, shell, template, given));
  try {
    for (const loop of loops) {
      prepare(loop);
      loop.start();
    }
    await Promise.all(loops.map(body));
  } finally {
    await Promise.all(loops.map((loop) => loop.end()));
    fs.rmSync(root, { recursive: true, force: true });
  }
}

const long = { seconds: '300' };

/** One whole pass, exit code 0, and nothing of it left. */
function endedWell(loop: Looped): void {
  expect([loop.shell, loop.passes, loop.finished, loop.left()]).toEqual([loop.shell, 'begin end', '0 0', []]);
}

describe.skipIf(!there)('a loop, in dash, bash, ksh93, mksh and busybox sh', { concurrent: true }, () => {
  it('lets the pass end when sv down comes in its middle, and then is down with exit code 0', async () => {
    await inEveryShell('loop', long, async (loop) => {
      await loop.passing();
      loop.control('d');
      await until(`${loop.shell} got TERM`, () => loop.stat === 'run, got TERM, want down');
      const { pid } = loop;
      loop.control('d');
      expect([loop.shell, loop.pid, loop.passes]).toEqual([loop.shell, pid, 'begin']);
      loop.go();
      await loop.down();
      endedWell(loop);
    });
  });

  it('ends from its nap when sv down comes, and leaves no sleep behind', async () => {
    await inEveryShell('loop', long, async (loop) => {
      await loop.passing();
      loop.go();
      await loop.napping();
      loop.control('d');
      await loop.down();
      endedWell(loop);
    });
  });

  it('stays down after the pass when sv once and sv 1 come in its middle', async () => {
    await inEveryShell('loop', long, async (loop) => {
      await loop.passing();
      loop.control('o');
      loop.control('1');
      await until(`${loop.shell} wants down`, () => loop.stat === 'run, want down');
      loop.go();
      await loop.down();
      endedWell(loop);
    });
  });

  it('is started afresh between two passes by sv 1 alone, from its nap', async () => {
    await inEveryShell('loop', long, async (loop) => {
      await loop.passing();
      const { pid } = loop;
      loop.go();
      await loop.napping();
      loop.control('1');
      await loop.passing(2);
      expect([loop.shell, loop.passes, loop.finished]).toEqual([loop.shell, 'begin end begin', '0 0']);
      expect(loop.pid).not.toBe(pid);
    });
  });

  it('lets the pass end when the session ends (TERM to runsv), and runsv goes after it', async () => {
    await inEveryShell('loop', long, async (loop) => {
      await loop.passing();
      process.kill(loop.runsvPid, 'SIGTERM');
      await until(`${loop.shell} wants exit`, () => loop.stat.endsWith('want exit'));
      expect([loop.shell, loop.passes]).toEqual([loop.shell, 'begin']);
      loop.go();
      await until(`${loop.shell}: runsv is gone`, () => within(loop.folder).length === 0);
      expect([loop.shell, loop.passes, loop.finished]).toEqual([loop.shell, 'begin end', '0 0']);
    });
  });

  it('begins the next pass after its nap', async () => {
    await inEveryShell('loop', { seconds: '1' }, async (loop) => {
      await loop.passing();
      const { pid } = loop;
      loop.go();
      await loop.passing(2);
      expect([loop.shell, loop.passes, loop.pid]).toEqual([loop.shell, 'begin end begin', pid]);
    });
  });
});

describe.skipIf(!there)(
  'an interval, in dash, bash, ksh93, mksh and busybox sh',
  { concurrent: true },
  () => {
    const stamp = (loop: Looped): string => text(join(loop.folder, 'last-pass')).trim();
    const keep = (contents: string) => (loop: Looped) => {
      fs.writeFileSync(join(loop.folder, 'last-pass'), contents);
    };
    const hour = { minutes: '60' };

    it('begins at once the first time and notes when', async () => {
      await inEveryShell('interval', hour, async (loop) => {
        const before = Math.floor(Date.now() / 1000);
        await loop.passing();
        expect(Number(stamp(loop)) - before).toBeGreaterThanOrEqual(-60);
        loop.control('d');
        loop.go();
        await loop.down();
        expect([loop.shell, loop.passes, loop.finished, loop.left()]).toEqual([
          loop.shell,
          'begin end',
          '0 0',
          [],
        ]);
      });
    });

    it('does not begin when the last pass is not long enough ago, and stops from that nap', async () => {
      const now = String(Math.floor(Date.now() / 1000));
      await inEveryShell(
        'interval',
        hour,
        async (loop) => {
          await loop.napping();
          loop.control('d');
          await loop.down();
          expect([loop.shell, loop.passes, loop.finished, loop.left(), stamp(loop)]).toEqual([
            loop.shell,
            '',
            '0 0',
            [],
            now,
          ]);
        },
        keep(`${now}\n`),
      );
    });

    it('makes up for a pass that fell due, and for a stamp that is none', async () => {
      await inEveryShell(
        'interval',
        hour,
        async (loop) => {
          await loop.passing();
          expect(stamp(loop)).toMatch(/^\d{10,}$/);
        },
        (loop) =>
          keep(loop.shell === 'dash' || loop.shell === 'ksh93' ? 'x; rm -rf /tmp/none\n' : '1000000000\n')(
            loop,
          ),
      );
    });

    it('waits once the whole time at most when the clock was set back', async () => {
      const ahead = String(Math.floor(Date.now() / 1000) + 900_000);
      await inEveryShell(
        'interval',
        { minutes: '1' },
        async (loop) => {
          await loop.napping();
          expect(loop.passes).toBe('');
        },
        keep(`${ahead}\n`),
      );
    });
  },
);
