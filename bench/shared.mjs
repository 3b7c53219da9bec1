// The shared mode beside C runit: many services, each with a log, in one process or in three each.
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  alive,
  cpuNanoseconds,
  descendants,
  goal,
  makeService,
  median,
  ours,
  pss,
  run,
  sleep,
  start,
  table,
  temporaryTree,
  timeRun,
  until,
  which,
} from './lib.mjs';

export const title = 'runsvdir --shared';

const MANY = Number(process.env.HOMERUN_BENCH_MANY ?? 300);
const THOUSAND = Number(process.env.HOMERUN_BENCH_THOUSAND ?? 1000);
const THREE_THOUSAND = Number(process.env.HOMERUN_BENCH_THREE_THOUSAND ?? 3000);
/** Of log text in one go. */
const MEGABYTES = 100;
/** Milliseconds for CPU at rest; three slow looks are in it. */
const REST = Number(process.env.HOMERUN_BENCH_REST ?? 15_000);

/** A tree of services: `all/sN` with a log each, and links to them in `service`. */
function makeTree(count) {
  const tree = temporaryTree('shared');
  const service = join(tree, 'service');
  mkdirSync(service);
  for (let number = 0; number < count; number += 1) {
    makeService(join(tree, 'all', `s${number}`), {
      run: 'exec sleep 1000000',
      'log/run': 'exec svlogd -tt ./main',
    });
    mkdirSync(join(tree, 'all', `s${number}`, 'log', 'main'));
    symlinkSync(`../all/s${number}`, join(service, `s${number}`));
  }
  age(service);
  return { tree, service, count };
}

/** The directory looks old: C would wait for the second to end otherwise. */
function age(service) {
  const then = new Date(Date.now() - 3_600_000);
  utimesSync(service, then, then);
}

const ENGINES = {
  'C runit': (service) => ({ command: which('runsvdir'), args: ['-P', service], env: process.env }),
  'homerun --shared': (service) => ({
    command: join(ours, 'runsvdir'),
    args: ['--shared', '-P', service],
    env: { ...process.env, PATH: `${ours}:${process.env.PATH}` },
  }),
};

/** pid and state of a slot, from status. */
function status(folder) {
  try {
    const bytes = readFileSync(join(folder, 'supervise/status'));
    return bytes.length < 20 ? undefined : { pid: bytes.readUInt32LE(12), state: bytes[19], bytes };
  } catch {
    return undefined;
  }
}

/** Milliseconds from the start until every service and every log runs under this supervisor. */
async function startAll(engine, { service, count }) {
  const before = new Map();
  const slots = [];
  for (let number = 0; number < count; number += 1) {
    for (const folder of [join(service, `s${number}`), join(service, `s${number}`, 'log')]) {
      slots.push(folder);
      before.set(folder, status(folder)?.bytes.toString('hex'));
    }
  }
  age(service);
  const { command, args, env } = ENGINES[engine](service);
  const began = performance.now();
  const child = start(command, args, { env, cwd: join(service, '..') });
  let at = 0;
  await until(
    () => {
      for (; at < slots.length; at += 1) {
        const found = status(slots[at]);
        if (found === undefined || found.state !== 1) return false;
        if (found.bytes.toString('hex') === before.get(slots[at])) return false;
      }
      return true;
    },
    120_000,
    10,
  );
  return { child, time: performance.now() - began };
}

/** The processes on the supervisor's side: all but the daemons. */
function supervisors(child) {
  return [child.pid, ...descendants(child.pid)].filter((pid) => {
    try {
      return /^(runsvdir|runsv|svlogd|node)\n$/.test(readFileSync(`/proc/${pid}/comm`, 'latin1'));
    } catch {
      return false;
    }
  });
}

async function endAll(child, { service, count }) {
  const pids = descendants(child.pid);
  process.kill(child.pid, 'SIGHUP');
  await until(() => pids.every((pid) => !alive(pid)), 60_000, 20);
  await child.exited;
  for (let number = 0; number < count; number += 1)
    rmSync(join(service, `s${number}`, 'supervise/history'), { force: true });
}

/** From `ln -s` until the daemon runs. */
async function linkTime({ tree, service }, number) {
  const name = `extra${number}`;
  const folder = makeService(join(tree, 'all', name), { run: 'exec sleep 1000000' });
  const began = performance.now();
  symlinkSync(folder, join(service, name));
  await until(() => status(folder)?.state === 1, 20_000, 1);
  const time = performance.now() - began;
  const { pid } = status(folder);
  rmSync(join(service, name));
  await until(() => !alive(pid), 20_000, 5);
  return time;
}

/** From a daemon's death until the next one of it runs. */
async function deathTime({ service }, number) {
  const folder = join(service, `s${number}`);
  const { pid } = status(folder);
  const began = performance.now();
  process.kill(pid, 'SIGKILL');
  await until(
    () => {
      const found = status(folder);
      return found?.state === 1 && found.pid !== pid && found.pid !== 0;
    },
    20_000,
    0.2,
  );
  return performance.now() - began;
}

