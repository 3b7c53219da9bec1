/** runsvdir in its classic mode, and C's, on the same trees: what they start, say, leave and return. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { needs } from '../setup/needs.ts';
import {
  argumentsOf,
  C,
  catches,
  children,
  lives,
  OURS,
  processFields,
  ServiceTree,
  type Supervisor,
  text,
} from '../setup/service-tree.ts';
import { until } from '../setup/until.ts';

vi.setConfig({ testTimeout: 180_000 });

const NOBODY = 65534;
const SLEEP = 'exec sleep 1000';

interface World {
  readonly tree: ServiceTree;
  readonly program: string;
  /** Starts runsvdir with PATH as the test wants it: `bin` of the tree first. */
  start(args: readonly string[], options?: { uid?: number; path?: string }): Supervisor;
  /** Same text for both engines: the tree's folder is named TREE. */
  plain(text: string): string;
}

/** Runs a scenario with C's runsvdir and with ours beside each other, and compares all that it gives. */
function same(title: string, scenario: (world: World) => Promise<unknown>): void {
  it(title, async () => {
    const run = async (program: string) => {
      const tree = new ServiceTree();
      mkdirSync(join(tree.root, 'bin'));
      try {
        return await scenario({
          tree,
          program,
          start: (args, { uid, path } = {}) =>
            tree.start(program, args, {
              ...(uid === undefined ? {} : { uid }),
              // Where PATH is short the launcher still has to find node.
              env: {
                ...process.env,
                HOMERUN_NODE: process.execPath,
                PATH: path ?? `${join(tree.root, 'bin')}:${process.env.PATH}`,
              },
            }),
          plain: (said) => said.replaceAll(tree.root, 'TREE'),
        });
      } finally {
        await tree.remove();
      }
    };
    const [c, ours] = await Promise.all([run(`${C}/runsvdir`), run(`${OURS}/runsvdir`)]);
    expect(ours).toEqual(c);
  });
}

/** Pids of the runsv of a supervisor by the name that they were given. */
function runsvs(supervisor: { pid: number }): Map<string, number> {
  const found = new Map<string, number>();
  for (const pid of children(supervisor.pid)) {
    const [program, name, ...more] = argumentsOf(pid);
    if (program === 'runsv' && more.length === 0 && lives(pid)) found.set(name ?? '', pid);
  }
  return found;
}

/** The runsv of a supervisor once there are so many. */
function runsvsOnce(supervisor: { pid: number }, count: number): Promise<Map<string, number>> {
  return until(`${count} runsv run`, () => {
    const found = runsvs(supervisor);
    return found.size === count && found;
  });
}

/** Processes of a runsv that is a script of the test. */
function fakes(supervisor: { pid: number }): number[] {
  return children(supervisor.pid).filter((pid) =>
    argumentsOf(pid).some((argument) => argument.endsWith('/bin/runsv')),
  );
}

