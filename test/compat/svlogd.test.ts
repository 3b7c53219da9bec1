/** Our svlogd beside C's: the same input, the same directories afterwards, the same words, the same exit code. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { logFiles } from '../setup/log-content.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { type Case, cleanUp, makeFolder, OURS, run, runBoth, THEIRS } from './svlogd-pair.ts';

afterAll(cleanUp);

async function expectSame(what: Case): Promise<void> {
  const { theirs, ours } = await runBoth(what);
  expect(ours).toEqual(theirs);
}

const modeOf = (path: string) => (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;

const log = (config: string) => ({ log: { config } });

const lines = (count: number, text = 'the quick brown fox') =>
  Array.from({ length: count }, (_, index) => `${index} ${text}\n`).join('');

/** All bytes but the newline, twice. */
const BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))
  .filter((byte) => byte !== '\n')
  .join('')
  .repeat(2);

describe.skipIf(!needs('svlogd')).concurrent('svlogd beside C', () => {
  const CASES: Record<string, Case> = {
    'writes nothing for no input': { args: ['log'], input: '' },
    'writes lines, empty ones too': { args: ['log'], input: 'one\n\n\ntwo\n' },
    'keeps every byte, NUL included': { args: ['log'], input: `${BYTES}\n\0\n${BYTES}\n` },
    'keeps a line of 3 MB whole': {
      args: ['log'],
      directories: log('s0\n'),
      input: `${'0123456789'.repeat(3e5)}\n`,
    },
    'cuts a line of 3 MB at the size': { args: ['log'], input: `${'0123456789'.repeat(3e5)}\n` },
    'treats lines around the line length': {
      args: ['-l', '20', '-b', '40', '-tt', 'log'],
      directories: log('pP:\n'),
      input: [18, 19, 20, 21, 22, 40, 41].map((length) => `${'x'.repeat(length)}\n`).join(''),
    },
    'ends the rest of a long line with a newline': { args: ['-l', '5', 'log'], input: 'abcdefgh' },
    'reads a file as it reads a pipe': { args: ['-tt', 'log'], input: lines(5000), fromFile: true },
    'stamps with -t': { args: ['-t', 'log'], input: 'one\n\ntwo\n' },
    'stamps with -tt': { args: ['-tt', 'log'], input: 'one\n\ntwo\n' },
    'stamps with -ttt': { args: ['-ttt', 'log'], input: 'one\n\ntwo\n' },
    'stamps with -tttt as with -ttt': { args: ['-tt', '-tt', 'log'], input: 'one\n' },
    'replaces with -r': { args: ['-r', '?', 'log'], input: `${BYTES}\n` },
    'replaces with -R': { args: ['-R', 'ab]^-\\', 'log'], input: `${BYTES}\n` },
    'replaces with -r and -R': { args: ['-Rxyz', '-r$', 'log'], input: `${BYTES}\n` },
    'replaces in the head of a line only': { args: ['-r.', '-l10', 'log'], input: `${'\x01'.repeat(20)}\n` },
    'tells what it does with -v': { args: ['-v', 'log'], input: 'one\n', directories: log('s100\n') },
    'prints its version and usage with -V': { args: ['-V', 'log'] },
    'refuses an unknown option': { args: ['-x', 'log'] },
    'refuses an option without its argument': { args: ['log', '-l'].reverse().slice(0, 1) },
    'refuses -r with two characters': { args: ['-r', 'ab', 'log'] },
    'refuses -r with none': { args: ['-r', '', 'log'] },
    'refuses no directory': { args: [] },
    'refuses a buffer that is not larger than a line': { args: ['-l', '1024', 'log'] },
    'takes defaults for -l 0 and -b 0': { args: ['-l0', '-b0', '-v', 'log'], input: 'x\n' },
    'ends options at --': { args: ['-v', '--', '-x'], directories: { '-x': {} }, input: 'one\n' },
    'ends options at a word that begins so': { args: ['-v', '--help', 'log'], input: 'one\n' },
    'takes a single dash as a directory': { args: ['-'], input: 'one\n' },
    'writes to several directories': {
      args: ['-v', 'a', 'b', 'c'],
      directories: { a: { config: 'pA: \n' }, b: { config: '-*fox*\n+1*\n' }, c: { config: 's50\nn3\n' } },
      input: lines(10),
    },
    'goes on with the directories that work': {
      args: ['-v', 'missing', 'log', 'file', 'log'],
      prepare: (folder) => writeFileSync(join(folder, 'file'), ''),
      input: 'one\n',
    },
    'gives up when no directory works': { args: ['missing', 'gone'], input: 'one\n' },
    'rotates at sizes': { args: ['-l', '30', 'log'], directories: log('s200\nn40\n'), input: lines(80) },
    'rotates within a line that is too long': {
      args: ['-l', '20', '-b', '50', 'log'],
      directories: log('s100\n'),
      input: `${'abcdefghij'.repeat(31)}\nshort\n${'k'.repeat(99)}\n${'l'.repeat(100)}\nend\n`,
    },
    'rotates at a size below the line length': { args: ['log'], directories: log('s64\n'), input: lines(20) },
    'rotates at a size that is the line length': {
      args: ['-l', '64', 'log'],
      directories: log('s64\n'),
      input: lines(12),
    },
    'counts stamps and prefix in the size': {
      args: ['-tt', '-l', '30', 'log'],
      directories: log('s300\npprefix: \n'),
      input: lines(40),
    },
    'keeps as many old logs as n says': {
      args: ['-v', '-l30', 'log'],
      directories: log('s100\nn3\n'),
      input: lines(40),
    },
    'keeps all old logs with n0': { args: ['-l30', 'log'], directories: log('s100\nn0\n'), input: lines(70) },
    'removes what a processor left behind': {
      args: ['-v', '-l30', 'log'],
      directories: {
        log: {
          config: 's100\nn3\n',
          '@400000003b4a39c23294b13c.t': 'left',
          '@400000003b4a39c23294b13c.u': 'old',
          '@400000003b4a39c23294b13d.s': 'older',
          '@short': '',
        },
      },
      input: lines(10),
    },
    'makes a current that was not closed an old log': {
      args: ['-v', 'log'],
      directories: { log: { current: 'from before\n' } },
      input: 'one\n',
    },
    'appends to a current that was closed': {
      args: ['-v', 'log'],
      directories: { log: { current: 'from before\n' } },
      prepare: (folder) => chmodSync(join(folder, 'log/current'), 0o744),
      input: 'one\n',
    },
    'rotates at once a current that is too large': {
      args: ['-v', 'log'],
      directories: { log: { current: lines(20), config: 's100\n' } },
      prepare: (folder) => chmodSync(join(folder, 'log/current'), 0o744),
      input: 'one\n',
    },
    'reads every line of config': {
      args: ['-v', '-l10', 'log'],
      directories: log('# comment\n\ns1k\nn5\nN2\nt3m\nxunknown\n  s5\npp:\n-b*\nS5\n'),
      input: 'abc\nbcd\ncde\n',
    },
    'reads a config without a last newline': {
      args: ['log'],
      directories: log('pp:\n-a*\n+ab*'),
      input: 'abc\nacd\nb\n',
    },
    'does not look at a last lone character': { args: ['log'], directories: log('-*\n+'), input: 'abc\n\n' },
    'takes numbers that are missing as 0': {
      args: ['log'],
      directories: log('s\nn\nN\nt\n'),
      input: lines(30),
    },
    'takes units of sizes': { args: ['-v', '-l30', 'log'], directories: log('s1k\n'), input: lines(80) },
    'complains of addresses that are none': {
      args: ['log'],
      directories: log('u999.1\nu127.0.0.1:x\nu1.2.3\n'),
      input: 'one\n',
    },
    'writes nothing for a U line without an address': {
      args: ['log'],
      directories: log('Unowhere\n'),
      input: 'one\n',
    },
    'selects by patterns': {
      args: ['log'],
      directories: log('-*\n+a*\n-*z\n+b*: *: pid *\n+\n'),
      input: 'abc\nabz\nxyz\nb: info: pid 7\nb: pid 7\n\n',
    },
    'selects by a plus, which takes one or more': {
      args: ['log'],
      directories: log('-*\n++a\n++ab\n+x+yz*\n'),
      input: 'b\naa\naab\nxyz1\nxyyyz2\naaaaac\nxz000000\n',
    },
    'shows lines on standard error': {
      args: ['-tt', '-l', '10', 'log'],
      directories: log('pP: \ne*err*\nE*fine*\n-a*\n'),
      input: 'an error\nerr fine\nok\nan err that is long\n',
    },
    'matches the first bytes of a line only': {
      args: ['-l', '5', 'log'],
      directories: log('-abcde\n-*x\n'),
      input: 'abcdefgx\nabcd\nabcx\n',
    },
    'matches bytes above 127': { args: ['log'], directories: log('-*\xe4*\n'), input: 'a\xe4b\nabc\n' },
    'feeds old logs through a processor': {
      args: ['-l30', 'log'],
      directories: log('s200\nn40\n!tr a-z A-Z\n'),
      input: lines(30),
    },
    'gives a processor its state': {
      args: ['-l30', 'log'],
      directories: log('s200\n!cat; cat <&4; echo seen >&5; pwd >&2; (umask; ulimit -n) >&2\n'),
      input: lines(20),
    },
    'starts a processor again that failed': {
      args: ['-v', '-l30', 'log'],
      directories: log('s200\n!test -e go || { cat >got; >go; exit 3; }; cat\n'),
      input: lines(10),
    },
    'gives a processor these descriptors and signals': {
      args: ['-l30', 'log'],
      directories: log(
        's200\n!cat >/dev/null; ls /proc/self/fd; grep -E "Sig(Blk|Ign|Cgt)" /proc/self/status; echo "$0"; env | grep HOMERUN; true\n',
      ),
      input: lines(10),
    },
    'warns when current is a loop of links': {
      args: ['log'],
      prepare: (folder) => symlinkSync('current', join(folder, 'log/current')),
      input: 'one\n',
    },
    'warns when config is a directory': {
      args: ['-v', 'log'],
      prepare: (folder) => mkdirSync(join(folder, 'log/config')),
      input: 'one\n',
    },
    'warns when lock is a directory': {
      args: ['-v', 'log'],
      prepare: (folder) => mkdirSync(join(folder, 'log/lock')),
      input: 'one\n',
    },
    'works through links': {
      args: ['link'],
      prepare: (folder) => symlinkSync('log', join(folder, 'link')),
      input: 'one\n',
    },
  };

  for (const [title, what] of Object.entries(CASES)) it(title, () => expectSame(what));

  it('reads nothing from a directory, and says so', async () => {
    const what: Case = { args: [], during: async () => {} };
    const shell = (program: string) =>
      run('/bin/sh', { ...what, args: ['-c', `exec ${program} -v log </`], directories: { log: {} } });
    const [theirs, ours] = await Promise.all([shell(THEIRS), shell(OURS)]);
    expect(ours).toEqual(theirs);
    expect(ours.stderr).toContain('unable to read standard input: is a directory');
  });

  const isRoot = process.getuid?.() === 0;
  const NOBODY = 65534;
  const asNobody = (what: Case): Case => ({
    ...what,
    uid: NOBODY,
    prepare: (folder) => {
      chmodSync(folder, 0o755);
      for (const name of ['.', 'log']) chownSync(join(folder, name), NOBODY, NOBODY);
      what.prepare?.(folder);
    },
  });

  it.skipIf(!isRoot)('warns of a directory that it may not read', () =>
    expectSame(
      asNobody({
        args: ['-v', 'log'],
        prepare: (folder) => chmodSync(join(folder, 'log'), 0o300),
        input: 'x\n',
      }),
    ),
  );
  it.skipIf(!isRoot)('warns of a directory that it may not search', () =>
    expectSame(
      asNobody({
        args: ['-v', 'log'],
        prepare: (folder) => chmodSync(join(folder, 'log'), 0o600),
        input: 'x\n',
      }),
    ),
  );
  it.skipIf(!isRoot)('warns of a directory that it may not write', () =>
    expectSame(
      asNobody({
        args: ['-v', 'log'],
        prepare: (folder) => chmodSync(join(folder, 'log'), 0o555),
        input: 'x\n',
      }),
    ),
  );
  it.skipIf(!isRoot)('warns of a config that it may not read, and takes the one before instead', () =>
    expectSame(
      asNobody({
        args: ['-v', 'other', 'log'],
        directories: { other: { config: '-a*\npP:\ns200\n' }, log: { config: 'pL:\n' } },
        prepare: (folder) => {
          chownSync(join(folder, 'other'), NOBODY, NOBODY);
          chmodSync(join(folder, 'log/config'), 0);
        },
        input: 'one\nabc\n',
      }),
    ),
  );

  it('refuses a directory that another svlogd holds', async () => {
    const second = async (holder: string, program: string) => {
      const folder = makeFolder();
      let made: Awaited<ReturnType<typeof run>> | undefined;
      await run(
        holder,
        {
          args: ['log'],
          during: async () => {
            // The last thing that it does before it reads: C makes the file 0600 at first.
            await until('it reads', () => modeOf(join(folder, 'log/current')) === 0o644);
            made = await run(program, { args: ['-v', 'log'], input: 'two\n' }, folder);
          },
        },
        folder,
      );
      return made;
    };
    const [theirs, ours, oursByThem, theirsByUs] = await Promise.all([
      second(THEIRS, THEIRS),
      second(OURS, OURS),
      second(THEIRS, OURS),
      second(OURS, THEIRS),
    ]);
    expect(ours).toEqual(theirs);
    expect(oursByThem).toEqual(theirs);
    expect(theirsByUs).toEqual(theirs);
    expect(theirs?.stderr).toContain('unable to lock directory: log: temporary failure');
  });

  it('goes on in a directory where the other one stopped, in every order', async () => {
    const chain = async (...programs: string[]) => {
      const folder = makeFolder();
      const files: unknown[] = [];
      for (const [index, program] of programs.entries()) {
        const made = await run(
          program,
          {
            args: ['-tt', '-v', '-l', '30', 'log'],
            directories: log('s500\nn4\n'),
            input: lines(12, `round ${index}`),
          },
          folder,
        );
        files.push(made);
      }
      return files;
    };
    const [theirs, ours, mixed, mixedToo] = await Promise.all([
      chain(THEIRS, THEIRS, THEIRS, THEIRS),
      chain(OURS, OURS, OURS, OURS),
      chain(THEIRS, OURS, THEIRS, OURS),
      chain(OURS, THEIRS, OURS, THEIRS),
    ]);
    expect(ours).toEqual(theirs);
    expect(mixed).toEqual(theirs);
    expect(mixedToo).toEqual(theirs);
  });

  describe('with signals', () => {
    const SIGNALS: Record<string, Case> = {
      'rotates on ALRM what is not empty': {
        args: ['-v', 'log'],
        during: async ({ child, all, stderr }) => {
          child.stdin?.write('one\n');
          await until('one is there', () => all() === 'one\n');
          child.kill('SIGALRM');
          await until('it is rotated', () => stderr().includes('rename'));
          child.kill('SIGALRM');
          await until('it was heard again', () => stderr().split('sigalarm').length === 3);
          child.stdin?.write('two\n');
          await until('two is there', () => all() === 'one\ntwo\n');
        },
      },
      'reads config again on HUP': {
        args: ['-v', 'log'],
        during: async ({ child, folder, all, stderr }) => {
          child.stdin?.write('one\n');
          await until('one is there', () => all() === 'one\n');
          writeFileSync(join(folder, 'log/config'), 'pP:\n');
          child.kill('SIGHUP');
          await until('it is read', () => stderr().includes('append'));
          child.stdin?.write('two\n');
          await until('two is there', () => all() === 'one\nP:two\n');
        },
      },
      'ends with 111 when a HUP finds no directory': {
        args: ['-v', 'log'],
        during: async ({ child, folder, all, stderr }) => {
          child.stdin?.write('one\n');
          await until('one is there', () => all() === 'one\n');
          rmSync(join(folder, 'log'), { recursive: true });
          child.kill('SIGHUP');
          await until('it ends', () => stderr().includes('fatal'));
        },
      },
      'ends on TERM between lines at once': {
        args: ['-v', 'log'],
        during: async ({ child, all }) => {
          child.stdin?.write('one\n');
          await until('one is there', () => all() === 'one\n');
          child.kill('SIGTERM');
          await until('it ended', () => child.exitCode !== null);
        },
      },
      'rotates what is too old': {
        args: ['-v', 'log'],
        directories: log('t1\n'),
        during: async ({ child, all, stderr }) => {
          child.stdin?.write('one\n');
          await until('one is there', () => all() === 'one\n');
          // No more is written: on a busy machine it would be rotated, too, or not.
          await until('it is rotated', () => stderr().includes('rename'));
        },
      },
      'waits at the end for its processor': {
        args: ['log'],
        directories: log('!until test -e go; do sleep 0.1; done; tr a-z A-Z\n'),
        during: async ({ child, folder, all }) => {
          child.stdin?.write('one\n');
          await until('one is there', () => all() === 'one\n');
          child.kill('SIGALRM');
          await until('the processor runs', () => existsSync(join(folder, 'log/newstate')));
          child.kill('SIGTERM');
          writeFileSync(join(folder, 'log/go'), '');
          await until('it ended', () => child.exitCode !== null);
        },
      },
      'goes on in a directory that was renamed': {
        args: ['log'],
        directories: log('n3\n'),
        during: async ({ child, folder, all, stderr: _ }) => {
          child.stdin?.write('one\n');
          await until('one is there', () => all() === 'one\n');
          const { renameSync } = await import('node:fs');
          renameSync(join(folder, 'log'), join(folder, 'moved'));
          child.kill('SIGALRM');
          await until('it is rotated', () => logFiles(join(folder, 'moved')).length === 2);
          child.stdin?.write('two\n');
          await until('two is there', () => all('moved') === 'one\ntwo\n');
        },
      },
      'pauses when the directory has vanished': {
        args: ['-v', 'log'],
        during: async ({ child, folder, all, stderr }) => {
          child.stdin?.write('one\n');
          await until('one is there', () => all() === 'one\n');
          rmSync(join(folder, 'log'), { recursive: true });
          child.kill('SIGALRM');
          await until('it pauses', () => stderr().includes('pausing'));
          child.kill('SIGKILL');
          await until('it ended', () => child.signalCode !== null);
        },
      },
    };
    for (const [title, what] of Object.entries(SIGNALS)) {
      it(title, async () => {
        const { theirs, ours } = await runBoth(what);
        // What is said again every three seconds may have been said once more.
        const once = (made: typeof ours) => ({ ...made, stderr: [...new Set(made.stderr.split('\n'))] });
        expect(once(ours)).toEqual(once(theirs));
      });
    }
  });
});

describe('svlogd by itself', () => {
  it('writes a last line that has no newline, where C loses it', async () => {
    const { status, files } = await run(OURS, { args: ['log'], input: 'one\ntwo' });
    expect(status).toBe(0);
    expect(files['log/current']).toBe('744 one\ntwo\n');
  });

  it('writes the line in hand before it ends on TERM, where C loses it', async () => {
    const { status, files } = await run(OURS, {
      args: ['-v', 'log'],
      during: async ({ child, all, stderr }) => {
        child.stdin?.write('one\nbegun');
        await until('one is there', () => all() === 'one\n');
        child.kill('SIGTERM');
        await until('it was heard', () => stderr().includes('sigterm'));
        child.stdin?.write(' and ended\nnever read\n');
        await until('it ended', () => child.exitCode !== null);
      },
    });
    expect(status).toBe(0);
    expect(files['log/current']).toBe('744 one\nbegun and ended\n');
    expect(files['log/lock']).toBe('600 ');
  });
});
