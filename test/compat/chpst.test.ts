/** chpst and its other names beside C's: what the started program sees of its process, words, exit codes. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseChpst } from '../../src/supervisor/core/chpst-command.ts';
import { flock } from '../../src/supervisor/native/lock.ts';
import { needs } from '../setup/needs.ts';
import { removeFolder } from '../setup/remove-folder.ts';
import { until } from '../setup/until.ts';

const NAMES = ['chpst', 'setuidgid', 'envuidgid', 'envdir', 'pgrphack', 'setlock', 'softlimit'];
const root = process.getuid?.() === 0;

/** Shell: everything about its process that chpst can change, or must not. */
const LOOK = [
  'echo "0=$0 args=$*"; pwd; umask; nice',
  // By the shell itself: it blocks signals while it starts another program.
  'while read -r k v; do case $k in Sig[BI]*|Uid:|Gid:|Groups:) echo "$k $v";; esac; done </proc/$$/status',
  'cat /proc/$$/limits',
  'cd /proc/$$/fd; for f in *; do [ $f -ge 10 ] || echo "$f $(readlink $f)"; done',
  'set -- $(cat /proc/$$/stat); [ $6 = $$ ] && echo session',
  ':',
].join('\n');

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: string | null;
}

/** A folder of a test's own, with C's programs in `c`, ours in `ours`, and `look` in it. */
class World {
  readonly tree = mkdtempSync(join(tmpdir(), 'homerun-chpst-'));

  constructor() {
    chmodSync(this.tree, 0o755);
    for (const [folder, target] of [
      ['c', '/usr/bin/chpst'],
      ['ours', resolve('runit/chpst')],
    ] as const) {
      mkdirSync(join(this.tree, folder));
      for (const name of [...NAMES, 'dsetlock', 'dog', 'constructor']) {
        symlinkSync(target, join(this.tree, folder, name));
      }
    }
    writeFileSync(join(this.tree, 'look'), `#!/bin/sh\n${LOOK}\n`);
    chmodSync(join(this.tree, 'look'), 0o755);
  }