/** Whether a process is in a directory, or has it open. */
function isIn(pid: number, directory: string): boolean {
  const held = ['cwd', ...readdirSync(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`)];
  return held.some((name) => {
    try {
      return readlinkSync(`/proc/${pid}/${name}`) === directory;
    } catch {
      return false;
    }
  });
}

function lines(said: string): string[] {
  return said.split('\n').slice(0, -1);
}

describe.skipIf(!needs('runsvdir', 'runsv')).concurrent('runsvdir beside C', () => {
  it.each([[[]], [['-P']], [['--']], [['--what-ever']]])('says its usage: %j', (args) => {
    const c = spawnSync(`${C}/runsvdir`, args, { encoding: 'utf8', argv0: 'runsvdir' });
    const ours = spawnSync(`${OURS}/runsvdir`, args, { encoding: 'utf8' });
    expect([ours.status, ours.stdout, ours.stderr]).toEqual([c.status, c.stdout, c.stderr]);
  });

  same('starts runsv from PATH in the service directory with what it was given itself', async (world) => {
    const { tree } = world;
    // What differs from run to run is left out: times, pids.
    tree.file(
      'bin/runsv',
      `#!/bin/sh
exec 2>&1 >"$OUT.$1.new"
echo "$0" "$@"; pwd; ulimit -Sn; ulimit -Hn; umask
grep -E '^Sig(Blk|Ign|Cgt)|^ShdPnd' /proc/self/status
ls -l /proc/$$/fd | sed -n 's/.* \\([0-9]* -> .*\\)/\\1/p' | sed 's/pipe:.*/pipe/' | grep -v ' ->.*\\.new\\| -> /proc/\\|pipe$\\|/bin/runsv$'
cut -d' ' -f5,6 /proc/$$/stat | sed "s/$$/own/g" | grep -o own
tr '\\0' '\\n' </proc/$$/environ | grep -v -E '^(_|PWD|OLDPWD|SHLVL)='
mv "$OUT.$1.new" "$OUT.$1"
exec sleep 1000
`,
    );
    tree.service('one', { run: SLEEP });
    tree.age();
    const path = `${join(tree.root, 'bin')}:/usr/bin:/bin`;
    const found: Record<string, unknown> = {};
    for (const flags of [['-P'], []]) {
      const out = join(tree.root, 'seen');
      // Some signals ignored, a lower limit, no environment but this.
      const supervisor = tree.start('/bin/sh', [
        '-c',
        `trap '' USR2 QUIT PIPE; ulimit -Sn 200; umask 027; exec env -i A=1 'B= 2' OUT="$1" PATH="$2" "$3" ${flags.join(' ')} service`,
        'sh',
        out,
        path,
        world.program,
      ]);
      const seen = await until('runsv has told what it got', () => text(`${out}.one`));
      found[flags.join('') || 'no -P'] = world.plain(seen);
      rmSync(`${out}.one`);
      supervisor.signal('SIGHUP');
      found[`${flags.join('')} exit`] = await supervisor.ended;
    }
    return found;
  });

  same(
    'knows a service by its directory: a rename is no restart, two links are one',
    async ({ tree, start }) => {
      tree.service('real', { run: SLEEP }, 'all');
      tree.service('plain', { run: SLEEP });
      tree.service('.hidden', { run: SLEEP });
      writeFileSync(join(tree.services, 'file'), '');
      symlinkSync('../all/real', join(tree.services, 'link'));
      tree.age();
      const supervisor = start(['service']);
      const first = await runsvsOnce(supervisor, 2);
      // It looks at the directory before all of this or after it: C takes what is renamed under its look for gone.
      supervisor.signal('SIGSTOP');
      symlinkSync('../all/real', join(tree.services, 'second'));
      rmSync(join(tree.services, 'link'));
      renameSync(join(tree.services, 'plain'), join(tree.services, 'other'));
      tree.service('added', { run: SLEEP });
      supervisor.signal('SIGCONT');
      const second = await runsvsOnce(supervisor, 3);
      expect([second.get('link'), second.get('plain')]).toEqual([first.get('link'), first.get('plain')]);
      return [...second.keys()].sort();
    },
  );

  same('sends TERM to the runsv of a service that is gone, and forgets it', async ({ tree, start }) => {
    tree.file('bin/runsv', `#!/bin/sh\ntrap 'echo "$1" TERM >>../told' TERM\nwhile :; do sleep 0.1; done\n`);
    for (const name of ['a', 'b', 'c']) mkdirSync(join(tree.services, name));
    tree.age();
    const supervisor = start(['service']);
    await until('all run and handle TERM', () => {
      const found = fakes(supervisor);
      return found.length === 3 && found.every((pid) => catches(pid, 'SIGTERM'));
    });
    rmSync(join(tree.services, 'b'), { recursive: true });
    const told = await until('b was told', () => text(join(tree.root, 'told')));
    return [told, fakes(supervisor).length, supervisor.output()];
  });

  same('starts a runsv again that died', async ({ tree, start }) => {
    tree.service('a', { run: SLEEP });
    tree.age();
    const supervisor = start(['service']);
    const first = await until('it runs', () => runsvs(supervisor).get('a'));
    process.kill(first, 'SIGTERM');
    const second = await until('it runs again', () => {
      const pid = runsvs(supervisor).get('a');
      return pid !== first && pid;
    });
    return second !== first;
  });

  same('on TERM exits 0 and leaves all running; on HUP sends TERM and exits 111', async ({ tree, start }) => {
    tree.service('a', { run: SLEEP });
    tree.age();
    const one = start(['-P', 'service']);
    const left = await until('it runs', () => runsvs(one).get('a'));
    await until('run runs', () => children(left)[0]);
    one.signal('SIGTERM');
    const first = await one.ended;
    expect(lives(left)).toBe(true);
    process.kill(left, 'SIGTERM');
    await until('it ended', () => !lives(left));
    const two = start(['-P', 'service']);
    const ended = await until('it runs', () => runsvs(two).get('a'));
    await until('run runs', () => children(ended)[0]);
    two.signal('SIGHUP');
    const second = await two.ended;
    await until('it ended', () => !lives(ended));
    return [first, second, one.output(), two.output()];
  });

  same('on ALRM scans at once and leaves a note', async ({ tree, start }) => {
    tree.service('a', { run: SLEEP });
    tree.age();
    const supervisor = start(['service']);
    await until('it runs', () => runsvs(supervisor).size === 1);
    const note = await until('the note', () => {
      supervisor.signal('SIGALRM');
      return text(join(tree.services, '.forced-rescan'));
    });
    return [/^@4[0-9a-f]{23}$/.test(note), supervisor.output(), lives(supervisor.pid)];
  });

  same('on ALRM says when it can leave no note', async ({ tree, start }) => {
    mkdirSync(join(tree.services, 'a'));
    tree.file('bin/runsv', '#!/bin/sh\nwhile :; do sleep 1000; done\n');
    tree.age();
    const supervisor = start(['service'], { uid: NOBODY });
    await until('it runs', () => fakes(supervisor).length === 1);
    await until('it says so', () => {
      supervisor.signal('SIGALRM');
      return supervisor.output().includes('\n');
    });
    return lines(supervisor.output())[0]?.replace(/@4[0-9a-f]{23}$/, 'LABEL');
  });

  same('says what it can not look at, and goes on', async ({ tree, start, plain }) => {
    symlinkSync('nowhere', join(tree.services, 'dangling'));
    symlinkSync('loop', join(tree.services, 'loop'));
    symlinkSync('loop/more', join(tree.services, 'through'));
    tree.service('good', { run: SLEEP });
    tree.age();
    const supervisor = start(['service']);
    await until('the good one runs', () => runsvs(supervisor).size === 1);
    await until('three warnings', () => lines(supervisor.output()).length >= 3);
    return lines(plain(supervisor.output())).slice(0, 3).sort();
  });

  same('says why the directory is of no use: not there, a file, no r, no x', async ({ tree, start }) => {
    writeFileSync(join(tree.root, 'file'), '');
    for (const [name, mode] of [
      ['nor', 0o311],
      ['nox', 0o644],
    ] as const) {
      mkdirSync(join(tree.root, name));
      chmodSync(join(tree.root, name), mode);
    }
    const said: Record<string, unknown> = {};
    for (const name of ['missing', 'file', 'nor', 'nox']) {
      const supervisor = start([name], { uid: NOBODY });
      await until('it says so', () => supervisor.output().includes('\n'));
      said[name] = lines(supervisor.output())[0];
      supervisor.signal('SIGTERM');
      said[`${name} exit`] = await supervisor.ended;
    }
    return said;
  });

  same(
    'starts what it has found though the directory is renamed meanwhile',
    async ({ tree, start, plain }) => {
      tree.file('bin/runsv', '#!/bin/sh\nwhile :; do sleep 1000; done\n');
      mkdirSync(join(tree.services, 'a'));
      const supervisor = start(['service']);
      // Where the directory was changed in the second that it looks at it, it is in there until that is over.
      await until('it stays in the directory', async () => {
        const now = new Date();
        utimesSync(tree.services, now, now);
        if (!isIn(supervisor.pid, tree.services)) return false;
        await wait(10);
        return isIn(supervisor.pid, tree.services);
      });
      renameSync(tree.services, join(tree.root, 'moved'));
      const fake = await until('it has started', () => fakes(supervisor)[0]);
      return [plain(readlinkSync(`/proc/${fake}/cwd`)), lives(supervisor.pid)];
    },
  );

  same(
    'finds what comes at the end of a second in which it has looked, however much is said meanwhile',
    async ({ tree, start }) => {
      tree.file('bin/runsv', '#!/bin/sh\nwhile :; do echo noise >&2; sleep 0.05; done\n');
      mkdirSync(join(tree.services, 'one'));
      tree.age();
      const supervisor = start(['service', `log: ${'.'.repeat(40)}`]);
      await until('one runs', () => fakes(supervisor).length === 1);
      await until('it looks in a second in which the directory was changed', () => {
        const now = new Date();
        utimesSync(tree.services, now, now);
        return isIn(supervisor.pid, tree.services);
      });
      await until('the second ends', () => Date.now() % 1000 > 900);
      mkdirSync(join(tree.services, 'two'));
      await until('both run', () => fakes(supervisor).length === 2);
    },
  );

  same('says that runsv is not on PATH, or can not be executed', async ({ tree, start, plain }) => {
    mkdirSync(join(tree.services, 'a'));
    mkdirSync(join(tree.root, 'empty'));
    const said: unknown[] = [];
    for (const [file, mode] of [
      ['', 0],
      ['#!/bin/sh\n', 0o644],
      ['#!/nonexistent/shell\n', 0o755],
      ['no program\n', 0o755],
    ] as const) {
      if (file !== '') tree.file('bin/runsv', file);
      if (file !== '') chmodSync(join(tree.root, 'bin/runsv'), mode);
      tree.age();
      // `cat` and its like are of the launcher; no folder with a runsv is there.
      const supervisor = start(['service'], { uid: NOBODY, path: `${tree.root}/empty:${tree.root}/bin` });
      await until('it says so', () => supervisor.output().includes('\n'));
      said.push(lines(plain(supervisor.output()))[0]);
      supervisor.signal('SIGTERM');
      said.push(await supervisor.ended);
    }
    return said;
  });

  same('shows messages in its last argument, the newest at the end', async ({ tree, start }) => {
    tree.file('bin/runsv', '#!/bin/sh\nprintf "one\\0two" >&2\nwhile :; do sleep 1000; done\n');
    mkdirSync(join(tree.services, 'a'));
    tree.age();
    const shown: string[][] = [];
    for (const log of ['log: ............................', `log: ${'.'.repeat(300)}`, 'log:xyz']) {
      const supervisor = start(['-P', 'service', log]);
      const shows = () => argumentsOf(supervisor.pid);
      await until('the message', () => shows()[3]?.includes('onetwo'.slice(-Math.min(6, log.length - 5))));
      // No warning besides it: a later one would scroll it out of a short log, here and in C. Where the dot of the
      // start stands is chance.
      const [program, flag, directory, text = ''] = shows();
      shown.push([program ?? '', flag ?? '', directory ?? '', text.slice(0, 5), String(text.length)]);
      supervisor.signal('SIGHUP');
      await supervisor.ended;
      shown.push([supervisor.output()]);
    }
    return shown;
  });

  same('refuses a log shorter than seven characters', async ({ tree, start }) => {
    mkdirSync(join(tree.services, 'a'));
    tree.file('bin/runsv', '#!/bin/sh\nwhile :; do sleep 1000; done\n');
    tree.age();
    const supervisor = start(['-P', 'service', 'Log:', '......']);
    await until('it runs', () => fakes(supervisor).length === 1);
    return [supervisor.output(), argumentsOf(supervisor.pid).slice(0, 4)];
  });

  same('has the process name runsvdir', async ({ tree, start }) => {
    mkdirSync(join(tree.services, 'a'));
    tree.file('bin/runsv', '#!/bin/sh\nwhile :; do sleep 1000; done\n');
    tree.age();
    const supervisor = start(['-P', 'service']);
    await until('it runs', () => fakes(supervisor).length === 1);
    return [text(`/proc/${supervisor.pid}/comm`), argumentsOf(supervisor.pid)];
  });

  same('starts at most 1000 services, and names the others', async ({ tree, start, plain }) => {
    for (let number = 0; number < 1003; number++) mkdirSync(join(tree.services, `s${number}`));
    tree.age();
    // No runsv: that is quicker than a thousand processes.
    const supervisor = start(['service'], { path: `${tree.root}/bin` });
    const refused = await until('three are refused', () => {
      const found = lines(plain(supervisor.output())).filter((line) => line.includes('too many'));
      return found.length >= 3 && found;
    });
    return refused.slice(0, 3).map((line) => line.replace(/ s\d+/, ' NAME'));
  });

  it('starts C runsv, and C runsvdir ours: each finds what is first in PATH', async () => {
    for (const [directory, first] of [
      [OURS, C],
      [C, OURS],
    ] as const) {
      const tree = new ServiceTree();
      try {
        tree.service('a', { run: SLEEP });
        tree.age();
        const supervisor = tree.start(`${directory}/runsvdir`, ['-P', 'service'], {
          env: { ...process.env, PATH: `${first}:${process.env.PATH}` },
        });
        const runsv = await until('it runs', () => runsvs(supervisor).get('a'));
        await until('run runs, and status tells it', () => {
          const pid = Number(text(join(tree.services, 'a/supervise/pid')));
          return pid > 0 && children(runsv).includes(pid);
        });
        expect(processFields(runsv)?.[3]).toBe(String(runsv));
        expect(readdirSync(tree.services)).toEqual(['a']);
      } finally {
        await tree.remove();
      }
    }
  });
});
