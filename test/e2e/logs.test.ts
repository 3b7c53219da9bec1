import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { widthOf } from '../../src/everyday/width.ts';
import { type Home, makeHome, ROOT } from '../setup/home.ts';
import { needs } from '../setup/needs.ts';
import { openTerminal, type TestTerminal } from '../setup/terminal.ts';
import { until } from '../setup/until.ts';

let home: Home;
let terminal: TestTerminal | undefined;

afterEach(async () => {
  terminal?.close();
  terminal = undefined;
  await home.close();
});

const HOMERUN = join(ROOT, 'bin/homerun');
const SLEEPER = '#!/bin/sh\nexec sleep 100000\n';

/** TAI64N label of a Unix second. */
const label = (seconds: number): string => `@${(2n ** 62n + 10n + BigInt(seconds)).toString(16)}00000000`;
const second = (clock: string): number => Date.parse(`2026-11-22T${clock}Z`) / 1000;

describe('homerun logs', () => {
  it('merges services over rotated, zipped and current files with all three stamps and none', async () => {
    home = makeHome();
    for (const name of ['alpha', 'beta']) home.service(name, { run: SLEEPER, enabled: false });
    const alpha = home.logFolder('alpha');
    const beta = home.logFolder('beta');
    writeFileSync(
      join(alpha, `${label(second('05:10:00'))}.s`),
      '2026-11-22_05:01:00.00000 one\n2026-11-22_05:03:00.50000 three\n  more of three\n',
    );
    writeFileSync(join(alpha, `${label(second('05:20:00'))}.u`), `${label(second('05:15:00'))} five\n`);
    writeFileSync(join(alpha, 'current'), '2026-11-22T05:25:00.00000 seven\n');
    writeFileSync(
      join(beta, `${label(second('05:16:00'))}.s`),
      gzipSync('2026-11-22_05:02:00.00000 two\n2026-11-22_05:14:00.00000 four\n'),
    );
    writeFileSync(join(beta, `${label(second('05:18:00'))}.s`), 'six, without any stamp\n');
    // What is there beside the logs is not read.
    for (const name of ['lock', 'config', 'state']) writeFileSync(join(alpha, name), 'rubbish\n');

    const all = await home.homerun('logs', 'alpha', 'beta', '--utc');
    expect(all).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        '2026-11-22 05:01:00.000Z alpha | one',
        '2026-11-22 05:02:00.000Z beta  | two',
        '2026-11-22 05:03:00.500Z alpha | three',
        '                         alpha |   more of three',
        '2026-11-22 05:14:00.000Z beta  | four',
        '2026-11-22 05:15:00.000Z alpha | five',
        '                         beta  | six, without any stamp',
        '2026-11-22 05:25:00.000Z alpha | seven',
        '',
      ].join('\n'),
    });
    // Forwards it comes to the same as from the end.
    expect((await home.homerun('logs', 'alpha', 'beta', '--utc', '-n', 'all')).stdout).toBe(all.stdout);
    // A service that several words name is shown once.
    expect((await home.homerun('logs', 'alpha', '*a', 'beta', 'alpha', '--utc')).stdout).toBe(all.stdout);
    const texts = async (...args: string[]): Promise<string[]> =>
      (await home.homerun('logs', '--no-times', ...args)).stdout.trimEnd().split('\n');
    expect(await texts('alpha', '-n', '3')).toEqual(['  more of three', 'five', 'seven']);
    expect(
      await texts('alpha', '--since', '2026-11-22 05:03', '--until', '2026-11-22 05:15:00', '--utc'),
    ).toEqual(['three', '  more of three', 'five']);
    expect(await texts('--grep', '^(two|s[ie].*)$', '-n', '2')).toEqual([
      'beta  | six, without any stamp',
      'alpha | seven',
    ]);
    // Local time: 14 hours ahead of UTC is the next day at most.
    expect((await home.homerunWith({ TZ: 'Asia/Tokyo' }, 'logs', 'alpha', '-n', '1')).stdout).toBe(
      '2026-11-22 14:25:00.000 seven\n',
    );
    expect((await home.homerun('logs', 'alpha', '--grep', 'nothing')).code).toBe(1);
    expect((await home.homerun('logs', 'alpha', '--grep', '(')).code).toBe(2);
    expect((await home.homerun('logs', 'alpha', '--since', 'whenever')).code).toBe(2);
  });

  it('passes bytes on as they are, whatever they are; what is no UTF-8 can be searched, too', async () => {
    home = makeHome();
    home.service('raw', { run: SLEEPER, enabled: false });
    const folder = home.logFolder('raw');
    const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
    const old = bytes('caf\xe9 \xff\xfe\x80 \xed\xa0\x80 \xf0\x9f\x98\x80\nplain\n');
    const now = Buffer.concat([
      bytes('\xc3\nnul \0 and \x1b[31m, \xef\xbf\xbd\r\n'),
      bytes('\xe2\x82 end\n'),
    ]);
    writeFileSync(join(folder, `${label(second('05:10:00'))}.s`), old);
    writeFileSync(join(folder, 'current'), now);
    const shown = (...args: string[]): Buffer =>
      execFileSync(process.execPath, [HOMERUN, 'logs', 'raw', '--no-times', ...args], { env: home.env });
    expect(shown()).toEqual(Buffer.concat([old, now]));
    expect(shown('-n', 'all')).toEqual(Buffer.concat([old, now]));
    expect(shown('--grep', '^caf.* 😀$')).toEqual(old.subarray(0, old.indexOf(10) + 1));
  });

  it('shows the others when one cannot be read or is not there, says so, and exits 1', async () => {
    home = makeHome();
    for (const name of ['good', 'loop', 'zipped', 'new'])
      home.service(name, { run: SLEEPER, enabled: false });
    writeFileSync(join(home.logFolder('good'), 'current'), '2026-11-22T05:25:00.00000 words\n');
    symlinkSync('current', join(home.logFolder('loop'), 'current'));
    const broken = join(home.logFolder('zipped'), `${label(second('05:10:00'))}.s`);
    writeFileSync(broken, Buffer.from([0x1f, 0x8b, 1, 2, 3]));
    writeFileSync(join(home.logFolder('zipped'), 'current'), '2026-11-22T05:26:00.00000 more\n');
    rmSync(home.logFolder('new'), { recursive: true });
    expect(await home.homerun('logs', 'good', 'loop', 'zipped', 'new', '--utc')).toEqual({
      code: 1,
      stdout: '2026-11-22 05:25:00.000Z good   | words\n2026-11-22 05:26:00.000Z zipped | more\n',
      stderr: [
        `homerun: loop: ${home.logFolder('loop')}: cannot be read (ELOOP)`,
        `homerun: new: ${home.logFolder('new')}: there is no log yet`,
        `homerun: zipped: ${broken}: cannot be read (Z_DATA_ERROR)`,
        '',
      ].join('\n'),
    });
  });

  it('takes times at a change of the clock, and refuses days that there are not', async () => {
    home = makeHome();
    home.service('clock', { run: SLEEPER, enabled: false });
    writeFileSync(
      join(home.logFolder('clock'), 'current'),
      [
        '2026-03-29T00:59:59.00000 before the gap',
        '2026-03-29T01:30:00.00000 after the gap',
        '2026-10-25T00:30:00.00000 half past two',
        '2026-10-25T01:30:00.00000 half past two again',
        '2026-10-25T02:30:00.00000 half past three',
        '',
      ].join('\n'),
    );
    const texts = async (...args: string[]): Promise<string[]> =>
      (await home.homerunWith({ TZ: 'Europe/Berlin' }, 'logs', 'clock', '--no-times', ...args)).stdout
        .trimEnd()
        .split('\n');
    // 02:30 does not exist on the day that loses an hour: it is the moment an hour later by the new clock.
    expect(await texts('--since', '2026-03-29 02:30', '--until', '2026-03-30')).toEqual(['after the gap']);
    expect(await texts('--since', '2026-10-25 02:30', '--until', '2026-10-25 03:00')).toEqual([
      'half past two',
      'half past two again',
    ]);
    expect(await texts('--since', '2026-10-25T01:30Z')).toEqual(['half past two again', 'half past three']);
    expect(await texts('--since', '2026-10-25 01:30', '--utc')).toEqual([
      'half past two again',
      'half past three',
    ]);
    expect(await texts('--grep', 'half\\-past|two$')).toEqual(['half past two']);
    const refused = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await home.homerun('logs', 'clock', ...args);
      expect([code, stdout]).toEqual([2, '']);
      return stderr;
    };
    for (const time of ['2026-02-29', '25:00', '12:60', '2026-11-22 noon', '10', '']) {
      expect(await refused('--since', time)).toBe(
        `homerun: --since ${time}: not a time\nExpected 10m, "2h ago", 14:30, yesterday, 2026-11-22 or "2026-11-22 14:30".\n`,
      );
    }
    expect(await refused('--since', '2026-11-22', '--until', '2026-11-21')).toContain(
      '--since 2026-11-22: it is later than --until 2026-11-21',
    );
  });

  it('-f waits for a log directory that is not there yet, and goes on when it was made anew', async () => {
    home = makeHome();
    home.service('late', { run: SLEEPER, enabled: false });
    const folder = home.logFolder('late');
    rmSync(folder, { recursive: true });
    const child = home.own(
      spawn(process.execPath, [HOMERUN, 'logs', 'late', '-f', '--no-times'], {
        env: home.env,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (text) => {
      stdout += text;
    });
    child.stderr?.on('data', (text) => {
      stderr += text;
    });
    await until('it waits', () => stderr.includes('waiting for it'));
    expect(stderr).toBe(`homerun: late: ${folder}: there is no log yet; waiting for it\n`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'current'), 'one\n');
    await until('the first line is shown', () => stdout === 'one\n');
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    writeFileSync(join(folder, 'current'), 'two\n');
    await until('the second line is shown', () => stdout === 'one\ntwo\n');
    // Node would open its debugger.
    child.kill('SIGUSR1');
    await until('it ends', () => child.signalCode === 'SIGUSR1');
  });

  it('finds the logs of a service that is gone, and says when there are none', async () => {
    home = makeHome();
    home.service('quiet', { run: SLEEPER, log: null, enabled: false });
    mkdirSync(home.logFolder('gone'), { recursive: true });
    writeFileSync(join(home.logFolder('gone'), 'current'), '2026-11-22T05:25:00.00000 last words\n');
    expect((await home.homerun('logs', 'gone')).stdout).toBe('2026-11-22 05:25:00.000 last words\n');
    expect(await home.homerun('logs', 'quiet')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('homerun: quiet: it has no log service'),
    });
    expect(await home.homerun('logs', 'goen')).toMatchObject({ code: 1, stdout: '' });
  });

  it('marks starts and endings between the lines, as the supervisor noted them', async () => {
    home = makeHome();
    // The supervisor has noted the start once it names the process; what is said before that, or so shortly after an
    // ending that it may be a last word, stands before the mark.
    home.service('worker', {
      run: '#!/bin/sh\nexec 2>&1\nuntil grep -qx "$$" supervise/pid; do sleep 0.01; done\nsleep 0.1\necho working\n[ -e go-on ] && exec sleep 100000\n: >go-on\nsleep 1.2\nexit 3\n',
    });
    await home.start();
    const seen =
      /── started ──\n.* working\n.*── ended after \d+\.\d+ s: exit 3 ──\n.*── started \(pid \d+\) ──\n.* working\n$/;
    let shown = '';
    await until(
      () => `both runs are in the log, each between its marks:\n${shown}`,
      async () => {
        shown = (await home.homerun('logs', 'worker')).stdout;
        return seen.test(shown);
      },
    );
    expect((await home.homerun('logs', 'worker', '--no-marks', '--no-times')).stdout).toBe(
      'working\nworking\n',
    );
  });

  it('follows a million lines through rotations, and loses or doubles none', async () => {
    home = makeHome();
    home.service('flood', { run: SLEEPER, enabled: false });
    const folder = home.logFolder('flood');
    writeFileSync(join(folder, 'config'), 's2000000\nn0\n');
    const file = join(home.folder, 'followed');
    const follower = home.own(
      spawn(process.execPath, [HOMERUN, 'logs', 'flood', '-f', '-n', 'all', '--no-times', '--no-marks'], {
        env: home.env,
        stdio: ['ignore', openSync(file, 'w'), 'ignore'],
      }),
    );
    // The follower may come before the first line or after some: it starts with what is there.
    const logger = home.own(
      spawn(join(ROOT, 'runit/svlogd'), ['-tt', folder], {
        env: home.env,
        stdio: ['pipe', 'ignore', 'ignore'],
      }),
    );
    const source = home.own(spawn('seq', ['1', '1000000'], { stdio: ['ignore', 'pipe', 'ignore'] }));
    source.stdout?.pipe(logger.stdin as NodeJS.WritableStream);
    const size = 6_888_896;
    await until('everything was written', () => logger.exitCode === 0, 120_000);
    await until('everything was followed', () => statSync(file).size >= size, 120_000);
    follower.kill('SIGINT');
    await until('it ends', () => follower.exitCode !== null || follower.signalCode !== null);
    const lines = readFileSync(file, 'latin1').split('\n');
    expect(lines.length).toBe(1_000_001);
    const wrong = lines.findIndex((line, index) => index < 1_000_000 && line !== String(index + 1));
    expect(wrong).toBe(-1);
  }, 300_000);

  it('ends quietly when its reader has gone', async () => {
    home = makeHome();
    home.service('flood', { run: SLEEPER, enabled: false });
    writeFileSync(join(home.logFolder('flood'), 'current'), 'line\n'.repeat(200_000));
    const child = home.own(
      spawn('/bin/sh', ['-c', `'${process.execPath}' '${HOMERUN}' logs flood -n all --no-times | head -1`], {
        env: home.env,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    let output = '';
    child.stdout?.on('data', (text) => {
      output += text;
    });
    child.stderr?.on('data', (text) => {
      output += text;
    });
    // Not only ended: all that it has written is read.
    await new Promise((done) => child.on('close', done));
    expect(output).toBe('line\n');
  });
});

describe.skipIf(!needs('tmux'))('homerun logs -f in a terminal', () => {
  it('shows lines as they come, keeps control characters from the terminal, ends with Ctrl-C', async () => {
    home = makeHome();
    home.service('ticker', {
      run: '#!/bin/sh\nexec 2>&1\nn=0\nwhile :; do n=$((n+1)); printf "tick %d \\033[2J\\007 \\033[31mred\\033[0m\\n" $n; sleep 0.3; done\n',
    });
    await home.start();
    terminal = await openTerminal(home.env, 60, 12);
    terminal.type(`node ${HOMERUN} logs ticker -f -n 2`);
    await terminal.shows(/tick \d+ \\x1b\[2J\\x07 red\n/);
    const number = (): number =>
      Number([...(terminal?.screen() ?? '').matchAll(/tick (\d+)/g)].at(-1)?.[1] ?? 0);
    const now = number();
    await until('two more lines have come', () => number() >= now + 2);
    expect(terminal.screen(true)).toMatch(/\u001b\[31mred/);
    terminal.keys('C-c');
    // What is typed before the shell's prompt is there stands in front of it.
    await terminal.shows(/^\$$/m);
    terminal.type('echo over');
    const screen = await terminal.shows(/^over$/m);
    for (const line of screen.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(60);
  });

  it('leaves the lines three quarters of the width beside long names, and shows bytes that are no characters', async () => {
    home = makeHome();
    const long = 'a-name-that-goes-on-for-longer-than-anybody-types';
    for (const name of [long, 'short']) {
      home.service(name, { run: SLEEPER, enabled: false });
      writeFileSync(
        join(home.logFolder(name), 'current'),
        Buffer.from('2026-11-22T05:25:00.00000 caf\xe9 and words\n', 'latin1'),
      );
    }
    terminal = await openTerminal(home.env, 60, 12);
    terminal.type(`node ${HOMERUN} logs --no-times`);
    expect(await terminal.shows(/^short .*words$/m)).toContain(
      'a-name-that-go… | caf\\xe9 and words\nshort           | caf\\xe9 and words\n',
    );
  });
});
