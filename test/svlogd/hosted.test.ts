/** Loggers in the worker thread: the same directories as svlogd itself makes, and each for itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { libcFunction } from '../../src/supervisor/native/libc.ts';
import { untroubled, withOpenFilesLimit } from '../../src/supervisor/native/limits.ts';
import { type LoggerEnd, LoggerHost, type Preparation } from '../../src/supervisor/svlogd/host.ts';
import { logText } from '../setup/log-content.ts';
import { removeFolder } from '../setup/remove-folder.ts';
import { text } from '../setup/service-tree.ts';
import { until } from '../setup/until.ts';

function openPipe(): { read: number; write: number } {
  const ends = new Int32Array(2);
  expect(libcFunction('int pipe2(void *, int)')(ends, 0)).toBe(0);
  return { read: ends[0] as number, write: ends[1] as number };
}

let folder: string;
let host: LoggerHost;
let children: ChildProcess[];
let processors: string[];
/** Arguments of loggers that were found hanging. */
let hanging: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hosted-'));
  children = [];
  processors = [];
  hanging = [];
  host = makeHost();
});

function makeHost(): LoggerHost {
  return new LoggerHost({
    workerFile: resolve('dist/logger-worker.cjs'),
    hangs: (words) => hanging.push(words),
    startProcessor: (job, stderr, ended) => {
      processors.push(job.command);
      const child = spawn('/bin/sh', ['-c', job.command], {
        cwd: job.directory,
        stdio: [job.input, job.output, stderr, 'ignore', job.state, job.newState],
      });
      children.push(child);
      child.once('exit', (code) => ended(code === 0));
    },
  });
}

afterEach(() => {
  host.close();
  for (const child of children) child.kill('SIGKILL');
  removeFolder(folder);
});

/** What is open below a directory, in this process and so in its loggers: `/current`. */
function openBelow(directory: string): string[] {
  const open = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(directory) ? [path.slice(directory.length)] : [];
    } catch {
      return [];
    }
  });
  return open.sort();
}

/** A logger on a pipe of its own, with its directory `NAME/main`, or another word for it. */
function addLogger(name: string, args: string[] = [], config = '', log = './main') {
  const cwd = join(folder, name);
  const directory = join(cwd, 'main');
  mkdirSync(directory, { recursive: true });
  if (config !== '') writeFileSync(join(directory, 'config'), config);
  const pipe = openPipe();
  const stderrFile = join(cwd, 'stderr');
  const stderr = openSync(stderrFile, 'a');
  let end: LoggerEnd | undefined;
  const handle = host.add({ args: [...args, log], cwd, input: pipe.read, stderr }, (how) => {
    end = how;
    closeSync(pipe.read);
    closeSync(stderr);
  });
  return {
    handle,
    directory,
    input: pipe.read,
    current: () => text(join(directory, 'current')) ?? '',
    write: (text: string) => writeSync(pipe.write, text),
    closeInput: () => closeSync(pipe.write),
    stderr: () => readFileSync(stderrFile, 'latin1'),
    end: () => end,
    old: () =>
      readdirSync(directory)
        .filter((file) => file.startsWith('@'))
        .sort(),
  };
}

/** As the supervisor does: looks now and then; between its looks the host looks by itself. */
async function untilHanging(wanted: readonly string[]): Promise<void> {
  const words = host.look();
  if (words !== undefined) hanging.push(words);
  await until(`${wanted.join(', ')} hang`, () => hanging.length >= wanted.length);
  expect(hanging).toEqual(wanted);
}

