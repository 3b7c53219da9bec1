/**
 * Crossed: C's sv drives our runsv, and is told the same as by C's runsv. And what only our runsv does: the file
 * `history`, and the file `backoff`.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Ending, parseHistory } from '../../src/supervisor/core/history.ts';
import { needs } from '../setup/needs.ts';
import { until } from '../setup/until.ts';
import { Case, compare, NOTING_RUN, type Runsv } from './runsv-world.ts';

/** Runs C's sv on the service: exit code and output without pids and seconds. */
function sv(world: Case, ...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((done) => {
    const child = spawn('/usr/bin/sv', args, {
      cwd: world.root,
      env: { ...process.env, SVDIR: world.root, SVWAIT: '60' },
    });
    // One after the other: what comes through two pipes has no order.
    const said = ['', ''];
    for (const [index, stream] of [child.stdout, child.stderr].entries()) {
      stream.setEncoding('latin1').on('data', (text: string) => {
        said[index] += text;
      });
    }
    child.on('close', (code) =>
      done({
        code,
        output: said
          .join('')
          .replace(/\(pid \d+\)/g, '(pid N)')
          .replace(/\b\d+s\b/g, 'Ns'),
      }),
    );
  });
}

describe.skipIf(!needs('runsv', 'sv'))('C’s sv with our runsv', () => {
  describe.concurrent('says and returns what it does with C’s', () => {
    it('from up to down and back, with a log service', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        world.file('s/log/run', '#!/bin/sh\nexec cat >>lines\n');
        const runsv = world.start();
        await runsv.untilEvent('start');
        await runsv.untilStat('run');
        await runsv.untilStat('run', 'log');
        const said = [await sv(world, 'status', 's'), await sv(world, '-v', 'down', 's')];
        await runsv.untilStat('down');
        said.push(
          await sv(world, 'status', 's'),
          await sv(world, '-v', 'up', 's'),
          await sv(world, '-v', 'once', 's'),
        );
        said.push(await sv(world, 'pause', 's'));
        await runsv.untilStat('run, paused, want down');
        said.push(await sv(world, 'status', 's'), await sv(world, 'cont', 's'));
        await runsv.untilStat('run, want down');
        said.push(await sv(world, 'up', 's'), await sv(world, 'status', 's/log'));
        await runsv.untilStat('run');
        return { said, events: runsv.events().filter((event) => event !== 'CONT') };
      });
    });

    it('restart, force-stop, shutdown, and status afterwards', async () => {
      await compare(async (world) => {
        world.file('s/run', NOTING_RUN);
        world.file('s/check', '#!/bin/sh\n[ -e events ]\n');
        const runsv = world.start();
        await runsv.untilEvent('start');
        await runsv.untilStat('run');
        const said = [await sv(world, 'check', 's'), await sv(world, 'restart', 's')];
        await runsv.untilEvent('start', 2);
        await runsv.untilStat('run');
        said.push(
          await sv(world, 'force-stop', 's'),
          await sv(world, 'start', 's'),
          await sv(world, 'shutdown', 's'),
        );
        const code = await runsv.untilEnded();
        said.push(await sv(world, 'status', 's'), await sv(world, 'up', 's'));
        return { said, code };
      });
    });
  });
});

/** Our runsv alone. */
async function ours<T>(script: (world: Case) => Promise<T>): Promise<T> {
  const world = new Case('ours');
  try {
    return await script(world);
  } finally {
    world.cleanUp();
  }
}

function history(runsv: Runsv, slot = ''): Ending[] {
  const file = `${runsv.directory}/${slot}supervise/history`;
  return existsSync(file) ? parseHistory(readFileSync(file, 'latin1')) : [];
}

describe.concurrent('our runsv', () => {
  it('writes down how ./run and ./finish have ended, and whether somebody asked for it', async () => {
    await ours(async (world) => {
      world.file('s/run', NOTING_RUN);
      world.file('s/finish', '#!/bin/sh\nexit 7\n');
      world.file('s/log/run', '#!/bin/sh\nexec cat >>lines\n');
      const runsv = world.start();
      await runsv.untilEvent('start');
      process.kill(await runsv.pidOf(), 'SIGKILL');
      await runsv.untilEvent('start', 2);
      await runsv.untilStat('run');
      runsv.send('t');
      await runsv.untilEvent('start', 3);
      await runsv.untilStat('run');
      process.kill(await runsv.pidOf('log'), 'SIGTERM');
      await until('the log’s history', () => history(runsv, 'log/').length === 1);
      const endings = history(runsv).map(({ at, lifetime, ...rest }) => {
        expect(Math.abs(at.seconds - Date.now() / 1000)).toBeLessThan(120);
        expect(lifetime).toBeLessThan(120);
        return rest;
      });
      expect(endings).toEqual([
        { program: 'run', by: 'signal', code: 9, asked: false },
        { program: 'finish', by: 'exit', code: 7, asked: false },
        { program: 'run', by: 'exit', code: 0, asked: true },
        { program: 'finish', by: 'exit', code: 7, asked: false },
      ]);
      expect(history(runsv, 'log/').map(({ by, code, asked }) => ({ by, code, asked }))).toEqual([
        { by: 'signal', code: 15, asked: false },
      ]);
      expect(await runsv.exit()).toBe(0);
    });
  });

  it('keeps the last hundred endings, in a file that does not grow without end', async () => {
    await ours(async (world) => {
      world.file('s/run', NOTING_RUN);
      const line = '@400000006afd86ca00000005 run 12.345 signal 9\n';
      world.file('s/supervise/history', line.repeat(5000));
      const runsv = world.start();
      await runsv.untilEvent('start');
      process.kill(await runsv.pidOf(), 'SIGKILL');
      const text = await until('the new line', () => {
        const found = readFileSync(`${runsv.directory}/supervise/history`, 'latin1');
        return found.length < 10_000 && !found.endsWith(line) && found;
      });
      expect(text.split('\n')).toHaveLength(102);
      expect(parseHistory(text)).toHaveLength(100);
    });
  });

  it('pauses longer each time with a file backoff, and starts at once on u', async () => {
    await ours(async (world) => {
      world.file('s/run', '#!/bin/sh\necho start >>events\n');
      world.file('s/backoff', '3600\n');
      const runsv = world.start();
      // Pauses of 1 and 2 seconds.
      await runsv.untilEvent('start', 3);
      await until('down', () => history(runsv).length === 3 && runsv.stat() === 'down\n');
      const [first, second, third] = history(runsv).map(({ at }) => at.seconds + at.nanoseconds / 1e9) as [
        number,
        number,
        number,
      ];
      // A pause is never shorter than it should be; how much longer is the machine's matter.
      expect(second - first).toBeGreaterThan(0.99);
      expect(third - second).toBeGreaterThan(1.99);
      runsv.send('u');
      await runsv.untilEvent('start', 4);
      expect(await runsv.exit()).toBe(0);
    });
  });

  it('does not slow down without a usable file backoff', async () => {
    await ours(async (world) => {
      world.file('s/run', '#!/bin/sh\necho start >>events\n');
      world.file('s/backoff', 'a while\n');
      const runsv = world.start();
      await runsv.untilEvent('start', 3);
      writeFileSync(world.path('s/backoff'), '');
      await runsv.untilEvent('start', 4);
      expect(runsv.stderr).toBe('');
    });
  });
});