  /** `bin` is where the programs are found; the script may make `made`, `lock` and `seen`. */
  async #run(folder: 'c' | 'ours', script: string): Promise<Ran> {
    rmSync(join(this.tree, 'bin'), { force: true });
    symlinkSync(folder, join(this.tree, 'bin'));
    for (const made of ['made', 'lock', 'seen'])
      rmSync(join(this.tree, made), { recursive: true, force: true });
    const child = spawn('/bin/sh', ['-c', script], {
      cwd: this.tree,
      env: { PATH: `${join(this.tree, 'bin')}:/usr/bin:/bin:${dirname(process.execPath)}` },
    });
    child.stdin.end();
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('latin1').on('data', (text: string) => {
        said[stream] += text;
      });
    }
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    const plain = (text: string) => text.replace(/(pipe|socket):\[\d+\]/g, '$1');
    return { stdout: plain(said.stdout), stderr: plain(said.stderr), code, signal };
  }

  /** Runs a shell script with C's programs first in PATH, then with ours: in the same folder, so not at once. */
  readonly same = async (script: string): Promise<Ran> => {
    const theirs = await this.#run('c', script);
    expect({ script, ...(await this.#run('ours', script)) }).toEqual({ script, ...theirs });
    return theirs;
  };
}

/** A test with a folder of its own; they run side by side. */
function test(title: string, use: (world: World) => Promise<void>, isSkipped = false): void {
  it.skipIf(isSkipped)(title, async () => {
    const world = new World();
    try {
      await use(world);
    } finally {
      removeFolder(world.tree);
    }
  });
}

describe
  .skipIf(!needs('chpst', 'setpriv', 'prlimit', 'flock'))
  .concurrent('chpst does what C chpst does', { timeout: 180_000 }, () => {
    test('usage of each name, unknown options, missing arguments, numbers that are none', async ({
      tree,
      same,
    }) => {
      const calls: [string, ...string[]][] = NAMES.flatMap((name): [string, ...string[]][] =>
        // Any word is a program to pgrphack.
        name === 'pgrphack' ? [[name]] : [[name], [name, '-y'], [name, '--']],
      );
      calls.push(
        ['chpst', '-V', 'true'],
        ['setlock', '-V', 'true'],
        ['softlimit', '-V', 'true'],
        ...['setuidgid', 'envuidgid', 'envdir', 'setlock'].map((name): [string, string] => [name, 'x']),
        ...['dsetlock', 'dog', 'constructor'].flatMap((name): [string, ...string[]][] => [
          [name],
          [name, '-y'],
        ]),
        ...['u', 'm', 'o', 'n', 'b', 'e', '/', 'l', 'L'].map((o): [string, string] => ['chpst', `-v${o}`]),
        ...[...'mdopfcrt'].map((o): [string, ...string[]] => ['chpst', `-${o}1x`, 'true']),
        ...['5x', '-+5', '+-5', '--5', 'x'].map((n): [string, ...string[]] => ['chpst', '-n', n, 'true']),
        ['chpst', '-l', 'a', '-L', 'b', 'true'],
        ['chpst', '-l', 'a', '-l', 'b', '-y'],
        ['chpst', '-PV', '-y'],
        ['softlimit', '-a', 'x', 'true'],
        ['softlimit', '-a', '==', 'true'],
        ['setlock', '-nq', 'lock'],
      );
      for (const [name, ...args] of calls) {
        const theirs = spawnSync(join(tree, 'c', name), args, { encoding: 'utf8' });
        const parsed = parseChpst(join(tree, 'c', name), args);
        expect({ name, args, ...('usage' in parsed ? parsed : {}) }).toEqual({
          name,
          args,
          usage: theirs.stderr,
        });
        expect([theirs.status, theirs.stdout]).toEqual([100, '']);
      }
      await same('setlock -y; echo $?');
    });

    test('hands everything else on as it was: descriptors, signals, mask, limits, umask, directory, arguments', async ({
      same,
    }) => {
      const said = await same(
        `ulimit -Sn 222; umask 013; trap '' HUP USR1 PIPE; exec 5</dev/null 7>seen
       exec chpst ./look a 'b c' "$(printf '\\377 \\n x')" ''`,
      );
      expect(said.stdout).toContain('5 /dev/null\n7 ');
      expect(said.stdout).toMatch(/Max open files +222 /);
    });

    test('the environment byte for byte: odd names, doubles, no PWD added, bytes that are no UTF-8', async ({
      same,
    }) => {
      const program = 'cat /proc/self/environ | od -c';
      const said = await same(
        `exec env -i "PATH=$PATH" odd.name=1 'a b=c' "x=$(printf '\\377')" chpst /bin/sh -c '${program}'`,
      );
      expect(said.stdout).not.toContain('P   W   D');
    });

    test('keeps the pid', async ({ tree }) => {
      for (const folder of ['c', 'ours']) {
        const result = spawnSync(join(tree, folder, 'chpst'), ['-P', '/bin/sh', '-c', 'echo $$'], {
          encoding: 'utf8',
        });
        expect(result.stdout).toBe(`${result.pid}\n`);
      }
    });

    test('leaves the started program no child that it did not start', async ({ same }) => {
      await same(`exec chpst /bin/sh -c 'read -r x </proc/$$/task/$$/children; echo "children=$x"'`);
    });

    test('-P and pgrphack: a session of its own', async ({ same }) => {
      expect((await same('chpst -P ./look')).stdout).toContain('session\n');
      await same('pgrphack ./look');
    });

    test('-b: argv0, also in the message when it cannot be run', async ({ same }) => {
      await same("chpst -b other /bin/sh -c \"echo \\$0; tr '\\\\0' ' ' </proc/\\$\\$/cmdline\"");
      await same('chpst -b "" ./nosuch; echo $?; chpst -b other ./nosuch');
    });

    test('-n: adds to the nice level, with signs', async ({ same }) => {
      await same('for n in 5 +3 0 "" - 00012 4294967299; do chpst -n "$n" nice; done');
      if (root) await same('chpst -n -5 nice; chpst -n -7 chpst -n +2 nice');
    });

    test('finds the program by the PATH it was given, and says why it cannot be run', async ({
      tree,
      same,
    }) => {
      mkdirSync(join(tree, 'a'));
      mkdirSync(join(tree, 'b'));
      mkdirSync(join(tree, 'a/folder'));
      writeFileSync(join(tree, 'a/tool'), '#!/bin/sh\necho a\n');
      writeFileSync(join(tree, 'b/tool'), '#!/bin/sh\necho b\n');
      chmodSync(join(tree, 'b/tool'), 0o755);
      writeFileSync(join(tree, 'b/plain'), 'echo plain\n');
      chmodSync(join(tree, 'b/plain'), 0o755);
      writeFileSync(join(tree, 'b/interp'), '#!/no/such\n');
      chmodSync(join(tree, 'b/interp'), 0o755);
      await same(
        `PATH="$PWD/bin:$PWD/a:$PWD/b:$PATH"; for p in tool folder plain interp nosuch "" ./a/tool ./a a/tool/x; do
         chpst "$p" x; echo "$?"; done`,
      );
      // The launcher needs its PATH; the environment that counts is the one of the call.
      await same(
        `mkdir made; printf %s "$PWD/b" >made/PATH; chpst -e made tool; echo $?; chpst -e made /bin/sh -c 'echo $PATH'`,
      );
      await same('chpst -e "" true; echo $?; cd b; PATH="$PWD/../bin::$PATH" chpst tool; echo $?');
    });

    test('-e: values, spaces, NULs, several lines, empty files, names with =, dots, order, a doubled variable', async ({
      tree,
      same,
    }) => {
      mkdirSync(join(tree, 'e'));
      const put = (name: string, value: string) => writeFileSync(join(tree, 'e', name), value, 'latin1');
      put('SPACES', '  v a l \t \t\nsecond');
      put('NULS', 'a\0b\0\n');
      put('EMPTY', '');
      put('BLANK', ' \n');
      put('LINE', '\n');
      put('a=b', 'c');
      put('odd.name', 'x');
      put('high\xe9', 'v\xff');
      put('.hidden', 'h');
      put('LONG', 'y'.repeat(70000));
      mkdirSync(join(tree, 'e/folder'));
      await same(
        `exec env -i "PATH=$PATH" EMPTY=was SPACES=was BLANK=was a=1 b=2 c=3 \\
         chpst -v -e e /bin/sh -c 'od -c </proc/$$/environ'`,
      );
      await same(
        'envdir e true; echo $?; mkdir made; : >made/EMPTY; EMPTY=1 envdir made /bin/sh -c "od -c </proc/\\$\\$/environ"',
      );
    });

    test('-e: a dangling link gives the value read before it, as in C', async ({ tree, same }) => {
      // In the directory's own order, which is the same for both: it is one directory.
      mkdirSync(join(tree, 'e'));
      for (let i = 0; i < 12; i += 1) {
        if (i % 3 === 0) writeFileSync(join(tree, `e/v${i}`), `value${i}\0x \nmore`);
        else symlinkSync('/no/such', join(tree, `e/v${i}`));
      }
      const said = await same(`v1=1 chpst -e e /bin/sh -c 'od -c </proc/$$/environ'`);
      expect(said.code).toBe(0);
      await same(
        'for i in 0 3 6 9; do : >e/v$i; done; chpst -v -e e /bin/sh -c "od -c </proc/\\$\\$/environ"',
      );
    });

    test('-e: a directory that is not there, a file, a FIFO in it, a loop in it', async ({ same }) => {
      await same(`for d in nosuch look "" look/x; do chpst -e "$d" true; echo $?; envdir "$d" true; echo $?; done
          mkdir made; mkfifo made/F; F=1 chpst -e made /bin/sh -c 'echo "F=$F."'; ln -s L made/L; chpst -e made true; echo $?`);
    });

    test('limits: all of them, hard limits kept, 0, wrapped, above the hard limit, from 2^63 up', async ({
      same,
    }) => {
      await same('chpst -o 50 -p 5000 -f 100000 -c 0 -r 4096 -t 100 ./look');
      await same('chpst -o 50 -o 60 -c 18446744073709551616 ./look');
      await same('chpst -o 18446744073709551615 -c 9223372036854775808 -p 18446744073709551614 ./look');
      await same('chpst -f 99999999999999999999999999 -c "" ./look');
      await same(
        'ulimit -Hn 300; ulimit -Sn 200; chpst -o 1000 ./look; chpst -o 100 ./look; softlimit -o = ./look',
      );
      await same(
        'softlimit -a 2000000000 -s 4000000 -l 4096 -d 1000000000 -c = -f = -p 4000 -r 1 -t 77 ./look',
      );
      await same('softlimit -m 900000000 -s 4000000 ./look; chpst -m 900000000 -d 800000000 ./look');
    });

    test('limits that leave no memory: the program fails as under C', async ({ same }) => {
      await same('chpst -m 1 /bin/true 2>/dev/null; test $? -ne 0; echo $?');
      await same(
        'for i in 1 2; do chpst -m 100000 ./nosuch; echo $?; softlimit -d 0 -a 0 ./nosuch; echo $?; done',
      );
    });

    test('-t 0: the processor time of one second', async ({ same }) => {
      const said = await same(`chpst -t 0 /bin/sh -c 'while :; do :; done' 2>/dev/null; echo $?`);
      expect(said.stdout).toBe('152\n');
    });

    test('-l, -L, setlock: the file made 0600, the descriptor handed on as 3, the lock held, waited for, refused', async ({
      same,
    }) => {
      await same(
        'umask 0; chpst -l lock ./look; ls -l lock | cut -c1-10; chpst -L lock ./look; exec 3</dev/null; chpst -l lock ./look',
      );
      await same(
        'chpst -L lock /bin/sh -c "chpst -L lock true; echo \\$?; setlock lock true; echo \\$?; setlock -x lock echo no; echo \\$?"',
      );
      await same(
        'chpst -L no/such true; echo $?; setlock -x no/such true; echo $?; setlock -xX no/such true; echo $?; chpst -L . true',
      );
      await same(
        'setlock -x lock ./nosuch; echo $?; setlock lock ./nosuch; echo $?; setlock -N -n lock ./look',
      );
      // The lock is let go once somebody waits for it.
      const waits = 'grep -q -e "-> FLOCK.*:$inode " /proc/locks';
      await same(
        `exec 9>lock; flock 9; inode=$(stat -c %i lock); (n=0; until ${waits}; do n=$((n+1)); [ $n -lt 3000 ] || exit; sleep 0.01; done; echo waited >seen; exec 9>&-) & exec 9>&-; chpst -l lock echo got it; wait; cat seen`,
      );
    });

    test('a signal ends it while it waits for the lock, unless it was ignored', async ({ tree }) => {
      for (const folder of ['c', 'ours']) {
        const holder = openSync(join(tree, 'lock'), 'a');
        expect(flock(holder)).toBe(0);
        const script = "trap '' USR2; exec chpst -l lock /bin/true";
        const child = spawn('/bin/sh', ['-c', script], {
          cwd: tree,
          env: { PATH: `${join(tree, folder)}:/usr/bin:/bin:${dirname(process.execPath)}` },
          stdio: 'ignore',
        });
        const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
        try {
          const waiting = new RegExp(`-> FLOCK .* ${child.pid} `);
          await until('it waits for the lock', () => waiting.test(readFileSync('/proc/locks', 'latin1')));
          child.kill('SIGUSR2');
          child.kill('SIGUSR1');
          expect(await ended).toBe('SIGUSR1');
        } finally {
          child.kill('SIGKILL');
          closeSync(holder);
        }
      }
    });

    test('-0 -1 -2: closed, not /dev/null; the lock takes the first free number', async ({ same }) => {
      await same(
        'chpst -0 ./look; chpst -02 ./look; chpst -1 ./look; echo $?; chpst -012 /bin/sh -c "ls /proc/\\$\\$/fd >seen"; cat seen',
      );
      await same('chpst -2 ./nosuch; echo $?; chpst -0 -l lock ./look');
    });

    test('unknown accounts and numbers that are none', async ({ same }) => {
      const accounts = ['nosuch', 'root:nosuch', 'root:', ':', ':1', ':1:x', ':x:1', ':1:2:', '', ':1:2:3x'];
      await same(accounts.map((who) => `chpst -U '${who}' /bin/sh -c 'echo $UID $GID'; echo $?`).join('\n'));
      await same(
        'setuidgid nosuch true; echo $?; envuidgid nosuch true; echo $?; envuidgid :1:2 true; chpst -u nosuch true',
      );
      await same('chpst -P -u nosuch true; echo $?; setsid -w chpst -P -u nosuch true; echo $?');
      await same(
        `chpst -U :4294967297:4294967298 /bin/sh -c 'echo $UID $GID'; UID=1 GID=2 chpst -U root:daemon env | grep ID=`,
      );
      const many = Array.from({ length: 61 }, (_, i) => i).join(':');
      await same(`chpst -U :1:${many} true; echo $?; chpst -U :1:${many.slice(0, -3)} true; echo $?`);
    });

    test(
      '-u, setuidgid: uid, gid and groups, by names and by numbers',
      async ({ same }) => {
        await same(
          'chpst -u nobody ./look; chpst -u daemon:games:mail:tty ./look; chpst -u :1234:5678 ./look',
        );
        await same(
          'chpst -u :1234:5678:9:10:11 id -G; setuidgid nobody ./look; chpst -U root -u nobody /bin/sh -c "echo \\$UID \\$GID; id -u"',
        );
        await same(
          'chpst -u nobody -l lock true; echo $?; mkdir -m 777 made; chpst -u nobody -l made/lock ls -l made | cut -c1-22',
        );
        await same('chpst -u nobody -n -5 nice; chpst -u :99999:1 -p 1 /bin/sh -c "echo in"; echo $?');
      },
      !root,
    );

    test(
      '-/: another root, accounts looked up in there, order of the steps',
      async ({ tree, same }) => {
        mkdirSync(join(tree, 'new/etc'), { recursive: true });
        writeFileSync(join(tree, 'new/etc/passwd'), 'inner:x:4321:8765::/:/bin/sh\n');
        writeFileSync(join(tree, 'new/etc/group'), 'wheel:x:42:\n');
        await same(
          'chpst -/ new /bin/sh; echo $?; chpst -/ nosuch true; echo $?; chpst -/ look true; echo $?',
        );
        await same(
          'rm -f new/lock; chpst -/ new -l lock true; ls new/lock; chpst -/ new -u inner:wheel true; echo $?; chpst -/ new -u daemon true; echo $?',
        );
        await same(
          'chpst -/ / pwd; mkdir made; echo v >made/V; chpst -e made -/ / /bin/sh -c "echo \\$V; pwd"',
        );
        expect(existsSync(join(tree, 'new/lock'))).toBe(true);
      },
      !root,
    );

    test(
      'an ordinary user: what is refused',
      async ({ tree, same }) => {
        mkdirSync(join(tree, 'own'));
        chownSync(join(tree, 'own'), 65534, 65534);
        writeFileSync(join(tree, 'closed'), '', { mode: 0o600 });
        mkdirSync(join(tree, 'edir'), { mode: 0o755 });
        writeFileSync(join(tree, 'edir/V'), 'v', { mode: 0o600 });
        mkdirSync(join(tree, 'noread'), { mode: 0o711 });
        mkdirSync(join(tree, 'noenter'), { mode: 0o744 });
        const user = 'setpriv --reuid=65534 --regid=65534 --clear-groups';
        const words = [
          '-u root true',
          '-u :65534:65534 id -u',
          '-/ / true',
          '-n -1 true',
          '-l closed true',
          '-e edir true',
          '-e noread true',
          '-e noenter true',
          'setuid',
          './closed',
          '-U root /bin/sh -c "echo $UID"',
          '-l own/lock -n 2 -o 20 ./look',
          '-p 1 true',
        ];
        await same(words.map((line) => `${user} chpst ${line}; echo $?`).join('\n'));
        await same(
          `cd noread; ${user} chpst -e / true; echo $?; ${user} setuidgid root true; ${user} envdir ../edir true`,
        );
      },
      !root,
    );
  });
