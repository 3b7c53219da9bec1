/** The shared mode from outside: what sv, ps and the daemons themselves see is what they see under C runit. */
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { needs } from '../setup/needs.ts';
import { type Published, published } from '../setup/published.ts';
import { argumentsOf, C, catches, children, lives, type Supervisor, text } from '../setup/service-tree.ts';
import { until, untilSame } from '../setup/until.ts';
import { HOSTED, OWN_PROCESS, SharedTree, SLEEP, saidBy, withTree } from './world.ts';

vi.setConfig({ testTimeout: 180_000 });

const ENGINES = ['C', 'shared'] as const;

/** True when the service has no process, or one that has a handler for the signal: its last `trap`, or svlogd's last. */
function handles(tree: SharedTree, slot: string, signal: 'SIGHUP' | 'SIGINT'): boolean {
  const pid = tree.status(slot)?.pid;
  return !pid || catches(pid, signal);
}

/** The same scenario under C runit and under `runsvdir --shared`; both have to give the same. */
function same(
  title: string,
  scenario: (tree: SharedTree, start: (args?: readonly string[]) => Supervisor) => Promise<unknown>,
): void {
  it(title, async () => {
    const [c, shared] = await Promise.all(
      ENGINES.map(async (engine) => {
        let found: unknown;
        const tree = new SharedTree();
        try {
          const c = (args: readonly string[] = ['service']) => tree.start(`${C}/runsvdir`, ['-P', ...args]);
          found = await scenario(tree, engine === 'C' ? c : (args) => tree.shared(args));
        } finally {
          await tree.remove();
        }
        return found;
      }),
    );
    expect(shared).toEqual(c);
  });
}

