/** Doctor before things that are no service tree: it comes to its end, says what it could not read, and touches nothing. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect } from '../../src/doctor/collect/collect.ts';
import type { World } from '../../src/doctor/collect/world.ts';
import { diagnose } from '../../src/doctor/diagnose.ts';
import { defaultLayout } from '../../src/layout/layout.ts';
import { clock } from '../../src/system/node/clock.ts';
import { probe } from '../../src/system/node/probe.ts';
import { runProgram } from '../../src/system/node/program.ts';
import type { Probe } from '../../src/system/ports.ts';
import { documentOf } from '../setup/document.ts';
import { needs } from '../setup/needs.ts';
import { startTree, type Tree } from './fixtures/tree.ts';

const isRoot = process.getuid?.() === 0;

/** The world of a home folder, without a supervisor. */
function worldOf(home: string, change: Partial<Probe> = {}): World {
  const env = { HOME: home, USER: 'tester', PATH: '/usr/bin:/bin' };
  return {
    probe: { ...probe, ...change },
    run: runProgram,
    clock,
    identity: {
      uid: process.getuid?.() as number,
      gid: process.getgid?.() as number,
      groups: [],
      home,
      user: 'tester',
    },
    env,
    layout: defaultLayout({ home, user: 'tester', env }, { shell: '/bin/sh', engine: 'system' }),
    configured: true,
    bundled: resolve('runit'),
  };
}

/** Kinds, modes, owners, sizes, times of change and of access, and contents: all that a look could disturb. */
function photographWithTimes(folder: string): Record<string, string> {
  const seen: Record<string, string> = {};
  const walk = (path: string): void => {
    const stats = fs.lstatSync(path, { bigint: true });
    const { mode, uid, gid, size, mtimeNs, ctimeNs, atimeNs } = stats;
    const access = stats.isSymbolicLink() ? '' : atimeNs;
    const body = stats.isFile() ? fs.readFileSync(path).toString('latin1') : '';
    seen[path] = [mode.toString(8), uid, gid, size, mtimeNs, ctimeNs, access, body].join(' ');
    if (stats.isDirectory()) for (const name of fs.readdirSync(path)) walk(join(path, name));
  };
  walk(folder);
  return seen;
}

const SH = '#!/bin/sh\n';

/** Bytes in no order, the same ones each time. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

const MUCH = 60_000;

/** What stands in every file of a service in turn. Each was, or could be, too much for some way of reading. */
const GARBAGE: Readonly<Record<string, string | Buffer>> = {
  noise: noise(70_000),
  'a megabyte': noise(1_000_000),
  'no bytes': '',
  'half of a UTF-16 script': Buffer.from([0xff, 0xfe, 0x23, 0, 0x21, 0]),
  'NUL in words': `${SH}# ${'x'.repeat(80)}\nexec /bin/a\0b >/tmp/a\0b\n`,
  blanks: `${SH}exec ${' '.repeat(MUCH)}(\n`,
  newlines: `${SH}${'\n'.repeat(MUCH)}(`,
  'carriage returns': `#!/bin/sh\r${'\r'.repeat(MUCH)}(`,
  variables: `${SH}exec foo ${'$abcdefgh '.repeat(200)}(\n`,
  'open quotes': `${SH}exec foo ${'"$a'.repeat(20_000)}(\n`,
  'open substitutions': `${SH}exec foo ${'"$('.repeat(20_000)}\n`,
  'open brackets': `${SH}${'('.repeat(30_000)}\n`,
  'open functions': `${SH}${'f() { '.repeat(9000)}\n`,
  'open here-documents': `${SH}${'cat <<A '.repeat(8000)}\n`,
  redirections: `${SH}exec foo ${'>>'.repeat(2000)}(\n`,
  'a value that doubles': `${SH}A=xxxxxxxx\n${'A=$A$A\n'.repeat(60)}exec $A\n`,
  'a path without end': `${SH}exec /${'a/'.repeat(30_000)}b\n`,
  'a path up and up': `${SH}exec ${'../'.repeat(20_000)}\n`,
  'jobs in the background': `${SH}${'a & '.repeat(15_000)}\n`,
  'a long interpreter': `#!${'/'.repeat(MUCH)}bin/sh`,
  'names of JavaScript': `${SH}__proto__=1\nexport constructor=2\ntoString\nexec chpst -e __proto__ hasOwnProperty\n`,
  'messages of runsv': 'runsv a: fatal: unable to start ./run: '.repeat(1500),
  'pid files': '/tmp/a.pid'.repeat(10_000),
  'a svlogd config': `${'!'.repeat(MUCH)}\ns${'9'.repeat(400)}\n`,
};

