/** sv beside C's sv on the same service directories: words, streams, exit codes and bytes written. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SV_VERBS } from '../../src/supervisor/core/sv-command.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import {
  C_SV,
  expectSame,
  FakeTree,
  OUR_SV,
  type RunOptions,
  runOurs,
  runSv,
  statusBytes,
} from './sv-world.ts';

const root = process.getuid?.() === 0;

describe.skipIf(!needs('runsv', 'setpriv'))('sv says and does what C sv does', { timeout: 180_000 }, () => {
  let tree: FakeTree;

  beforeEach(() => {
    tree = new FakeTree();
    tree.service('a', { pid: 4711, age: 100 });
  });
  afterEach(() => tree.remove());

  const same = (args: readonly string[], options: RunOptions = {}): void => {
    const first = runSv(C_SV, tree, args, options);
    expectSame(runOurs('sv', tree, args, options), first);
  };

  /** The same with our program as a process of its own. */
  const sameProcess = (args: readonly string[], options: RunOptions = {}): void => {
    const first = runSv(C_SV, tree, args, options);
    expectSame(runSv(OUR_SV, tree, args, options), first);
  };

  it('as a process: usage, status, a command, a wait, a failure, SVDIR, by a path, by links', () => {
    tree.service('down', { want: 'd' });
    sameProcess([]);
    sameProcess(['status', 'a', 'down', './a', 'nosuch', 'é']);
    sameProcess(['restart', 'a', 'down'], { environment: { SVWAIT: '0' } });
    symlinkSync(OUR_SV, join(tree.root, 'link'));
    symlinkSync('link', join(tree.root, 'sv'));
    const up = runSv(C_SV, tree, ['up', 'down']);
    expectSame(runSv(join(tree.root, 'sv'), tree, ['up', 'down']), up);
    mkdirSync(join(tree.root, 'init.d'));
    symlinkSync(C_SV, join(tree.root, 'init.d/a'));
    const theirs = runSv(join(tree.root, 'init.d/a'), tree, ['status']);
    rmSync(join(tree.root, 'init.d/a'));
    symlinkSync(OUR_SV, join(tree.root, 'init.d/a'));
    expectSame(runSv(join(tree.root, 'init.d/a'), tree, ['status']), theirs);
  });

  it('as a process: the time of a timeout, and of the pause after it', () => {
    const started = performance.now();
    const said = runSv(OUR_SV, tree, ['-w1', 'down', 'a']);
    expect(said.stdout).toMatch(/^timeout: run: a: \(pid 4711\) \d+s\n$/);
    expect(said.code).toBe(1);
    // Looks at 0, 0.42, 0.84 and 1.26 s, and once more after that.
    expect(performance.now() - started).toBeGreaterThan(4 * 420);
  });

  it('as a process: USR1 ends it while it waits', async () => {
    for (const program of [C_SV, OUR_SV]) {
      tree.takeControls();
      const child = spawn(program, ['-w60', 'down', 'a'], {
        env: { PATH: process.env.PATH, SVDIR: tree.root },
        stdio: 'ignore',
      });
      let ended: string | null | undefined;
      child.once('exit', (_, signal) => {
        ended = signal;
      });
      try {
        let told = false;
        await until(`${program} ends by USR1`, () => {
          told ||= tree.takeControl('a') === 'd';
          if (told) child.kill('SIGUSR1');
          return ended !== undefined;
        });
        expect([told, ended]).toEqual([true, 'SIGUSR1']);
      } finally {
        child.kill('SIGKILL');
      }
    }
  });

  it('as a process: a reader that went away is a SIGPIPE', () => {
    for (const sv of [C_SV, OUR_SV]) {
      const fifo = join(tree.root, 'closed');
      rmSync(fifo, { force: true });
      spawnSync('mkfifo', [fifo]);
      const result = spawnSync(
        '/bin/sh',
        ['-c', 'exec 3<>closed 4>closed 3<&-; "$1" status a >&4; echo $?', 'sh', sv],
        { cwd: tree.root, env: { PATH: process.env.PATH, SVDIR: tree.root }, encoding: 'utf8' },
      );
      expect([result.stdout, result.stderr]).toEqual(['141\n', '']);
    }
  });

  it('usage: nothing, no service, unknown verbs and options, -V', () => {
    for (const args of [
      [],
      ['status'],
      ['frobnicate', 'a'],
      ['', 'a'],
      ['r', 'a'],
      ['f', 'a'],
      ['-q', 'up', 'a'],
    ]) {
      same(args);
    }
    for (const args of [['-w'], ['-V', 'up', 'a'], ['-vV'], ['--', 'zzz', 'a'], ['-', 'a']]) same(args);
  });

  it('options: grouped, beside their argument, ended by --', () => {
    for (const args of [
      ['--', 'status', 'a'],
      ['--anything', 'status', 'a'],
      ['-vw3', 'status', 'a'],
      ['-w', '3', '-v', 'h', 'a'],
      ['-w3', 'hup', 'a'],
    ]) {
      same(args);
    }
  });

  it('a name: in SVDIR, in a folder of it, from the working directory, with an end slash, empty, none such', () => {
    mkdirSync(join(tree.root, 'sub'));
    tree.service('sub/b', { pid: 5, want: 'd', gotTerm: 1 });
    symlinkSync('a', join(tree.root, 'link'));
    symlinkSync('loop', join(tree.root, 'loop'));
    tree.file('plain', 'x');
    same([
      'status',
      'a',
      'sub/b',
      './a',
      'a/',
      join(tree.root, 'a'),
      'link',
      '',
      'nosuch',
      'plain',
      'loop',
      '.',
      '/',
    ]);
    same(['status', 'a', './a', 'b/'], { environment: { SVDIR: '/nosuch' }, cwd: join(tree.root, 'sub') });
    same(['status', 'a', './a'], { environment: { SVDIR: '' } });
    same(['status', 'b'], { environment: { SVDIR: 'sub' } });
    same(['status', `${'x'.repeat(300)}`]);
  });

  it('looks for a name with a slash at its end in SVDIR once it waits', () => {
    same(['start', 'a/'], { cwd: tree.root, environment: { SVDIR: '/nosuch' } });
  });

  it('a name of odd bytes comes out as it went in', () => {
    const script = `d=$(printf 'x\\377\\n y'); mkdir -p "$1/$d"; exec "$2" status "$d" "$(printf '\\200')" é`;
    const run = (sv: string) =>
      spawnSync('/bin/sh', ['-c', script, 'sh', tree.root, sv], {
        env: { PATH: process.env.PATH, SVDIR: tree.root },
        encoding: 'latin1',
      });
    const [ours, theirs] = [run(OUR_SV), run(C_SV)];
    expect([ours.stdout, ours.stderr, ours.status]).toEqual([theirs.stdout, theirs.stderr, theirs.status]);
    expect(ours.stdout).toContain('warning: x\xff\n y: unable to open supervise/ok: file does not exist\n');
  });

  it('each verb by its name: the bytes, the words, the exit code', () => {
    tree.service('down', { want: 'd' });
    for (const verb of SV_VERBS.filter(({ waits }) => !waits)) same([verb.name, 'a', 'down', 'nosuch']);
  });

  it('no runsv: a failure, but what exit wanted', () => {
    const folder = join(tree.root, 'dead/supervise');
    mkdirSync(folder, { recursive: true });
    spawnSync('mkfifo', [join(folder, 'ok'), join(folder, 'control')]);
    writeFileSync(join(folder, 'status'), statusBytes({}));
    for (const verb of ['status', 'up', 'exit', 'shutdown', 'check', 'force-stop'])
      same([verb, 'dead', 'a'], { environment: { SVWAIT: '0' } });
  });

  it('a status that is missing, short, a directory; an ok and a control that are not there', () => {
    tree.service('short', Buffer.alloc(19));
    tree.service('zero', Buffer.alloc(20));
    tree.service('long', Buffer.concat([statusBytes({ pid: 3 }), Buffer.from('more')]));
    tree.service('missing', {});
    rmSync(join(tree.root, 'missing/supervise/status'));
    tree.service('folder', {});
    rmSync(join(tree.root, 'folder/supervise/status'));
    mkdirSync(join(tree.root, 'folder/supervise/status'));
    tree.service('nocontrol', { want: 'd' });
    rmSync(join(tree.root, 'nocontrol/supervise/control'));
    mkdirSync(join(tree.root, 'bare'));
    mkdirSync(join(tree.root, 'file'));
    tree.file('file/supervise', 'x');
    const all = ['short', 'zero', 'long', 'missing', 'folder', 'nocontrol', 'bare', 'file'];
    same(['status', ...all]);
    same(['up', ...all]);
  });

  it('a control that is full: unable to write', () => {
    const fill = spawnSync('/bin/sh', [
      '-c',
      'dd if=/dev/zero of="$1" bs=65536 count=1 conv=notrunc oflag=nonblock 2>/dev/null',
      'sh',
      join(tree.root, 'a/supervise/control'),
    ]);
    expect(fill.status).toBe(0);
    const run = (sv: string) =>
      spawnSync(sv, ['hup', 'a'], { env: { PATH: process.env.PATH, SVDIR: tree.root }, encoding: 'utf8' });
    const [ours, theirs] = [run(OUR_SV), run(C_SV)];
    expect([ours.stdout, ours.status]).toEqual([theirs.stdout, theirs.status]);
    expect(ours.stdout).toBe('warning: a: unable to write to supervise/control: temporary failure\n');
  });

  it('logs: running, down, not asked (the service once more, as in C), no runsv, a file, a loop, a down file', () => {
    for (const name of ['run', 'down', 'bare', 'dead', 'downfile']) tree.service(name, { pid: 12, age: 50 });
    tree.service('run/log', { pid: 13, age: 49 });
    tree.service('down/log', { want: 'd' });
    mkdirSync(join(tree.root, 'bare/log'));
    mkdirSync(join(tree.root, 'dead/log/supervise'), { recursive: true });
    spawnSync('mkfifo', [join(tree.root, 'dead/log/supervise/ok')]);
    tree.service('downfile/log', { pid: 14, state: 2 });
    tree.file('downfile/down', '');
    tree.file('downfile/log/down', '');
    tree.service('file', { pid: 15 });
    tree.file('file/log', 'x');
    tree.service('loop', { pid: 16 });
    symlinkSync('log', join(tree.root, 'loop/log'));
    tree.service('downloop', { pid: 17 });
    symlinkSync('down', join(tree.root, 'downloop/down'));
    tree.service('downloop/log', { pid: 18 });
    const all = ['run', 'down', 'bare', 'dead', 'downfile', 'file', 'loop', 'downloop'];
    same(['status', ...all]);
    same(['reload', ...all]);
  });

  it('waiting: told that it is reached, timed out, killed; the wait from -w, SVWAIT, and text that is no number', () => {
    tree.service('down', { want: 'd' });
    same(['-v', 'up', 'a', 'down'], { environment: { SVWAIT: '0' } });
    same(['-w', '0', 'force-stop', 'a', 'down']);
    same(['-wx', 'stop', 'a', 'down']);
    same(['-w', '18446744073709551616', 'force-shutdown', 'a']);
    same(['restart', 'a', 'nosuch', 'down'], { environment: { SVWAIT: '' } });
  });

  it('./check: passes, fails, is no program, has no interpreter, is not executable, is ended by a signal, a loop', () => {
    const check = (name: string, text: string, mode = 0o755) => {
      tree.service(name, { pid: 4711 });
      tree.file(`${name}/check`, text, mode);
    };
    check('passes', '#!/bin/sh\necho "out $0 $PWD $#"; echo "err" >&2\nexit 0\n');
    check('fails', '#!/bin/sh\nexit 3\n');
    check('noprogram', 'exit 1\n');
    check('nointerpreter', '#!/no/such\n');
    check('noexec', '#!/bin/sh\nexit 1\n', 0o644);
    check('killed', '#!/bin/sh\nkill -KILL $$\n');
    tree.service('loop', { pid: 4711 });
    symlinkSync('check', join(tree.root, 'loop/check'));
    const all = ['passes', 'fails', 'noprogram', 'nointerpreter', 'noexec', 'killed', 'loop'];
    sameProcess(['-w0', 'check', ...all]);
    sameProcess(['-w0', 'start', 'noprogram', 'killed']);
  });

  it('./check gets what sv got: stdout closed, arguments, directory, environment, limits, signals', () => {
    tree.file(
      'a/check',
      [
        '#!/bin/sh',
        'exec >"$SVDIR/seen" 2>&1 </dev/null',
        'echo "$0 $# $(pwd)"; ulimit -Sn; ulimit -Hn; umask; cat /proc/$$/environ | tr "\\0" "\\n"',
        // Read by the shell itself: while it starts a program it blocks all signals.
        'while read -r k v; do case $k in Sig[BI]*) echo "$k $v";; esac; done </proc/$$/status',
        'test "$CLOSED" = yes',
        '',
      ].join('\n'),
      0o755,
    );
    const seen: string[] = [];
    for (const sv of [C_SV, OUR_SV]) {
      const result = spawnSync(
        '/bin/sh',
        ['-c', 'ulimit -Sn 333; umask 013; "$1" check a; exit $?', 'sh', sv],
        {
          cwd: tree.root,
          env: { PATH: process.env.PATH, SVDIR: tree.root, CLOSED: 'yes', 'odd.name': '1' },
          encoding: 'utf8',
        },
      );
      expect(result.status).toBe(0);
      seen.push(readFileSync(join(tree.root, 'seen'), 'utf8'));
      rmSync(join(tree.root, 'seen'));
    }
    expect(seen[1]).toBe(seen[0]);
    expect(seen[0]).toContain('\n333\n');
    mkdirSync(join(tree.root, 'é'));
    tree.service('é/ü', { pid: 4711 });
    tree.file('é/ü/check', '#!/bin/sh\npwd >&2; exit 1\n', 0o755);
    sameProcess(['-w0', 'check', 'é/ü']);
    tree.file('a/check', '#!/bin/sh\ntest ! -e /proc/self/fd/1\n', 0o755);
    sameProcess(['-w0', 'check', 'a']);
  });

  it('as an init script: status codes, usage, a failure, the log decides', () => {
    const scripts = new FakeTree();
    try {
      tree.service('down', { want: 'd' });
      tree.service('both', { pid: 1 });
      tree.service('both/log', { want: 'd' });
      tree.service('broken', Buffer.alloc(3));
      mkdirSync(join(tree.root, 'bare'));
      for (const name of ['a', 'down', 'both', 'broken', 'bare', 'nosuch']) {
        const link = join(scripts.root, name);
        symlinkSync(C_SV, link);
        for (const args of [
          ['status'],
          ['s'],
          ['start'],
          ['-w0', 'stop'],
          ['hup'],
          [],
          ['stat'],
          ['-x', 'status'],
          ['sx'],
        ]) {
          const theirs = runSv(link, tree, args, { environment: { SVWAIT: '0' } });
          expectSame(runOurs(name, tree, args, { environment: { SVWAIT: '0' } }), theirs);
        }
      }
    } finally {
      scripts.remove();
    }
  });

  it.skipIf(!root)('an ordinary user: what it may not open and enter', () => {
    chmodSync(tree.root, 0o755);
    tree.service('closed', { pid: 2 });
    chmodSync(join(tree.root, 'closed'), 0o700);
    tree.service('entered', { pid: 2 });
    chmodSync(join(tree.root, 'entered/supervise'), 0o711);
    tree.service('own', { pid: 2, want: 'd' });
    for (const path of ['own/supervise', 'own/supervise/ok']) chownSync(join(tree.root, path), 65534, 65534);
    mkdirSync(join(tree.root, 'nolook'), { mode: 0o711 });
    const args = ['status', 'closed', 'entered', 'own', 'a'];
    const run = (sv: string, cwd: string, words: readonly string[]) => {
      const result = spawnSync(
        'setpriv',
        ['--reuid=65534', '--regid=65534', '--clear-groups', sv, ...words],
        {
          cwd,
          env: { PATH: process.env.PATH, SVDIR: tree.root },
          encoding: 'utf8',
        },
      );
      return [result.stdout.replace(/\d+s/g, 'Ss'), result.stderr, result.status];
    };
    expect(run(OUR_SV, tree.root, args)).toEqual(run(C_SV, tree.root, args));
    expect(run(OUR_SV, tree.root, ['up', 'own'])).toEqual(run(C_SV, tree.root, ['up', 'own']));
    const nolook = join(tree.root, 'nolook');
    expect(run(OUR_SV, nolook, args)).toEqual(run(C_SV, nolook, args));
    expect(run(C_SV, nolook, args)[2]).toBe(100);
  });
});
