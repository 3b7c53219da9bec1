/** svlogd beside C on inputs and configs made by chance, and on a full disk, with datagrams, killed under load. */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { logFiles, logText } from '../setup/log-content.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { randomOf } from '../sim/random.ts';
import { type Case, cleanUp, makeFolder, OURS, run, runBoth, THEIRS } from './svlogd-pair.ts';

afterEach(cleanUp);

/** More with HOMERUN_ROUNDS. */
const ROUNDS = Number(process.env.HOMERUN_ROUNDS ?? 20);

/** A case by chance: at most some 60 rotations. */
function makeCase(seed: number): Case {
  const random = randomOf(seed);
  const below = (limit: number) => (random.next() * 2 ** 32) % limit;
  const pick = <Item>(...items: Item[]): Item => items[below(items.length)] as Item;
  const letters = pick('ab', 'abc: \0', 'ab\xe4\x01~', 'a');
  const word = (most: number) =>
    Array.from({ length: below(most + 1) }, () => letters[below(letters.length)]).join('');
  const lineMax = pick(5, 16, 40);
  const args = ['-l', String(lineMax), '-b', String(lineMax + 1 + below(60))];
  for (let count = below(4); count > 0; count--) args.push('-t');
  if (below(3) === 0) args.push(`-r${pick('_', '?', 'a', '$')}`);
  if (below(4) === 0) args.push(`-R${word(3)}x`.replaceAll('\0', ''));
  if (below(3) === 0) args.push('-v');
  let hasPlus = false;
  const pattern = () => {
    let text = '';
    for (let count = below(4); count >= 0; count--) {
      const wild = pick('', '', '*', '*', '+');
      if (wild === '+') hasPlus = true;
      text += wild + pick(...letters.replace('\0', 'a'));
    }
    return text + pick('', '*');
  };
  const config = () => {
    const lines: string[] = [];
    for (let count = below(7); count > 0; count--) {
      lines.push(
        pick(
          () => `s${pick(0, 300, 400, 1000)}`,
          () => `n${pick(0, 1, 3, 10)}`,
          () => `p${word(4).replaceAll('\0', '')}`,
          () => `${pick('+', '-', 'e', 'E')}${pattern()}`,
          () => `${pick('+', '-')}${pattern()}`,
          () => '# comment',
        )(),
      );
    }
    return lines.join('\n') + pick('\n', '');
  };
  const directories: Record<string, Record<string, string>> = {};
  for (const name of pick(['log'], ['log'], ['a', 'b'])) {
    directories[name] = below(5) === 0 ? {} : { config: config() };
    args.push(name);
  }
  let lines = Array.from({ length: below(60) }, () => word(pick(3, 12, 60, 200)));
  // C looks at what a longer line left in its buffer when a line ends where a plus is due; this way there is none.
  if (hasPlus) lines = lines.sort((a, b) => a.length - b.length);
  return { args, directories, input: lines.map((line) => `${line}\n`).join('') };
}

const isRoot = process.getuid?.() === 0;

describe.skipIf(!needs('svlogd'))('svlogd beside C, by chance', () => {
  it(`makes the same of ${ROUNDS} cases`, { timeout: 20_000 + ROUNDS * 5000 }, async () => {
    const first = Number(process.env.HOMERUN_SEED ?? 1);
    for (let seed = first; seed < first + ROUNDS; seed += 2) {
      const cases = [seed, seed + 1].map((each) => ({ seed: each, ...makeCase(each) }));
      const made = await Promise.all(cases.map(runBoth));
      for (const [index, { ours, theirs }] of made.entries()) {
        // Ours writes a whole piece's alerts first, so among what -v tells they stand elsewhere.
        const sorted = (stderr: string) => stderr.split('\n').sort();
        expect({ case: cases[index], ...ours, stderr: sorted(ours.stderr) }).toEqual({
          case: cases[index],
          ...theirs,
          stderr: sorted(theirs.stderr),
        });
      }
    }
  });
});