describe('garbage in every file that doctor reads', () => {
  let home: string;
  beforeAll(() => {
    home = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'doctor-garbage-'));
    for (const folder of ['service_gui', 'bin', '.config/homerun'])
      fs.mkdirSync(join(home, folder), { recursive: true });
    Object.values(GARBAGE).forEach((body, at) => {
      // In one half of the services everything is garbage, in the other what the scripts lead to.
      for (const [kind, script] of [
        ['all', body],
        ['data', `${SH}exec 2>&1\nexec chpst -e ./env sleep 1000\n`],
      ] as const) {
        const dir = join(home, 'service_all', `${kind}${at}`);
        for (const folder of ['supervise', 'log/supervise', 'log/main', 'control', 'env'])
          fs.mkdirSync(join(dir, folder), { recursive: true });
        const log = kind === 'all' ? body : `${SH}exec svlogd -tt ./main\n`;
        for (const name of ['run', 'finish', 'check', 'control/t'])
          fs.writeFileSync(join(dir, name), script, { mode: 0o755 });
        fs.writeFileSync(join(dir, 'log/run'), log, { mode: 0o755 });
        const supervise = ['status', 'pid', 'stat', 'ok', 'control', 'lock'];
        for (const name of [
          ...supervise.map((each) => `supervise/${each}`),
          ...supervise.map((each) => `log/supervise/${each}`),
          'log/main/current',
          'log/main/config',
          'down',
          'env/A',
        ])
          fs.writeFileSync(join(dir, name), body);
        fs.symlinkSync(dir, join(home, 'service_gui', `${kind}${at}`));
      }
    });
  });
  afterAll(() => fs.rmSync(home, { recursive: true, force: true }));

  it('is judged by every check to the end, and stays as it is', async () => {
    const before = photographWithTimes(home);
    const { failed, snapshot } = diagnose(await collect(worldOf(home), { sample: 0 }));
    expect(failed).toEqual([]);
    expect(snapshot.services).toHaveLength(2 * Object.keys(GARBAGE).length);
    const after = photographWithTimes(home);
    // photographWithTimes reads the files itself: the first photograph sets their access times, no look may after it.
    const atimes = (all: Record<string, string>): string[] =>
      Object.entries(all).map(([path, text]) => `${path} ${text.split(' ').slice(0, 6).join(' ')}`);
    expect(atimes(after)).toEqual(atimes(before));
  }, 120_000);

  it('in the files of the session, in svl and in the runner is judged to the end', async () => {
    const small = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'doctor-garbage-'));
    const files = ['.xinitrc', '.xsession', '.profile', '.xsession-errors', 'bin/svl'];
    try {
      for (const folder of ['service_all/a', 'service_gui', 'bin', '.config/homerun'])
        fs.mkdirSync(join(small, folder), { recursive: true });
      for (const body of [noise(20_000), GARBAGE.newlines, GARBAGE['open quotes']]) {
        for (const name of [...files, '.config/homerun/runsvdir_tester.sh'])
          fs.writeFileSync(join(small, name), body as Buffer, { mode: 0o755 });
        const { failed } = diagnose(await collect(worldOf(small), { sample: 0 }));
        expect(failed).toEqual([]);
      }
    } finally {
      fs.rmSync(small, { recursive: true, force: true });
    }
  }, 120_000);
});