describe.skipIf(!needs('runsvdir', 'sv', 'svlogd')).concurrent('under runsvdir --shared as under C', () => {
  same('sv does every verb on a service and on its log service, and says the same', async (tree, start) => {
    tree.service('a', {
      run: 'trap "echo hup" HUP; trap "echo alarm" ALRM; trap "echo int" INT; while :; do sleep 0.05; done',
      'log/run': HOSTED,
    });
    tree.age();
    start();
    await tree.runs('a');
    await tree.runs('a/log');
    const said: unknown[] = [];
    const plain = (text: string) => text.replace(/pid \d+/g, 'pid N').replace(/\d+s/g, 'Ts');
    await until(
      'both handle signals',
      () => handles(tree, 'a', 'SIGINT') && handles(tree, 'a/log', 'SIGHUP'),
    );
    const before = { a: tree.status('a')?.pid, log: tree.status('a/log')?.since };
    const settled = (stat: string, log: string) =>
      told(tree, 'a')?.stat === stat && told(tree, 'a/log')?.stat === log;
    for (const [command, stat, log] of [
      ['down a', 'down', 'run'],
      ['up a', 'run', 'run'],
      ['once a', 'run, want down', 'run'],
      ['pause a', 'run, paused, want down', 'run'],
      ['cont a', 'run, want down', 'run'],
      ['up a', 'run', 'run'],
      ['hup a', 'run', 'run'],
      ['alarm a', 'run', 'run'],
      ['interrupt a', 'run', 'run'],
      ['restart a', 'run', 'run'],
      ['kill a', 'run', 'run'],
      ['down a/log', 'run', 'down'],
      ['up a/log', 'run', 'run'],
      ['once a/log', 'run', 'run, want down'],
      ['pause a/log', 'run', 'run, paused, want down'],
      ['cont a/log', 'run', 'run, want down'],
      ['kill a/log', 'run', 'down'],
      ['up a/log', 'run', 'run'],
      ['term a/log', 'run', 'run'],
      ['hup a/log', 'run', 'run'],
      ['exit a/log', 'run', 'run'],
      ['check a', 'run', 'run'],
    ] as const) {
      const [verb = '', slot = ''] = command.split(' ');
      const since = tree.status(slot)?.since;
      const { status } = await tree.sv(verb, slot);
      // Before those are done the service looks as it does after them.
      const again = ['restart', 'kill', 'term'].includes(verb);
      await until(
        `${command}: ${stat}; ${log}`,
        () => settled(stat, log) && (!again || tree.status(slot)?.since !== since),
      );
      // A process that has just started dies of a signal that it does not handle yet.
      await until(
        `after ${command} both handle signals`,
        () => handles(tree, 'a', 'SIGINT') && handles(tree, 'a/log', 'SIGHUP'),
      );
      said.push([command, status, plain((await tree.sv('status', 'a', 'a/log')).said)]);
    }
    said.push(tree.status('a')?.pid !== before.a, tree.status('a/log')?.since !== before.log);
    return said;
  });

  same('an ALRM to the log service rotates, and its files have the names and modes', async (tree, start) => {
    tree.service('a', { run: 'for i in 1 2 3; do echo line $i; done; exec sleep 1000', 'log/run': HOSTED });
    tree.age();
    start();
    await until('three lines', () => tree.logged('a').length === 3);
    await tree.sv('alarm', 'a/log');
    const folder = join(tree.services, 'a/log/main');
    const old = await until('an old log', () => readdirSync(folder).find((name) => name.endsWith('.s')));
    // The new one is made after the old one got its name, and then gets its mode.
    await until('a new current', () => {
      const current = statSync(join(folder, 'current'), { throwIfNoEntry: false });
      return current !== undefined && (current.mode & 0o777) === 0o644;
    });
    return [
      /^@4[0-9a-f]{23}\.s$/.test(old),
      readdirSync(folder).length,
      spawnSync('stat', ['-c', '%a %s', old, 'current', 'lock'], { cwd: folder, encoding: 'utf8' }).stdout,
      tree.logged('a'),
    ];
  });

  same(
    'a daemon gets the same environment, descriptors, signals, limits and session',
    async (tree, start) => {
      tree.service('a', {
        run: `exec 2>/dev/null
tr '\\0' '\\n' </proc/$$/environ | grep -v -E '^(PATH|HOMERUN_NODE|PWD|OLDPWD|_|SHLVL)=' >env.new
ls -l /proc/$$/fd >fds.raw # no pipeline: its pipes would be among them, or not, as it happens
sed -n 's/.* \\([0-9]* -> .*\\)/\\1/p' fds.raw | sed 's/pipe:.*/pipe/' >fds
grep -E '^(Sig(Blk|Ign)|Uid|Groups|Umask)' /proc/self/status >status
cat /proc/self/limits >limits
set -- $(cut -d' ' -f5,6 /proc/$$/stat)
pwd >cwd; echo "$0" "$#" >args
mv env.new env
exec sleep 1000`,
        finish: 'echo "$@" >finished',
        'log/run': HOSTED,
      });
      tree.age();
      start();
      const folder = join(tree.services, 'a');
      const pid = await until(
        'it has told',
        () => text(join(folder, 'env')) !== undefined && tree.status('a')?.pid,
      );
      await until('it sleeps', () => argumentsOf(pid)[0] === 'sleep');
      // Read before it ends: the next run writes the files anew.
      const told = ['env', 'fds', 'status', 'limits', 'cwd', 'args'].map((name) =>
        text(join(folder, name))?.replaceAll(tree.root, 'TREE'),
      );
      process.kill(pid, 'SIGQUIT');
      await until('finish ran', () => text(join(folder, 'finished'))?.endsWith('\n'));
      return [...told, text(join(folder, 'finished'))];
    },
  );

  same('HUP brings all down, daemons and logs, and exits 111', async (tree, start) => {
    tree.service('a', { run: 'echo started; exec sleep 1000', 'log/run': HOSTED });
    tree.service('b', { run: SLEEP });
    tree.age();
    const supervisor = start();
    const pids = [await tree.runs('a'), await tree.runs('b')];
    await until('a line', () => tree.logged('a').length > 0);
    supervisor.signal('SIGHUP');
    const code = await supervisor.ended;
    await until('all ended', () => !pids.some(lives) && !tree.isCaredFor('a') && !tree.isCaredFor('b'));
    const { said } = await tree.sv('status', 'a', 'b');
    return [code, saidBy(supervisor), said, readStat(tree, 'a'), readStat(tree, 'a/log')];
  });

  same('messages and stderr of daemons scroll through the last argument', async (tree, start) => {
    tree.service('a', { run: 'echo from the daemon >&2; exec sleep 1000' });
    mkdirSync(join(tree.services, 'broken'));
    symlinkSync('nowhere', join(tree.services, 'dangling'));
    tree.age();
    const supervisor = start(['service', `log: ${'.'.repeat(4000)}`]);
    // The text moves to the left byte by byte while a message comes.
    const shown = await untilSame('all is said, and the text', () => {
      const words = argumentsOf(supervisor.pid);
      const parts = ['from the daemon', 'unable to stat dangling', 'unable to start ./run'];
      return parts.every((part) => words.at(-1)?.includes(part)) ? words : undefined;
    });
    const lines = (shown.at(-1) ?? '').slice(5).replace(/^\.+/, '').split('\n');
    const whole = [...new Set(lines.map((line) => line.replace(/^\.+/, '')))].filter((line) =>
      / (daemon|exist)$/.test(line),
    );
    return [shown.slice(0, -1).slice(1), shown.at(-1)?.length, whole.sort()];
  });
});