describe.skipIf(!needs('svlogd') || !isRoot)('svlogd on a full disk', () => {
  const mounts: string[] = [];
  afterEach(() => {
    for (const mount of mounts.splice(0)) spawnSync('umount', ['-l', mount]);
  });

  /** A case in a file system of 64 KiB; false when none can be mounted here. */
  const smallDisk = (folder: string): boolean => {
    const disk = join(folder, 'disk');
    mkdirSync(disk, { recursive: true });
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    if (status === 0) mounts.push(disk);
    return status === 0;
  };

  const text = Array.from({ length: 9000 }, (_, index) => `${index} the quick brown fox\n`).join('');

  it('deletes old logs down to N, oldest first, of every kind', async ({ skip }) => {
    const old = Object.fromEntries(
      ['1.s', '2.u', '3.t', '4.x', '5.s'].map((end) => [
        `@400000003b4a39c23294b13${end}`,
        'x'.repeat(10_000),
      ]),
    );
    const play = async (program: string) => {
      const folder = makeFolder();
      if (!smallDisk(folder)) return undefined;
      const size = 30_000;
      return run(
        program,
        {
          args: ['disk/log'],
          directories: { 'disk/log': { config: 's50000\nn9\nN1\n', ...old } },
          input: text.slice(0, text.lastIndexOf('\n', size) + 1),
        },
        folder,
      );
    };
    const theirs = await play(THEIRS);
    const ours = await play(OURS);
    if (theirs === undefined || ours === undefined) return skip('no file system can be mounted here');
    expect(ours.files['disk/log/current']).toEqual(theirs.files['disk/log/current']);
    // Of the files that went the first are the same; how many had to go depends on pages, of which the lock takes one.
    const deleted = (stderr: string) => stderr.match(/out of disk space, delete: .*/g) ?? [];
    expect(deleted(theirs.stderr).length).toBeGreaterThan(1);
    expect(deleted(ours.stderr).slice(0, 2)).toEqual(deleted(theirs.stderr).slice(0, 2));
    expect(ours.status).toBe(0);
  });

  it('pauses, and loses nothing when room is made', async ({ skip }) => {
    const play = async (program: string) => {
      const folder = makeFolder();
      if (!smallDisk(folder)) return undefined;
      const ballast = join(folder, 'disk/ballast');
      writeFileSync(ballast, 'x'.repeat(50_000));
      const input = text.slice(0, 30_001);
      return run(
        program,
        {
          args: ['disk/log'],
          directories: { 'disk/log': {} },
          during: async ({ child, stderr, all }) => {
            child.stdin?.write(input);
            await until('it pauses', () => stderr().includes('pausing'));
            unlinkSync(ballast);
            await until('all is there', () => all('disk/log').length >= input.lastIndexOf('\n') + 1);
          },
        },
        folder,
      );
    };
    const theirs = await play(THEIRS);
    const ours = await play(OURS);
    if (theirs === undefined || ours === undefined) return skip('no file system can be mounted here');
    const words = 'svlogd: pausing: unable to write to current: disk/log: out of disk space\n';
    expect([...new Set(ours.stderr.split('\n'))]).toEqual([...new Set(words.split('\n'))]);
    expect([...new Set(theirs.stderr.split('\n'))]).toEqual([...new Set(words.split('\n'))]);
    const current = ours.files['disk/log/current'] ?? '';
    // C loses the begun last line, ours ends it.
    expect(current).toBe(`${theirs.files['disk/log/current']}${text.slice(0, 30_001).split('\n').at(-1)}\n`);
    expect(ours.files['disk/log/lock']).toBe('600 ');
  });
});

describe.skipIf(!needs('svlogd'))('svlogd and datagrams', () => {
  it('sends the selected lines as C does, and writes them or not', async () => {
    const heard: Record<string, string[]> = {};
    const play = async (program: string) => {
      const socket = createSocket('udp4');
      const texts: string[] = [];
      heard[program] = texts;
      socket.on('message', (message) => texts.push(message.toString('latin1').replace(/^\S{25} /, 'STAMP ')));
      await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
      const { port } = socket.address();
      const made = await run(program, {
        args: ['-tt', '-l', '20', 'a', 'b', 'c'],
        directories: {
          a: { config: `u127.0.0.1:${port}\n` },
          b: { config: `U127.0.0.1:${port}\npB: \n-*two*\n` },
          // Nobody may send to this one.
          c: { config: 'u255.255.255.255:9\n' },
        },
        input: 'one\nline two\na line that is longer than twenty\n',
      });
      await until('all were heard', () => texts.length >= 5);
      socket.close();
      const files = Object.fromEntries(
        Object.entries(made.files).filter(([name]) => !name.endsWith('config')),
      );
      return { ...made, files };
    };
    const [theirs, ours] = await Promise.all([play(THEIRS), play(OURS)]);
    expect(ours).toEqual(theirs);
    expect(ours.files['c/current']).toContain('warning: failure sending through udp: DATE_ one\n');
    expect(heard[OURS]?.sort()).toEqual(heard[THEIRS]?.sort());
  });
});

describe('svlogd killed under full load', () => {
  it('neither loses nor doubles a line', async () => {
    const folder = makeFolder();
    const directory = join(folder, 'log');
    mkdirSync(directory);
    writeFileSync(join(directory, 'config'), 's100000\nn0\n');
    // A writer and, one after the other, loggers on one pipe, as under runsv; each is killed while it writes.
    const script = `
      mkfifo pipe
      exec 3<>pipe
      # Something new comes in each round, so that each logger finds something to write.
      for part in 0 1 2 3 4 5; do
        until test -e go.$part; do sleep 0.01; done
        awk -v part=$part 'BEGIN { for (i = part * 10000; i < (part + 1) * 10000; i++) printf "%d %*s|\\n", i, i % 70, "" }'
      done >pipe 3>&- &
      look() { wc -c log/@* log/current log/lock 2>/dev/null | tail -n 1; }
      for round in 1 2 3 4 5; do
        before=$(look)
        "$0" -tt log <&3 3<&- &
        : >go.$((round - 1))
        while test "$(look)" = "$before"; do :; done
        kill -9 $!
        wait $! 2>/dev/null
      done
      "$0" -tt log <pipe 3<&- &
      last=$!
      : >go.5
      exec 3<&-
      wait $last`;
    const { status } = await run(
      '/bin/sh',
      { args: ['-c', script, OURS], during: async () => {}, directories: {} },
      folder,
    );
    expect(status).toBe(0);
    const wrong: string[] = [];
    const names = logFiles(directory);
    const all = logText(directory).split('\n');
    expect(all.pop()).toBe('');
    for (const [index, line] of all.entries()) {
      const expected = `${index} ${' '.repeat(Math.max(0, index % 70))}|`;
      if (line.slice(26) !== expected && wrong.length < 5) wrong.push(`${line} (expected ${expected})`);
    }
    expect(wrong).toEqual([]);
    expect(all.length).toBe(60_000);
    expect(names.length).toBeGreaterThan(5);
    expect(statSync(join(directory, 'lock')).size).toBe(0);
  });
});
