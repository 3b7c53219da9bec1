// The shared mode beside C runit: many services, each with a log, in one process or in three each.
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
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
/** Services that write at once. */
const WRITERS = 50;
/** Of log text in one go. */
const MEGABYTES = Number(process.env.HOMERUN_BENCH_MEGABYTES ?? 100);
/** Milliseconds for CPU at rest; two slow looks are in it. */
const REST = Number(process.env.HOMERUN_BENCH_REST ?? 11_000);
/** Rounds of everything with many services, at most. */
const MOST_ROUNDS = 5;
/** Of these, so many with what takes long: CPU at rest, and how long C takes to look at its directory. */
const LONG_ROUNDS = 2;
/** Milliseconds that anything may take, on a busy machine too. */
const PATIENCE = 600_000;

/** HOMERUN_BENCH_SHARED=many,logs,thousand,huge asks for some of the sections only. */
const SECTIONS = (process.env.HOMERUN_BENCH_SHARED ?? 'many,logs,thousand,huge').split(',');

/** Only some of the tables are made. */
export const partial = SECTIONS.length < 4;

const C = 'C runit';
const SHARED = 'homerun --shared';

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
  [C]: (service) => ({ command: which('runsvdir'), args: ['-P', service], env: process.env }),
  [SHARED]: (service) => ({
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
async function startAll(engine, { service }) {
  const before = new Map();
  const slots = [];
  for (const name of readdirSync(service)) {
    if (name.startsWith('.')) continue;
    for (const folder of [join(service, name), join(service, name, 'log')]) {
      slots.push(folder);
      before.set(folder, status(folder)?.bytes.toString('hex'));
    }
  }
  age(service);
  const { command, args, env } = ENGINES[engine](service);
  const began = performance.now();
  const said = join(service, '..', 'said');
  const stderr = openSync(said, 'w');
  const child = start(command, args, { env, cwd: join(service, '..'), stdio: ['ignore', stderr, stderr] });
  closeSync(stderr);
  let at = 0;
  await until(
    () => {
      // What it can't do will not come: no use in waiting for it.
      const refusal = /^.*(?:fatal|too many services|limit of open files).*$/m.exec(
        readFileSync(said, 'utf8'),
      );
      if (refusal !== null) {
        process.kill(child.pid, 'SIGHUP');
        throw new Error(refusal[0]);
      }
      for (; at < slots.length; at += 1) {
        const found = status(slots[at]);
        if (found === undefined || found.state !== 1) return false;
        if (found.bytes.toString('hex') === before.get(slots[at])) return false;
      }
      return true;
    },
    PATIENCE,
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

async function endAll(child) {
  const pids = descendants(child.pid);
  process.kill(child.pid, 'SIGHUP');
  await until(() => pids.every((pid) => !alive(pid)), PATIENCE, 50);
  await child.exited;
}

/** From `ln -s` until the daemon runs. */
async function linkTime({ tree, service }, number) {
  const name = `extra${number}`;
  const folder = makeService(join(tree, 'all', name), { run: 'exec sleep 1000000' });
  const began = performance.now();
  symlinkSync(folder, join(service, name));
  const runs = () => status(folder)?.state === 1 && status(folder).pid !== 0;
  await until(runs, PATIENCE, 1);
  const time = performance.now() - began;
  rmSync(join(service, name));
  // The folder stays: whoever cares for it may still be writing there.
  await until(() => status(folder)?.state === 0, PATIENCE, 5);
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
    PATIENCE,
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
        if (round < LONG_ROUNDS) {
          const before = cpuNanoseconds(pids);
          await sleep(REST);
          samples.cpu.push(((cpuNanoseconds(pids) - before) / 1e6 / REST) * 100);
        }
        if (engine === SHARED) {
          samples.descriptors.push(
            Number(run('sh', ['-c', `ls /proc/${child.pid}/fd | wc -l`], { encoding: 'utf8' }).stdout) /
              count,
          );
        }
        const links = engine === SHARED ? 3 : Number(round < LONG_ROUNDS);
        for (let number = 0; number < links; number += 1) samples.link.push(await linkTime(tree, number));
        for (let number = 0; number < 3; number += 1) {
          samples.death.push(await deathTime(tree, (round * 3 + number) % count));
          const env = { ...process.env, SVDIR: tree.service };
          samples.status.push(timeRun(join(ours, 'sv'), ['status', ...names], { env }));
          bare.push(timeRun(process.execPath, [empty]));
        }
      }
      await endAll(child);
    }
  }
  rmSync(tree.tree, { recursive: true, force: true });
  return { found, bare };
}

/** Memory with a thousand, in turns. */
async function measureThousand(rounds) {
  const tree = makeTree(THOUSAND);
  const found = { [C]: { start: [], memory: [] }, [SHARED]: { start: [], memory: [] } };
  for (let round = 0; round < rounds; round += 1) {
    for (const engine of Object.keys(ENGINES)) {
      const { child, time } = await startAll(engine, tree);
      await sleep(3000);
      found[engine].start.push(time);
      found[engine].memory.push(pss(supervisors(child)));
      await endAll(child);
    }
  }
  rmSync(tree.tree, { recursive: true, force: true });
  return found;
}

/** Three thousand, which C can't: whether all are up, and how long a restart takes. */
async function measureHuge() {
  const huge = makeTree(THREE_THOUSAND);
  const { child, time } = await startAll(SHARED, huge);
  await sleep(3000);
  const restart = [];
  for (let number = 0; number < 9; number += 1) {
    const folder = join(huge.service, `s${number * Math.floor(THREE_THOUSAND / 9)}`);
    const { pid } = status(folder);
    const began = performance.now();
    writeFileSync(join(folder, 'supervise/control'), 't');
    await until(() => status(folder)?.state === 1 && status(folder).pid !== pid, PATIENCE, 0.2);
    restart.push(performance.now() - began);
  }
  const own = pss(supervisors(child));
  await endAll(child);
  rmSync(huge.tree, { recursive: true, force: true });
  return { time, restart, own };
}

/** Services that sleep until they are told to write, and what the lone ones are called. */
const LONE = { '-tt': 'stamped', '': 'plain' };

function makeWriters() {
  const tree = temporaryTree('throughput');
  const service = join(tree, 'service');
  const input = join(tree, 'input');
  const line = `${'a line of the usual length, as daemons write them, of about a hundred characters with its end'.padEnd(98, '.')}\n`;
  const lines = (megabytes) => line.repeat(Math.ceil((megabytes * 1e6) / line.length));
  writeFileSync(input, lines(MEGABYTES));
  writeFileSync(`${input}.part`, lines(MEGABYTES / WRITERS));
  const make = (name, stamps, file) => {
    const folder = makeService(join(service, name), {
      run: `[ -e go ] || exec sleep 1000000\ncat ${file}\necho END\nexec sleep 1000000`,
      'log/run': `exec svlogd ${stamps} ./main`,
    });
    mkdirSync(join(folder, 'log/main'));
    writeFileSync(join(folder, 'log/main/config'), 's16777215\nn3\n');
  };
  for (const [stamps, name] of Object.entries(LONE)) make(name, stamps, input);
  for (let number = 0; number < WRITERS; number += 1) make(`w${number}`, '-tt', `${input}.part`);
  return { tree, service };
}

/** Seconds until each of some services has logged its text, all at once. */
async function logTimes({ service }, names) {
  for (const name of names) writeFileSync(join(service, name, 'go'), '');
  const began = performance.now();
  for (const name of names) writeFileSync(join(service, name, 'supervise/control'), 't');
  const times = new Map();
  await until(
    () => {
      for (const name of names) {
        if (!times.has(name) && endsWith(join(service, name, 'log/main/current'), 'END\n')) {
          times.set(name, (performance.now() - began) / 1000);
        }
      }
      return times.size === names.length;
    },
    PATIENCE,
    5,
  );
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
  const empty = () => ({ [C]: [], [SHARED]: [] });
  const found = { stamped: empty(), plain: empty(), together: empty(), unfair: empty() };
  for (let round = 0; round < rounds; round += 1) {
    for (const engine of Object.keys(ENGINES)) {
      const tree = makeWriters();
      const { child } = await startAll(engine, tree);
      // So that none of them is restarted within its first second.
      await sleep(1500);
      for (const name of Object.values(LONE)) {
        const [seconds] = await logTimes(tree, [name]);
        found[name][engine].push(MEGABYTES / seconds);
      }
      const times = await logTimes(
        tree,
        Array.from({ length: WRITERS }, (_, number) => `w${number}`),
      );
      found.together[engine].push(MEGABYTES / Math.max(...times));
      found.unfair[engine].push(Math.max(...times) / median(times));
      await endAll(child);
      rmSync(tree.tree, { recursive: true, force: true });
    }
  }
  return found;
}

function compare(heading, unit, samples, goals, notes = []) {
  return table({ heading, unit, base: C, rows: Object.entries(samples), goals, notes });
}

const ratio = (samples) => median(samples[SHARED]) / median(samples[C]);

async function* manyTables(rounds) {
  const { found, bare } = await measureMany(MANY, Math.min(rounds, MOST_ROUNDS));
  const of = (kind) => ({ [C]: found[C][kind], [SHARED]: found[SHARED][kind] });
  const own = found[SHARED];
  yield compare(`${MANY} services with logs: from start until all are up`, 'ms', of('start'), [
    goal('no more than C', ratio(of('start')), '<=', 1),
  ]);
  yield compare(`${MANY} services with logs: memory of the supervisors (PSS)`, 'MiB', of('memory'), [
    goal('no more than C', ratio(of('memory')), '<=', 1),
  ]);
  yield compare(`${MANY} services with logs: CPU at rest`, '% of a core', of('cpu'), [
    goal('under 0.5 % of a core', median(own.cpu), '<=', 0.5),
  ]);
  yield compare('From `ln -s` until the daemon runs', 'ms', of('link'), [
    goal('under 100 ms', median(own.link), '<=', 100),
  ]);
  yield compare("From a daemon's death until its next start", 'ms', of('death'), [
    goal('at most 2 times C', ratio(of('death')), '<=', 2),
  ]);
  yield table({
    heading: `sv status of all ${MANY}`,
    unit: 'ms',
    base: 'node empty.js',
    rows: [
      ['node empty.js', bare],
      ['sv, services under C', found[C].status],
      ['sv, services under homerun', own.status],
    ],
    goals: [goal('at most 1.5 times a bare node', median(own.status) / median(bare), '<=', 1.5)],
  });
  yield table({
    heading: 'Descriptors for each service with its log',
    unit: '',
    rows: [
      [`homerun --shared, all of the process (some 50 of its own) by ${MANY} services`, own.descriptors],
    ],
    goals: [
      goal('at most 8 (and those of the process itself)', median(own.descriptors) - 50 / MANY, '<=', 8),
    ],
  });
}

async function* logTables(rounds) {
  const { stamped, plain, together, unfair } = await measureLogs(Math.min(rounds, MOST_ROUNDS));
  yield compare(`Log throughput of one service, svlogd -tt, ${MEGABYTES} MB`, 'MB/s', stamped, [
    goal('at least 3 times C', ratio(stamped), '>=', 3),
  ]);
  yield compare('The same without stamps', 'MB/s', plain, [
    goal('at least 3 times C', ratio(plain), '>=', 3),
  ]);
  yield compare(
    `${WRITERS} services writing at once, svlogd -tt, ${MEGABYTES} MB together`,
    'MB/s',
    together,
    [],
  );
  yield table({
    heading: `${WRITERS} services writing at once: the last to be logged, by the median`,
    unit: 'times',
    rows: Object.entries(unfair),
    goals: [goal('at most 3 times the median', Math.max(...unfair[SHARED]), '<=', 3)],
  });
}

async function* thousandTables(rounds) {
  const found = await measureThousand(Math.min(rounds, LONG_ROUNDS));
  const of = (kind) => ({ [C]: found[C][kind], [SHARED]: found[SHARED][kind] });
  yield compare(`${THOUSAND} services with logs: memory (PSS)`, 'MiB', of('memory'), [
    goal('at most half of C', ratio(of('memory')), '<=', 0.5),
  ]);
  yield compare(`${THOUSAND} services with logs: from start until all are up`, 'ms', of('start'), []);
}

async function* hugeTables() {
  const { time, restart, own } = await measureHuge();
  yield table({
    heading: `${THREE_THOUSAND} services with logs (C stops at 1000): restart of one`,
    unit: 'ms',
    rows: [[SHARED, restart]],
    goals: [goal('under 50 ms', median(restart), '<=', 50)],
    notes: [`all up after ${(time / 1000).toFixed(1)} s, ${own.toFixed(0)} MiB`],
  });
}

const TABLES = { many: manyTables, logs: logTables, thousand: thousandTables, huge: hugeTables };

/** Gives each table as soon as it is there; what fails says so in its place, and the rest is measured. */
export async function* measure({ rounds }) {
  if (which('runsvdir') === undefined || which('svlogd') === undefined) {
    yield table({ heading: 'shared', unit: '', rows: [], notes: ['C runit is not installed'] });
    return;
  }
  for (const section of SECTIONS) {
    try {
      yield* TABLES[section](rounds);
    } catch (error) {
      yield table({
        heading: `${section}: failed`,
        unit: '',
        rows: [],
        goals: [goal(`measured: ${error.message}`, Number.NaN, '<=', 0)],
      });
    }
  }
}