async function measureMany(count, rounds) {
  const tree = makeTree(count);
  const found = Object.fromEntries(
    Object.keys(ENGINES).map((engine) => [
      engine,
      { start: [], memory: [], cpu: [], link: [], death: [], status: [], descriptors: [] },
    ]),
  );
  const names = Array.from({ length: count }, (_, number) => `s${number}`);
  const empty = join(tree.tree, 'empty.js');
  writeFileSync(empty, '');
  const bare = [];
  for (let round = -1; round < rounds; round += 1) {
    for (const engine of Object.keys(ENGINES)) {
      const { child, time } = await startAll(engine, tree);
      // The round before the first makes the supervise directories.
      if (round >= 0) {
        const samples = found[engine];
        samples.start.push(time);
        await sleep(2000);
        const pids = supervisors(child);
        samples.memory.push(pss(pids));
        if (round < 3) {
          const before = cpuNanoseconds(pids);
          await sleep(REST);
          samples.cpu.push(((cpuNanoseconds(pids) - before) / 1e6 / REST) * 100);
        }
        for (let number = 0; number < 3; number += 1) {
          samples.death.push(await deathTime(tree, (round * 3 + number) % count));
          samples.link.push(await linkTime(tree, number));
          const env = { ...process.env, SVDIR: tree.service };
          samples.status.push(timeRun(join(ours, 'sv'), ['status', ...names], { env }));
          bare.push(timeRun(process.execPath, [empty]));
        }
        if (engine !== 'C runit') {
          samples.descriptors.push(
            Number(run('sh', ['-c', `ls /proc/${child.pid}/fd | wc -l`], { encoding: 'utf8' }).stdout) /
              count,
          );
        }
      }
      await endAll(child, tree);
    }
  }
  rmSync(tree.tree, { recursive: true, force: true });
  return { found, bare };
}

function compare(heading, unit, kind, found, goals, notes = []) {
  return table({
    heading,
    unit,
    base: 'C runit',
    rows: Object.entries(found).map(([engine, samples]) => [engine, samples[kind]]),
    goals,
    notes,
  });
}

/** The same with a thousand: memory alone. With three thousand, which C can't: are all up, and how long a restart takes. */
async function measureHuge() {
  const tree = makeTree(THOUSAND);
  const memory = {};
  for (const engine of Object.keys(ENGINES)) {
    const { child } = await startAll(engine, tree);
    await sleep(3000);
    memory[engine] = [pss(supervisors(child))];
    await endAll(child, tree);
  }
  rmSync(tree.tree, { recursive: true, force: true });
  const huge = makeTree(THREE_THOUSAND);
  const { child, time } = await startAll('homerun --shared', huge);
  await sleep(3000);
  const restart = [];
  for (let number = 0; number < 9; number += 1) {
    const folder = join(huge.service, `s${number * 300}`);
    const { pid } = status(folder);
    const began = performance.now();
    writeFileSync(join(folder, 'supervise/control'), 't');
    await until(() => status(folder)?.state === 1 && status(folder).pid !== pid, 20_000, 0.2);
    restart.push(performance.now() - began);
  }
  const own = [pss(supervisors(child))];
  await endAll(child, huge);
  rmSync(huge.tree, { recursive: true, force: true });
  return { memory, time, restart, own };
}

/** Seconds until each of `count` services has logged its share of lines, all at once. */
async function logTimes(engine, count, megabytes) {
  const tree = temporaryTree('throughput');
  const service = join(tree, 'service');
  const input = join(tree, 'input');
  const line = `${'a line of the usual length, as daemons write them, of about a hundred characters with its end'.padEnd(98, '.')}\n`;
  writeFileSync(input, line.repeat(Math.ceil((megabytes * 1e6) / line.length)));
  for (let number = 0; number < count; number += 1) {
    const folder = makeService(join(service, `s${number}`), {
      run: `[ -e go ] || exec sleep 1000000\ncat ${input}\necho END\nexec sleep 1000000`,
      'log/run': 'exec svlogd -tt ./main',
    });
    mkdirSync(join(folder, 'log/main'));
    writeFileSync(join(folder, 'log/main/config'), 's16777215\nn3\n');
  }
  const { child } = await startAll(engine, { service, count });
  await sleep(1500);
  for (let number = 0; number < count; number += 1) writeFileSync(join(service, `s${number}`, 'go'), '');
  const began = performance.now();
  for (let number = 0; number < count; number += 1) {
    writeFileSync(join(service, `s${number}`, 'supervise/control'), 't');
  }
  const times = new Map();
  await until(
    () => {
      for (let number = 0; number < count; number += 1) {
        if (!times.has(number) && endsWith(join(service, `s${number}`, 'log/main/current'), 'END\n')) {
          times.set(number, (performance.now() - began) / 1000);
        }
      }
      return times.size === count;
    },
    120_000,
    5,
  );
  await endAll(child, { service, count });
  rmSync(tree, { recursive: true, force: true });
  return [...times.values()];
}