describe('a hosted logger', () => {
  it('writes lines, and closes its log at the end of input', async () => {
    const logger = addLogger('web');
    logger.write('one\ntw');
    await until('the first line is there', () => logger.current() === 'one\n');
    expect(statSync(join(logger.directory, 'current')).mode & 0o777).toBe(0o644);
    logger.write('o\n');
    await until('the second line is there', () => logger.current() === 'one\ntwo\n');
    logger.closeInput();
    await until('it ended', () => logger.end() !== undefined);
    expect(logger.end()).toEqual({ code: 0 });
    expect(statSync(join(logger.directory, 'current')).mode & 0o777).toBe(0o744);
    expect(statSync(join(logger.directory, 'lock')).size).toBe(0);
  });

  it('rotates on ALRM, reads its config again on HUP, ends on TERM', async () => {
    const logger = addLogger('web');
    logger.write('one\n');
    await until('the line is there', () => logger.current() === 'one\n');
    logger.handle.signal('ALRM');
    await until('an old log is there', () => logger.old().length === 1);
    writeFileSync(join(logger.directory, 'config'), 'pP: \n');
    const current = join(logger.directory, 'current');
    chmodSync(current, 0o600);
    logger.handle.signal('HUP');
    // What is written before it has looked at config has no prefix as yet.
    await until('it has opened its files anew', () => (statSync(current).mode & 0o777) === 0o644);
    logger.write('two\n');
    await until('the line has its prefix', () => logger.current() === 'P: two\n');
    logger.handle.signal('TERM');
    await until('it ended', () => logger.end() !== undefined);
    expect(logger.end()).toEqual({ code: 0 });
    logger.closeInput();
  });

  it('stands still between STOP and CONT', async () => {
    const logger = addLogger('web');
    const other = addLogger('other');
    logger.write('one\n');
    await until('the line is there', () => logger.current() === 'one\n');
    logger.handle.signal('STOP');
    // What the thread does for another logger, it does after it has heard of STOP.
    other.write('x\n');
    await until('the thread has heard of it', () => other.current() === 'x\n');
    logger.write('two\n');
    other.write('y\n');
    await until('another logger has written', () => other.current() === 'x\ny\n');
    expect(logger.current()).toBe('one\n');
    logger.handle.signal('CONT');
    await until('the line is there', () => logger.current() === 'one\ntwo\n');
    logger.closeInput();
    other.closeInput();
  });

  it('drains the pipe and ends when its input is declared ended', async () => {
    const logger = addLogger('web');
    logger.write('x\n'.repeat(20_000));
    logger.handle.signal('end');
    await until('it ended', () => logger.end() !== undefined);
    expect(logger.current()).toBe('x\n'.repeat(20_000));
    logger.closeInput();
  });

  it('feeds old logs through the processor, which the supervisor starts', async () => {
    const logger = addLogger('web', [], '!tr a-z A-Z; cat <&4 >&2; echo state >&5\n');
    logger.write('one\n');
    await until('the line is there', () => logger.current() === 'one\n');
    logger.handle.signal('ALRM');
    await until('it is processed', () => logger.old().some((name) => name.endsWith('.s')));
    await until('the state is kept', () => existsSync(join(logger.directory, 'state')));
    expect(readFileSync(join(logger.directory, logger.old()[0] as string), 'latin1')).toBe('ONE\n');
    expect(processors).toEqual(['tr a-z A-Z; cat <&4 >&2; echo state >&5']);
    logger.closeInput();
    await until('it ended', () => logger.end() !== undefined);
    expect(readFileSync(join(logger.directory, 'state'), 'latin1')).toBe('state\n');
  });

  it('says what svlogd says when it cannot work, and ends with 111', async () => {
    const logger = addLogger('web', [], '', './missing');
    const usage = addLogger('usage', ['-x']);
    await until('both ended', () => logger.end() !== undefined && usage.end() !== undefined);
    expect([logger.end(), usage.end()]).toEqual([{ code: 111 }, { code: 111 }]);
    expect(logger.stderr()).toMatch(
      /^svlogd: warning: unable to open log directory: .\/missing: file does not exist\n/,
    );
    expect(usage.stderr()).toBe(
      'svlogd: illegal option -- x\nusage: svlogd [-ttv] [-r c] [-R abc] [-l len] [-b buflen] dir ...\n\n',
    );
    logger.closeInput();
    usage.closeInput();
  });

  it('does not stop the others while it waits for its own disk', async () => {
    const full = addLogger('full', [], 's100000\n');
    full.write('one\n');
    await until('the line is there', () => full.current() === 'one\n');
    // A directory in the place of `current` makes every opening of it fail.
    rmSync(join(full.directory, 'current'));
    mkdirSync(join(full.directory, 'current'));
    full.handle.signal('HUP');
    await until('it pauses', () => full.stderr().includes('pausing: unable to open current'));
    const other = addLogger('other');
    other.write('x\n');
    await until('another logger has written', () => other.current() === 'x\n');
    rmSync(join(full.directory, 'current'), { recursive: true });
    full.write('two\n');
    await until('it goes on', () => full.current() === 'two\n');
    full.closeInput();
    other.closeInput();
  });

  it('continues after a KILL without losing or doubling anything, a begun line included', async () => {
    const directory = join(folder, 'web', 'main');
    mkdirSync(directory, { recursive: true });
    const pipe = openPipe();
    let sent = '';
    const send = (text: string) => {
      sent += text;
      writeSync(pipe.write, text);
    };
    const all = () => logText(directory);
    for (let round = 0; round < 10; round++) {
      let end: LoggerEnd | undefined;
      const logger = { args: ['./main'], cwd: join(folder, 'web'), input: pipe.read, stderr: 2 };
      const handle = host.add(logger, (how) => {
        end = how;
      });
      for (let line = 0; line < 50; line++) send(`${round}-${line} ${'y'.repeat(line)}\n`);
      send(`begun in ${round}, `);
      const whole = sent.slice(0, sent.lastIndexOf('\n') + 1);
      if (round % 2 === 0) await until('it has written', () => all() === whole);
      handle.signal('KILL');
      await until('it is gone', () => end !== undefined);
      expect(end).toEqual({ signal: 'KILL' });
    }
    send('ended\n');
    host.add({ args: ['./main'], cwd: join(folder, 'web'), input: pipe.read, stderr: 2 }, () => {});
    await until('all is there', () => all().length >= sent.length);
    expect(all()).toBe(sent);
    closeSync(pipe.write);
  });

  it('doubles and loses nothing when its first directory is away at one HUP and back at the next', async () => {
    const [first, away] = ['first', 'away'].map((name) => join(folder, 'web', name)) as [string, string];
    mkdirSync(first, { recursive: true });
    const journal = () => text(join(first, 'lock')) ?? '';
    const web = addLogger('web', ['./first']);
    web.write('abc');
    await until('it holds the begun line', () => journal().endsWith('abc'));
    renameSync(first, away);
    web.handle.signal('HUP');
    web.write('def\n');
    await until('it goes on', () => web.current() === 'abcdef\n');
    expect(web.stderr()).toMatch(
      /^svlogd: warning: unable to open log directory: .\/first: file does not exist\n$/,
    );
    renameSync(away, first);
    web.handle.signal('HUP');
    await until('it has the directory again', () => openBelow(first).includes('/current'));
    web.write('xyz\none, ');
    // What is taken lies in the journal before it is in the logs.
    const all = [first, join(folder, 'web/main')];
    await until(
      'both have the line',
      () => journal().endsWith('one, ') && all.every((each) => logText(each).endsWith('xyz\n')),
    );
    expect(all.map(logText)).toEqual(['xyz\n', 'abcdef\nxyz\n']);
    // A killed one's line is ended by one that has begun without its directory, which keeps its own.
    web.handle.signal('KILL');
    await until('it is gone', () => web.end() !== undefined);
    renameSync(first, away);
    const next = addLogger('web', ['./first']);
    next.write('two\nthree, ');
    await until('it goes on', () => next.current() === 'two\n');
    renameSync(away, first);
    next.handle.signal('HUP');
    await until('the next one has it, too', () => openBelow(first).includes('/current'));
    next.write('four\n');
    const ends = ['xyz\none, \nthree, four\n', 'abcdef\nxyz\ntwo\none, \nthree, four\n'];
    await until('all is there', () =>
      all.every((each, index) => logText(each).length >= (ends[index] ?? '').length),
    );
    expect(all.map(logText)).toEqual(ends);
    for (const each of [web, next]) each.closeInput();
    await until('it ended', () => next.end() !== undefined);
  });

  it('closes its log when its host is closed: the next one goes on in it, with the begun line and the pipe', async () => {
    const web = addLogger('web');
    const full = addLogger('full');
    web.write('one\ntwo, ');
    full.write('x\n');
    await until('both write', () => web.current() === 'one\n' && full.current() === 'x\n');
    // One that waits for its disk is not at rest.
    rmSync(join(full.directory, 'current'));
    mkdirSync(join(full.directory, 'current'));
    full.handle.signal('HUP');
    await until('it pauses', () => full.stderr().includes('pausing: unable to open current'));
    await host.close();
    expect(statSync(join(web.directory, 'current')).mode & 0o777).toBe(0o744);
    web.write('three\nfo');
    host = makeHost();
    host.add({ args: ['./main'], cwd: join(folder, 'web'), input: web.input, stderr: 2 }, () => {});
    web.write('ur\n');
    await until('it goes on', () => web.current() === 'one\ntwo, three\nfour\n');
    expect(web.old()).toEqual([]);
    expect([web.end(), full.end()]).toEqual([undefined, undefined]);
    for (const each of [web, full]) each.closeInput();
  });

  it('holds two descriptors for its directory', async () => {
    const logger = addLogger('web');
    logger.write('x\n');
    await until('it has written', () => logger.current() === 'x\n');
    expect(openBelow(logger.directory)).toEqual(['/current', '/lock']);
    logger.closeInput();
  });

  it('keeps to its own directory when the lock is a link to another one', async () => {
    const other = join(folder, 'other');
    const directory = join(folder, 'web', 'main');
    for (const each of [other, directory]) {
      mkdirSync(each, { recursive: true });
      for (const number of [1, 2, 3]) writeFileSync(join(each, `@40000000000000000000000${number}.s`), '');
    }
    symlinkSync(join(other, 'lock'), join(directory, 'lock'));
    const logger = addLogger('web', [], 'n3\n');
    logger.write('one\n');
    await until('the line is there', () => logger.current() === 'one\n');
    renameSync(join(folder, 'web'), join(folder, 'moved'));
    logger.handle.signal('ALRM');
    const old = () => readdirSync(join(folder, 'moved/main')).filter((file) => /^@4.*\.s$/.test(file));
    await until('it rotated', () => old().length === 3 && !old().includes('@400000000000000000000001.s'));
    expect(readdirSync(other).sort()).toEqual([
      ...[1, 2, 3].map((number) => `@40000000000000000000000${number}.s`),
      'lock',
    ]);
    logger.closeInput();
    await until('it ended', () => logger.end() !== undefined);
  });

  it('gives the others to a new thread when one hangs in a write', async () => {
    const hung = addLogger('hung');
    const other = addLogger('other');
    const third = addLogger('third');
    third.write('one\n');
    await until('the third has written', () => third.current() === 'one\n');
    other.write('one, ');
    hung.write('one\n');
    await until('one has written', () => hung.current() === 'one\n');
    await until('the other holds its begun line', () => {
      const journal = join(other.directory, 'lock');
      return existsSync(journal) && readFileSync(journal, 'latin1').endsWith('one, ');
    });
    // A FIFO that nobody empties, in the place of `config`, hangs the thread as a dead mount would.
    const fifo = join(hung.directory, 'config');
    expect(libcFunction('int mkfifo(const char *, int)')(fifo, 0o600)).toBe(0);
    hung.handle.signal('HUP');
    // What others are told meanwhile reaches them, whichever thread takes it.
    third.handle.signal('ALRM');
    await untilHanging(['./main']);
    await until('the third rotated', () => third.current() === '' && third.old().length === 1);
    other.write('two\n');
    await until('the other goes on', () => other.current() === 'one, two\n');
    expect(other.old()).toEqual([]);
    // The one that hung goes on when it can.
    const end = openSync(fifo, constants.O_WRONLY);
    writeSync(end, 'pP: \n');
    closeSync(end);
    hung.write('three\n');
    await until('it goes on', () => hung.current() === 'one\nP: three\n');
    other.write('four\n');
    await until('the other is in one hand only', () => other.current() === 'one, two\nfour\n');
    hung.closeInput();
    other.closeInput();
    third.closeInput();
    await until('both ended', () => hung.end() !== undefined && other.end() !== undefined);
    expect([hung.end(), other.end()]).toEqual([{ code: 0 }, { code: 0 }]);
  });

  it('goes on while others hang at their beginning, and so does one that begins after them', async () => {
    const other = addLogger('other');
    other.write('one\n');
    await until('the other has written', () => other.current() === 'one\n');
    // A FIFO in the place of `config` stands for a dead mount: every open(2) below it waits without an end.
    const hung = ['first', 'second'].map((name) => {
      const directory = join(folder, name, 'main');
      mkdirSync(directory, { recursive: true });
      expect(libcFunction('int mkfifo(const char *, int)')(join(directory, 'config'), 0o600)).toBe(0);
      return addLogger(name, ['-t']);
    });
    await untilHanging(['-t ./main', '-t ./main']);
    other.write('two\n');
    const late = addLogger('late');
    late.write('x\n');
    await until('both write', () => other.current() === 'one\ntwo\n' && late.current() === 'x\n');
    expect(other.old()).toEqual([]);
    for (const each of hung) closeSync(openSync(join(each.directory, 'config'), constants.O_WRONLY));
    for (const each of hung) each.write('y\n');
    await until('they begin', () => hung.every((each) => /^@\w+ y\n$/.test(each.current() ?? '')));
    const all = [...hung, other, late];
    for (const each of all) each.closeInput();
    await until('all ended', () => all.every((each) => each.end() !== undefined));
    expect(all.map((each) => each.end())).toEqual(all.map(() => ({ code: 0 })));
  });

  it('opens its files later when the limit of open files is lowered for a child in that moment', async () => {
    const web = addLogger('web');
    web.write('one\n');
    await until('the line is there', () => web.current() === 'one\n');
    const late = addLogger('late');
    web.handle.signal('ALRM');
    // As while a service is started, but for long enough that the other thread comes to its openings.
    withOpenFilesLimit(3n, () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200));
    late.write('x\n');
    await until('both go on', () => web.old().length === 1 && late.current() === 'x\n');
    expect([web.stderr(), late.stderr(), late.end()]).toEqual(['', '', undefined]);
    web.closeInput();
    late.closeInput();
  });

  it('begins also when its thread could not, for the limit of children that are started just then', async () => {
    const web = addLogger('web');
    for (let child = 0; child < 12; child++) {
      withOpenFilesLimit(3n, () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20));
      await new Promise((done) => setTimeout(done, 1));
    }
    web.write('x\n');
    await until('it writes', () => web.current() === 'x\n');
    expect([web.stderr(), web.end()]).toEqual(['', undefined]);
    web.closeInput();
  });

  it('says that no more files can be opened when that is not for a moment', () => {
    const tries: string[] = [];
    const full = Object.assign(new Error(), { code: 'EMFILE' });
    const open = (then: () => void) => () => {
      tries.push('');
      if (tries.length > 1) return 'opened';
      then();
      throw full;
    };
    expect(() => untroubled(open(() => {}))).toThrow(full);
    expect(tries.splice(0).length).toBe(1);
    expect(untroubled(open(() => withOpenFilesLimit(100n, () => {})))).toBe('opened');
    expect(tries.length).toBe(2);
  });

  it('has the number of one that has ended, and none of the signals for that one', async () => {
    // A thread whose loggers end at the first signal, with their number as the exit code.
    const workerFile = join(folder, 'worker.cjs');
    writeFileSync(
      workerFile,
      `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', ({ type, id, signal }) => {
        if (type === 'stop') parentPort.close();
        if (type === 'signal') parentPort.postMessage({ type: 'ended', id, code: id, killed: signal === 'KILL' });
      });`,
    );
    const other = new LoggerHost({ workerFile, startProcessor: () => {} });
    const ends: LoggerEnd[] = [];
    const add = () => other.add({ args: [], cwd: '/', input: 0, stderr: 2 }, (end) => ends.push(end));
    try {
      const [first, second] = [add(), add()];
      first.signal('TERM');
      await until('one has ended', () => ends.length === 1);
      const third = add();
      first.signal('KILL');
      third.signal('TERM');
      second.signal('TERM');
      await until('all have ended', () => ends.length === 3);
      expect(ends).toEqual([{ code: 1 }, { code: 1 }, { code: 2 }]);
    } finally {
      other.close();
    }
  });

  it('makes its directories first, or says which it could not', async () => {
    const cwd = join(folder, 'web');
    mkdirSync(cwd);
    const input = openPipe();
    const ends: LoggerEnd[] = [];
    const step = (what: 'mkdir' | 'cd', name: string) => ({ step: what, folder: join(cwd, name), name });
    const add = (...before: Preparation[]) =>
      host.add({ args: ['./a/b'], cwd, before, input: input.read, stderr: 2 }, (end) => ends.push(end));
    writeFileSync(join(cwd, 'file'), '');
    add(step('mkdir', 'a/b'), step('mkdir', 'file/c'));
    await until('it ended', () => ends.length === 1);
    add(step('cd', 'a'), step('cd', 'file'));
    await until('it ended', () => ends.length === 2);
    add(step('cd', 'nowhere'), step('mkdir', 'nowhere/c'));
    await until('it ended', () => ends.length === 3);
    expect(ends.splice(0)).toEqual([
      { failed: step('mkdir', 'file/c'), error: 'ENOTDIR' },
      { failed: step('cd', 'file'), error: 'ENOTDIR' },
      { failed: step('cd', 'nowhere'), error: 'ENOENT' },
    ]);
    expect(readdirSync(cwd).sort()).toEqual(['a', 'file']);
    add(step('mkdir', 'a/b'), step('cd', 'a/b'));
    writeSync(input.write, 'x\n');
    await until(
      'it writes',
      () =>
        existsSync(join(cwd, 'a/b/current')) && readFileSync(join(cwd, 'a/b/current'), 'latin1') === 'x\n',
    );
    closeSync(input.write);
    await until('it ended', () => ends.length === 1);
    closeSync(input.read);
  });
});