describe('what vanishes while doctor looks', () => {
  let home: string;
  beforeAll(() => {
    home = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'doctor-vanish-'));
    fs.mkdirSync(join(home, 'service_gui'));
    for (const name of ['a', 'b']) {
      const dir = join(home, 'service_all', name);
      for (const folder of ['supervise', 'log/main']) fs.mkdirSync(join(dir, folder), { recursive: true });
      fs.writeFileSync(join(dir, 'run'), `${SH}exec sleep 1000\n`, { mode: 0o755 });
      fs.writeFileSync(join(dir, 'log/run'), `${SH}exec svlogd ./main\n`, { mode: 0o755 });
      fs.writeFileSync(join(dir, 'supervise/status'), Buffer.alloc(20));
      fs.symlinkSync(dir, join(home, 'service_gui', name));
    }
  });
  afterAll(() => fs.rmSync(home, { recursive: true, force: true }));

  /** A world in which each answer of the kernel is an error by chance; the same ones for a seed. */
  function unsteady(seed: number): Partial<Probe> {
    let state = seed;
    const chance = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const errors = ['ENOENT', 'EACCES', 'EIO', 'ESTALE', 'ESRCH'];
    const error = (): { error: string } | undefined =>
      chance() < 0.15 ? { error: errors[Math.floor(chance() * errors.length)] as string } : undefined;
    return {
      lstat: (path) => error() ?? probe.lstat(path),
      stat: (path) => error() ?? probe.stat(path),
      readlink: (path) => error() ?? probe.readlink(path),
      list: (path, limit) => error() ?? probe.list(path, limit),
      read: (path, limit) => error() ?? probe.read(path, limit),
      proc: (path) => (error() === undefined ? probe.proc(path) : undefined),
      access: (path, mode) => error()?.error ?? probe.access(path, mode),
      reader: (path) => error()?.error ?? probe.reader(path),
      room: (path) => error() ?? probe.room(path),
    };
  }

  it('makes no check fail, whatever it is (seeds 1 to 12)', async () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const { failed } = diagnose(await collect(worldOf(home, unsteady(seed)), { sample: 0 }));
      expect({ seed, failed }).toEqual({ seed, failed: [] });
    }
  }, 120_000);

  it('is a process: its folder in /proc is listed and then empty', async () => {
    const { failed, snapshot } = diagnose(
      await collect(
        worldOf(home, { proc: (path) => (/^\/proc\/\d/.test(path) ? undefined : probe.proc(path)) }),
        {
          sample: 0,
        },
      ),
    );
    expect({ failed, processes: snapshot.processes }).toEqual({ failed: [], processes: [] });
  });

  it('is a file system that does not answer: nothing below it is looked at, and that is said', async () => {
    const mounted = `1 0 0:1 / / rw - ext4 /dev/a rw\n2 1 0:2 / ${home}/service_all rw - nfs4 server:/ rw\n`;
    const looked: string[] = [];
    const note = <T>(path: string, answer: T): T => {
      looked.push(path);
      return answer;
    };
    const { failed, snapshot } = diagnose(
      await collect(
        worldOf(home, {
          proc: (path) => (path === '/proc/self/mountinfo' ? mounted : probe.proc(path)),
          answers: async (point) => !point.endsWith('/service_all'),
          lstat: (path) => note(path, probe.lstat(path)),
          list: (path, limit) => note(path, probe.list(path, limit)),
          read: (path, limit) => note(path, probe.read(path, limit)),
        }),
        { sample: 0 },
      ),
    );
    expect(failed).toEqual([]);
    expect(looked.filter((path) => path.startsWith(`${home}/service_all`))).toEqual([]);
    expect(snapshot.unread.map(({ path }) => path)).toContain(`${home}/service_all`);
  });
});

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describe.skipIf(!needs('runsvdir', 'runsv', 'svlogd', 'setpriv'))('the command in a tree of horrors', () => {
  let tree: Tree;
  beforeAll(async () => {
    tree = await startTree('C runit', { services: { alpha: { log: true }, beta: {}, gamma: {} } });
  }, 90_000);
  afterAll(() => tree?.stop());

  async function doctor(...words: string[]): Promise<Answer> {
    const folder = join(tree.home, 'answer');
    await tree.sh(`mkdir -p answer; set +e
      "${process.execPath}" "${resolve('bin/homerun')}" doctor ${words.join(' ')} >answer/out 2>answer/err </dev/null
      echo $? >answer/code`);
    const read = (name: string): string => fs.readFileSync(join(folder, name), 'utf8');
    return { code: Number(read('code')), out: read('out'), err: read('err') };
  }

  it('reads no byte of a FIFO, ends, and says what it could not read', async () => {
    // What changes now is nobody's doing but doctor's.
    process.kill(tree.supervisor, 'SIGSTOP');
    await tree.sh(`cd service_all
      mkfifo alpha/finish alpha/check beta/log gamma/down
      rm -f beta/run && mkfifo beta/run
      mkfifo "$HOME/.xinitrc" "$HOME/.profile" "$HOME/rlogs/alpha/config"
      mkdir closed many && printf '#!/bin/sh\\nexec sleep 1000000\\n' | tee closed/run >many/run
      chmod 755 closed/run many/run
      mkdir closed/supervise && chmod 000 closed/supervise
      i=0; while [ $i -lt 10000 ]; do echo many/f$i; i=$((i + 1)); done | xargs touch
      ln -s loop2 loop1; ln -s loop1 loop2; ln -s ../service_all/loop1 ../service_gui/loop
      ln -s . self; ln -s ../service_all/self ../service_gui/self
      mkdir "$(printf 'new\\nline')" "$(printf 'bad\\377name')" "$(printf 'esc\\033[2J')"
      ln -s ../service_all/"$(printf 'bad\\377name')" ../service_gui/`);
    const folders = [tree.serviceAll, tree.serviceDir, join(tree.home, 'rlogs')];
    // Names in bytes: one of them is no UTF-8.
    const shape = (): string[] => {
      const seen: string[] = [];
      const walk = (path: Buffer): void => {
        const { mode, uid, size, mtimeNs, ctimeNs } = fs.lstatSync(path, { bigint: true });
        const name = path.toString('latin1');
        if (/\/supervise$/.test(name)) return;
        seen.push([name, mode, uid, size, mtimeNs, ctimeNs].join(' '));
        if (fs.lstatSync(path).isDirectory())
          for (const each of fs.readdirSync(path, 'buffer'))
            walk(Buffer.concat([path, Buffer.from('/'), each]));
      };
      for (const folder of folders) walk(Buffer.from(folder));
      return seen;
    };
    const before = shape();
    const { code, out, err } = await doctor('--json', '--sample', '0');
    expect(err).toBe('');
    expect(code).toBe(1);
    expect(shape()).toEqual(before);
    const answer = documentOf('doctor', out) as {
      failed: unknown[];
      unread: { path: string; why: string }[];
    };
    expect(answer.failed).toEqual([]);
    if (isRoot)
      expect(answer.unread.map(({ path }) => path)).toContain(`${tree.serviceAll}/closed/supervise`);
    expect(answer.unread.some(({ path }) => path.includes('bad\ufffdname'))).toBe(true);
    const text = await doctor('--sample', '0');
    expect(text.code).toBe(1);
    // A name must not be able to write to the terminal.
    expect([...text.out].filter((each) => each < ' ' && each !== '\n')).toEqual([]);
  }, 90_000);

  it('refuses a config.json that it cannot use with a clear word and exit code 2', async () => {
    const file = join(tree.home, '.config/homerun/config.json');
    for (const make of [
      `head -c 4096 /dev/urandom >"${file}"`,
      `printf '{"version":1,"serviceAll":' >"${file}"`,
      `rm -f "${file}"; mkdir "${file}"`,
      `rmdir "${file}"; mkfifo "${file}"`,
    ]) {
      await tree.sh(`mkdir -p .config/homerun; ${make}`);
      const { code, out, err } = await doctor();
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err.split('\n')[0]).toMatch(new RegExp(`^homerun: .*${file}: .+`));
    }
    await tree.sh(`rm -f "${file}"`);
  }, 90_000);
});