function endsWith(file, text) {
  try {
    const { size } = statSync(file);
    if (size < text.length) return false;
    const fd = openSync(file, 'r');
    const bytes = Buffer.alloc(text.length);
    readSync(fd, bytes, 0, text.length, size - text.length);
    closeSync(fd);
    return bytes.toString('latin1') === text;
  } catch {
    return false;
  }
}

async function measureLogs(rounds) {
  const rate = { 'C runit': [], 'homerun --shared': [] };
  const unfair = { 'C runit': [], 'homerun --shared': [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const engine of Object.keys(ENGINES)) {
      const [seconds] = await logTimes(engine, 1, MEGABYTES);
      rate[engine].push(MEGABYTES / seconds);
      const times = await logTimes(engine, 50, MEGABYTES / 50);
      unfair[engine].push(Math.max(...times) / median(times));
    }
  }
  return { rate, unfair };
}

export async function measure({ rounds }) {
  const tables = [];
  if (which('runsvdir') === undefined || which('svlogd') === undefined) {
    return [table({ heading: 'shared', unit: '', rows: [], notes: ['C runit is not installed'] })];
  }
  const few = Math.min(rounds, 5);
  const { found, bare } = await measureMany(MANY, few);
  const c = found['C runit'];
  const h = found['homerun --shared'];
  const ratio = (kind) => median(h[kind]) / median(c[kind]);
  tables.push(
    compare(`${MANY} services with logs: from start until all are up`, 'ms', 'start', found, [
      goal('no more than C', ratio('start'), '<=', 1),
    ]),
    compare(`${MANY} services with logs: memory of the supervisors (PSS)`, 'MiB', 'memory', found, [
      goal('no more than C', ratio('memory'), '<=', 1),
    ]),
    compare(`${MANY} services with logs: CPU at rest`, '% of a core', 'cpu', found, [
      goal('under 0.5 % of a core', median(h.cpu), '<=', 0.5),
    ]),
    compare('from `ln -s` until the daemon runs', 'ms', 'link', found, [
      goal('under 100 ms', median(h.link), '<=', 100),
    ]),
    compare("from a daemon's death until its next start", 'ms', 'death', found, [
      goal('at most 2 times C', ratio('death'), '<=', 2),
    ]),
    table({
      heading: `sv status of all ${MANY}`,
      unit: 'ms',
      base: 'node empty.js',
      rows: [
        ['node empty.js', bare],
        ['sv, services under C', c.status],
        ['sv, services under homerun', h.status],
      ],
      goals: [goal('at most 1.5 times a bare node', median(h.status) / median(bare), '<=', 1.5)],
    }),
    table({
      heading: 'descriptors for each service with its log',
      unit: '',
      rows: [['homerun --shared, all of the process by the number of services', h.descriptors]],
      goals: [
        goal('at most 8 (and those of the process itself)', median(h.descriptors) - 50 / MANY, '<=', 8),
      ],
    }),
  );
  const logs = await measureLogs(Math.min(rounds, 3));
  const faster = median(logs.rate['homerun --shared']) / median(logs.rate['C runit']);
  tables.push(
    table({
      heading: `log throughput of one service (-tt, ${MEGABYTES} MB)`,
      unit: 'MB/s',
      base: 'C runit',
      rows: Object.entries(logs.rate),
      goals: [goal('at least 3 times C', faster, '>=', 3)],
    }),
    table({
      heading: '50 services writing at once: the last to be logged, by the median',
      unit: 'times',
      rows: Object.entries(logs.unfair),
      goals: [goal('at most 3 times the median', median(logs.unfair['homerun --shared']), '<=', 3)],
    }),
  );
  const huge = await measureHuge();
  const half = huge.memory['homerun --shared'][0] / huge.memory['C runit'][0];
  tables.push(
    table({
      heading: `${THOUSAND} services with logs: memory (PSS)`,
      unit: 'MiB',
      base: 'C runit',
      rows: Object.entries(huge.memory),
      goals: [goal('at most half of C', half, '<=', 0.5)],
    }),
    table({
      heading: `${THREE_THOUSAND} services with logs (C stops at 1000): restart of one`,
      unit: 'ms',
      rows: [['homerun --shared', huge.restart]],
      goals: [goal('under 50 ms', median(huge.restart), '<=', 50)],
      notes: [`all up after ${(huge.time / 1000).toFixed(1)} s, ${huge.own[0].toFixed(0)} MiB`],
    }),
  );
  return tables;
}