/** What is published of a slot, once it is of one moment. */
function told(tree: SharedTree, slot: string): Published | undefined {
  return published(join(tree.services, slot, 'supervise'));
}

function readStat(tree: SharedTree, slot: string): string | undefined {
  return text(join(tree.services, slot, 'supervise/stat'));
}

describe.concurrent('runsvdir --shared', () => {
  it('has no process but the daemons and what can not be hosted', () =>
    withTree(async (tree) => {
      tree.service('hosted', { run: SLEEP, 'log/run': HOSTED });
      tree.service('process', { run: SLEEP, 'log/run': OWN_PROCESS });
      const supervisor = tree.shared();
      for (const name of ['hosted', 'process', 'hosted/log', 'process/log']) await tree.runs(name);
      expect(tree.status('hosted/log')?.pid).toBe(supervisor.pid);
      await until('three', () => {
        const programs = children(supervisor.pid).map((pid) => argumentsOf(pid)[0]?.split(' ')[0]);
        return programs.sort().join(' ') === 'sleep sleep svlogd';
      });
    }));

  it('starts what is linked into the directory, brings down what is taken out, and keeps what is renamed', () =>
    withTree(async (tree) => {
      tree.service('a', { run: SLEEP, 'log/run': HOSTED }, 'all');
      const supervisor = tree.shared();
      await until('it looks', () => readdirSync(tree.services).includes('.homerun-services'));
      symlinkSync('../all/a', join(tree.services, 'a'));
      const pid = await tree.runs('a');
      symlinkSync('../all/a', join(tree.services, 'second'));
      renameSync(join(tree.services, 'a'), join(tree.services, 'b'));
      tree.service('marker', { run: SLEEP });
      await tree.runs('marker');
      expect(tree.status('b')?.pid).toBe(pid);
      rmSync(join(tree.services, 'b'));
      rmSync(join(tree.services, 'second'));
      await until('it is down', () => !lives(pid));
      symlinkSync('../all/a', join(tree.services, 'a'));
      await tree.runs('a', pid);
      expect([lives(supervisor.pid), saidBy(supervisor)]).toEqual([true, '']);
    }));

  it('finds a directory that is made, removed and made again', () =>
    withTree(async (tree) => {
      rmSync(tree.services, { recursive: true });
      const supervisor = tree.shared();
      await until('it says so', () => supervisor.output() !== '');
      expect(supervisor.output().split('\n')[0]).toBe(
        'runsvdir service: warning: unable to stat service: file does not exist',
      );
      mkdirSync(tree.services);
      tree.service('a', { run: SLEEP });
      const first = await tree.runs('a');
      renameSync(tree.services, join(tree.root, 'old'));
      mkdirSync(tree.services);
      tree.service('b', { run: SLEEP });
      await tree.runs('b');
      await until('the old one is down', () => !lives(first));
    }));

  it('waits for the run of a directory that is being made', () =>
    withTree(async (tree) => {
      const supervisor = tree.shared();
      await until('it looks', () => readdirSync(tree.services).includes('.homerun-services'));
      // It comes whole: who looks in between at one that is being written can not start it.
      const run = tree.file('run', `#!/bin/sh\n${SLEEP}\n`);
      const folder = join(tree.services, 'a');
      mkdirSync(folder);
      renameSync(run, join(folder, 'run'));
      await tree.runs('a');
      expect(supervisor.output()).toBe('');
    }));

  it('starts again a service whose runsv could not begin, as soon as it can', () =>
    withTree(async (tree) => {
      const folder = tree.service('a', { run: SLEEP });
      mkdirSync(join(folder, 'supervise'));
      const holder = tree.start('/usr/bin/flock', [join(folder, 'supervise/lock'), 'sleep', '1000']);
      await until('the lock is held', () => children(holder.pid).length === 1);
      const supervisor = tree.shared();
      const message = 'runsv a: fatal: unable to lock supervise/lock: temporary failure\n';
      await until('it says so twice', () => supervisor.output().includes(message + message));
      for (const pid of [holder.pid, ...children(holder.pid)]) process.kill(pid, 'SIGKILL');
      await tree.runs('a');
    }));

  it('runs a log/run as a process when its directory can not be made, so that its own words are seen', () =>
    withTree(async (tree) => {
      const folder = tree.service('a', { run: SLEEP, 'log/run': HOSTED });
      writeFileSync(join(folder, 'log/main'), 'a file');
      const supervisor = tree.shared();
      await until('mkdir speaks', () => /mkdir: .*main.*exists/.test(supervisor.output()));
      rmSync(join(folder, 'log/main'));
      await tree.runs('a/log');
      await until('the log is there', () => readdirSync(join(folder, 'log')).includes('main'));
    }));

  it('runs a log/run as a process when it goes to a directory that is not there, as a shell goes on then', () =>
    withTree(async (tree) => {
      const folder = tree.service('a', {
        run: 'echo line; exec sleep 100000',
        'log/run': 'cd ./nowhere\nmkdir -p ./main\nexec svlogd ./main',
      });
      const supervisor = tree.shared();
      await until('it logs', () => tree.logged('a')[0] === 'line');
      expect(readdirSync(join(folder, 'log')).sort()).toEqual(['main', 'run', 'supervise']);
      expect(saidBy(supervisor)).toMatch(
        /^runsv a: warning: log\/run: unable to cd .\/nowhere: file does not exist\n.*cd: .*\.\/nowhere.*\n$/,
      );
    }));

  it(
    'wakes up no more often than once in five seconds at rest, with all its threads',
    () =>
      withTree(async (tree) => {
        for (let number = 0; number < 5; number++)
          tree.service(`s${number}`, { run: SLEEP, 'log/run': HOSTED });
        const supervisor = tree.shared();
        for (let number = 0; number < 5; number++) await tree.runs(`s${number}/log`);
        /** How often its threads have left a processor: of one that sleeps that stays the same, on a busy machine too. */
        const switches = () =>
          readdirSync(`/proc/${supervisor.pid}/task`)
            .flatMap((task) => [
              ...(text(`/proc/${supervisor.pid}/task/${task}/status`) ?? '').matchAll(
                /ctxt_switches:\s+(\d+)/g,
              ),
            ])
            .reduce((sum, [, count]) => sum + Number(count), 0);
        // Between two looks nothing runs at all, twice. The start, and garbage that is collected once, pass by.
        let last = -1;
        let since = 0;
        let sleeps = 0;
        await until(
          'it sleeps twice for as long as it does between two looks',
          () => {
            const now = performance.now();
            const count = switches();
            if (count !== last) [last, since] = [count, now];
            else if (now - since >= 4500) {
              sleeps += 1;
              since = Number.POSITIVE_INFINITY;
            }
            return sleeps === 2;
          },
          240_000,
        );
      }),
    300_000,
  );

  it('keeps the last endings beside status', () =>
    withTree(async (tree) => {
      tree.service('a', { run: 'sleep 0.01; exit 3' });
      tree.shared();
      const lines = await until('two endings', () => {
        const found = text(join(tree.services, 'a/supervise/history'))?.split('\n').slice(0, -1);
        return found !== undefined && found.length >= 2 && found;
      });
      expect(lines[0]).toMatch(/^@4[0-9a-f]{23} run \d+\.\d{3} exit 3$/);
      expect(readFileSync(join(tree.services, 'a/supervise/status')).length).toBe(20);
    }));
});
