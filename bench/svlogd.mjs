/**
 * Loggers side by side: how fast they take lines from a pipe, stamped as `svlogd -tt` does it (or as near as each
 * can). The logs lie in memory where there is /dev/shm, so that the disk does not decide.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goal, rounds as inTurns, median, ours, run, table, temporaryTree, which } from './lib.mjs';

export const title = 'Log throughput';

/** Megabytes that go through the pipe in a round. */
const MEGABYTES = 128;

/** Lines as daemons write them: 40 to 160 bytes. */
function makeInput(folder) {
  const path = join(folder, 'input');
  const block = [];
  for (let size = 0, i = 0; size < 1 << 20; i += 1) {
    const line = `${i} ${'the quick brown fox jumps over the lazy dog '.repeat(4).slice(0, 33 + ((i * 37) % 120))}\n`;
    block.push(line);
    size += line.length;
  }
  writeFileSync(path, block.join('').repeat(MEGABYTES));
  return path;
}

/** Megabytes a second from the first byte to the logger's end, and processor seconds of the logger. */
function throughput(input, command) {
  const script = `exec 3<"$0"; cat <&3 | ( "$@"; status=$?; times >&2; exit $status )`;
  const begin = process.hrtime.bigint();
  const { stderr } = run('sh', ['-c', script, input, ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  const children = stderr.trim().split('\n').at(-1) ?? '';
  const processor = [...children.matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, minutes, rest]) => Number(minutes) * 60 + Number(rest))
    .reduce((sum, each) => sum + each, 0);
  return { speed: MEGABYTES / seconds, processor };
}

export async function measure({ rounds }) {
  const folder = temporaryTree('svlogd');
  const memory = existsSync('/dev/shm') ? mkdtempSync('/dev/shm/homerun-bench-') : folder;
  const input = makeInput(memory);
  const theirs = which('svlogd') ?? '/usr/bin/svlogd';
  const all = {
    'homerun svlogd -tt': { path: join(ours, 'svlogd'), args: (log) => ['-tt', log] },
    'C svlogd -tt': { path: theirs, args: (log) => ['-tt', log] },
    's6-log T': { path: which('s6-log'), args: (log) => ['-b', 'T', 's999999', log] },
    'multilog t': { path: which('multilog'), args: (log) => ['t', 's999999', log] },
  };
  const processor = new Map();
  const candidates = {};
  const missing = [];
  for (const [name, { path, args }] of Object.entries(all)) {
    if (path === undefined || !existsSync(path)) {
      missing.push(name);
      continue;
    }
    processor.set(name, []);
    candidates[name] = () => {
      const log = join(memory, 'log');
      rmSync(log, { recursive: true, force: true });
      mkdirSync(log);
      const found = throughput(input, [path, ...args(log)]);
      processor.get(name).push(found.processor);
      return found.speed;
    };
  }
  try {
    const speeds = await inTurns(rounds, candidates);
    const C = 'C svlogd -tt';
    const ratio = median(speeds.get('homerun svlogd -tt')) / median(speeds.get(C) ?? [Number.NaN]);
    const notInstalled = missing.map((name) => [name, undefined, 'not installed']);
    return [
      table({
        heading: `Throughput of a logger, ${MEGABYTES} MB through a pipe, the start of the program included`,
        unit: 'MB/s',
        base: C,
        rows: [...[...speeds].map(([name, samples]) => [name, samples]), ...notInstalled],
        goals: [goal("svlogd -tt at least 5 times C's throughput", ratio, '>=', 5)],
      }),
      table({
        heading: 'Processor time of the same',
        unit: 's',
        base: C,
        rows: [...processor].map(([name, samples]) => [name, samples]),
      }),
    ];
  } finally {
    if (memory !== folder) rmSync(memory, { recursive: true, force: true });
  }
}
