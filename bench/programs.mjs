/**
 * The supervisors side by side in one run: throughput of their loggers (bench/svlogd.mjs), time of a status question,
 * time from a daemon's death to its next start, memory and processor time at rest. Those that are not installed, or
 * do not start, are named and left out; pm2 is fetched into a temporary folder. Alone it takes some six minutes.
 */
import { closeSync, constants, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  cpuNanoseconds,
  descendants,
  goal,
  rounds as inTurns,
  makeService,
  median,
  ours,
  pss,
  put,
  run,
  sleep,
  start,
  stop,
  table,
  temporaryTree,
  timeRun,
  until,
  which,
} from './lib.mjs';
import { measure as measureLoggers } from './svlogd.mjs';

export const title = 'Supervisors side by side';

/** Services, each with a log, for memory and rest. */
const SERVICES = 10;

/** Seconds that the supervisors are watched at rest, in each round: some of them wake up every five seconds. */
const REST = 10;

/** Milliseconds until a supervisor that has started everything is at rest. */
const SETTLE = 2500;

/** Each round of memory starts and ends every supervisor. */
const MOST_ROUNDS_OF_MEMORY = 3;
const MOST_ROUNDS_OF_REST = 5;

/** A daemon is killed when it has run for so long: runit waits a second before it starts one again that was shorter. */
const LIFE = 1300;

const OURS = { ...process.env, PATH: `${ours}:/usr/bin:/bin:${process.env.PATH}` };
const THEIRS = { ...process.env, PATH: `/usr/bin:/bin:${process.env.PATH}` };

/** The FIFO in a folder through which daemons tell that they started; held open by us, so that none waits for it. */
function mouthpiece(folder) {
  const path = join(folder, 'started');
  run('mkfifo', [path]);
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(4096);
  return {
    path,
    /** The pids that were told since the last call. */
    pids() {
      try {
        return buffer.toString('latin1', 0, readSync(descriptor, buffer)).trim().split('\n').map(Number);
      } catch {
        return [];
      }
    },
    close: () => closeSync(descriptor),
  };
}

/** Service directories as runit, s6 and daemontools have them. */
function serviceTree(count, logCommand) {
  const tree = temporaryTree('supervisors');
  const scan = join(tree, 'scan');
  const fifo = mouthpiece(tree);
  for (let i = 0; i < count; i += 1) {
    makeService(join(scan, `s${i}`), {
      run: `echo $$ >${fifo.path}\nexec sleep 100000`,
      ...(logCommand === undefined ? {} : { 'log/run': `mkdir -p main\nexec ${logCommand} ./main` }),
    });
  }
  return { tree, scan, fifo };
}

function directoryKind({ command, args, environment, logCommand, status, signal }) {
  return {
    available: () => which(command.split('/').at(-1)) !== undefined,
    begin(count, logged) {
      const { scan, fifo } = serviceTree(count, logged ? logCommand : undefined);
      const leader = start(command, [...args, scan], { env: environment });
      return {
        fifo,
        root: () => leader.pid,
        status: status(scan),
        end: () => stop(leader, signal).then(fifo.close),
      };
    },
  };
}

function supervisord() {
  return {
    available: () => which('supervisord') !== undefined,
    begin(count) {
      const tree = temporaryTree('supervisord');
      const fifo = mouthpiece(tree);
      const socket = join(tree, 'sock');
      const programs = Array.from({ length: count }, (_, i) =>
        [
          `[program:s${i}]`,
          `command=/bin/sh -c "echo $$ >${fifo.path}; exec sleep 100000"`,
          'autorestart=true',
          `stdout_logfile=${tree}/s${i}.log`,
          'redirect_stderr=true',
        ].join('\n'),
      );
      const configuration = join(tree, 'supervisord.conf');
      writeFileSync(
        configuration,
        [
          `[unix_http_server]\nfile=${socket}`,
          `[supervisord]\nnodaemon=true\nlogfile=${tree}/log\npidfile=${tree}/pid\nchildlogdir=${tree}`,
          '[rpcinterface:supervisor]',
          'supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface',
          `[supervisorctl]\nserverurl=unix://${socket}`,
          ...programs,
        ].join('\n'),
      );
      const leader = start(which('supervisord'), ['-c', configuration], { cwd: tree });
      return {
        fifo,
        root: () => leader.pid,
        status: [which('supervisorctl'), ['-c', configuration, 'status', 's0']],
        end: () => stop(leader, 'SIGTERM').then(fifo.close),
      };
    },
  };
}

function pm2() {
  let program = which('pm2');
  return {
    available() {
      if (program !== undefined) return true;
      const folder = temporaryTree('pm2');
      try {
        run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder, 'pm2'], {
          timeout: 180_000,
          stdio: 'ignore',
        });
        program = join(folder, 'node_modules/.bin/pm2');
        return true;
      } catch {
        return false;
      }
    },
    begin(count) {
      const tree = temporaryTree('pm2-home');
      const fifo = mouthpiece(tree);
      const environment = { ...process.env, PM2_HOME: tree };
      put(join(tree, 'daemon.sh'), `#!/bin/sh\necho $$ >${fifo.path}\nexec sleep 100000\n`);
      const apps = Array.from({ length: count }, (_, i) => ({
        name: `s${i}`,
        script: join(tree, 'daemon.sh'),
        interpreter: 'none',
        exec_mode: 'fork',
      }));
      writeFileSync(join(tree, 'apps.json'), JSON.stringify({ apps }));
      run(program, ['start', join(tree, 'apps.json')], {
        env: environment,
        stdio: 'ignore',
        timeout: 60_000,
      });
      return {
        fifo,
        root: () => Number(readFileSync(join(tree, 'pm2.pid'), 'latin1')),
        status: [program, ['pid', 's0'], { env: environment }],
        end: async () => {
          run(program, ['kill'], { env: environment, stdio: 'ignore', timeout: 60_000 });
          fifo.close();
        },
      };
    },
  };
}

const SHARED = 'homerun, shared';
const CLASSIC = 'homerun, classic';
const RUNIT = 'C runit';

const KINDS = {
  [SHARED]: directoryKind({
    command: join(ours, 'runsvdir'),
    args: ['--shared', '-P'],
    environment: OURS,
    logCommand: 'svlogd -tt',
    status: (scan) => [join(ours, 'sv'), ['status', join(scan, 's0')], { env: OURS }],
    signal: 'SIGHUP',
  }),
  [CLASSIC]: directoryKind({
    command: join(ours, 'runsvdir'),
    args: ['-P'],
    environment: OURS,
    logCommand: 'svlogd -tt',
    status: (scan) => [join(ours, 'sv'), ['status', join(scan, 's0')], { env: OURS }],
    signal: 'SIGHUP',
  }),
  [RUNIT]: directoryKind({
    command: '/usr/bin/runsvdir',
    args: ['-P'],
    environment: THEIRS,
    logCommand: 'svlogd -tt',
    status: (scan) => ['/usr/bin/sv', ['status', join(scan, 's0')]],
    signal: 'SIGHUP',
  }),
  s6: directoryKind({
    command: 's6-svscan',
    args: [],
    environment: THEIRS,
    logCommand: 's6-log t',
    status: (scan) => [which('s6-svstat'), [join(scan, 's0')]],
    signal: 'SIGTERM',
  }),
  daemontools: directoryKind({
    command: 'svscan',
    args: [],
    environment: THEIRS,
    logCommand: 'multilog t',
    status: (scan) => [which('svstat'), [join(scan, 's0')]],
    signal: 'SIGTERM',
  }),
  supervisord: supervisord(),
  pm2: pm2(),
};

// homerun's own are always there.
KINDS[SHARED].available = KINDS[CLASSIC].available = () => true;

/** Their questions take so long that a few are enough. */
const SLOW = ['supervisord', 'pm2'];

/** Begins a kind and waits until each of its daemons has told its pid. */
async function begin(name, count, logged) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K  ${name} ...\r`);
  const running = KINDS[name].begin(count, logged);
  const pids = [];
  await until(() => {
    pids.push(...running.fifo.pids());
    return pids.length >= count;
  }, 60_000);
  return { ...running, name, pids };
}

async function timesOfStatus(count, names) {
  const empty = join(temporaryTree('empty'), 'empty.js');
  writeFileSync(empty, '');
  const running = [];
  for (const name of names.filter((each) => each !== CLASSIC)) running.push(await begin(name, 1, false));
  const candidates = { 'node empty.js': () => timeRun(process.execPath, [empty]) };
  const slow = {};
  for (const { name, status } of running) {
    const [program, args, options] = status;
    const label = name === SHARED ? 'homerun: sv' : name;
    (SLOW.includes(name) ? slow : candidates)[label] = () => timeRun(program, args, options);
  }
  for (const take of Object.values({ ...candidates, ...slow })) take();
  const samples = new Map([
    ...(await inTurns(Math.max(count * 5, 15), candidates)),
    ...(await inTurns(Math.min(count, 5), slow)),
  ]);
  for (const each of running) await each.end();
  const base = median(samples.get('node empty.js'));
  return table({
    heading: 'Asking for a status, one service',
    unit: 'ms',
    base: 'node empty.js',
    rows: [...samples].map(([name, list]) => [name, list]),
    goals: [
      goal('sv status against a bare `node empty.js`', median(samples.get('homerun: sv')) / base, '<=', 1.25),
    ],
    notes: ['pm2 is asked with `pm2 pid`, its shortest question.'],
  });
}

async function timesOfRestart(count, names) {
  const running = [];
  for (const name of names) running.push(await begin(name, 1, false));
  const pids = new Map(running.map(({ name, pids: [pid] }) => [name, pid]));
  const candidates = {};
  for (const { name, fifo } of running) {
    candidates[name] = async () => {
      const killed = process.hrtime.bigint();
      process.kill(pids.get(name), 'SIGKILL');
      for (;;) {
        const [pid] = fifo.pids();
        if (pid !== undefined) {
          pids.set(name, pid);
          break;
        }
        await new Promise(setImmediate);
      }
      return Number(process.hrtime.bigint() - killed) / 1e6;
    };
  }
  const samples = new Map(names.map((name) => [name, []]));
  for (let round = 0; round < count; round += 1) {
    await sleep(LIFE);
    for (const [name, take] of Object.entries(candidates)) samples.get(name).push(await take());
  }
  for (const each of running) await each.end();
  return table({
    heading: 'From the death of a daemon to the first line of its next start',
    unit: 'ms',
    base: RUNIT,
    rows: [...samples],
    goals: [
      goal(
        'shared: milliseconds more than C runit',
        median(samples.get(SHARED)) - median(samples.get(RUNIT)),
        '<=',
        20,
      ),
    ],
    notes: [`The daemon is a shell script, killed with KILL after it ran for ${LIFE / 1000} s.`],
  });
}

/** Those at the root of a tree and below that are no daemons. */
function supervisorsBelow(root) {
  return [root, ...descendants(root)].filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'latin1') !== 'sleep\n';
    } catch {
      return false;
    }
  });
}

/** Each alone, since processes that run the same program share memory. */
async function memory(count, names) {
  const processes = new Map();
  const samples = await inTurns(
    Math.min(count, MOST_ROUNDS_OF_MEMORY),
    Object.fromEntries(
      names.map((name) => [
        name,
        async () => {
          const running = await begin(name, SERVICES, true);
          try {
            await sleep(SETTLE);
            const pids = supervisorsBelow(running.root());
            processes.set(name, pids.length === 1 ? '1 process' : `${pids.length} processes`);
            return pss(pids);
          } finally {
            await running.end();
          }
        },
      ]),
    ),
  );
  const of = (name) => median(samples.get(name) ?? []);
  return table({
    heading: `Memory of the supervision of ${SERVICES} services with their logs (PSS, without the daemons)`,
    unit: 'MiB',
    base: RUNIT,
    rows: [...samples].map(([name, list]) => [name, list, processes.get(name)]),
    goals: [goal('shared against classic', of(SHARED) / of(CLASSIC), '<=', 0.25)],
    notes: ['supervisord and pm2 write the logs themselves; the others start a logger for each.'],
  });
}

/** All at the same time, so that each round is the same stretch of time for all. */
async function rest(count, names) {
  const running = [];
  for (const name of names) running.push(await begin(name, SERVICES, true));
  await sleep(2 * SETTLE);
  const pids = new Map(running.map(({ name, root }) => [name, supervisorsBelow(root())]));
  const samples = new Map(names.map((name) => [name, []]));
  for (let round = 0; round < Math.min(count, MOST_ROUNDS_OF_REST); round += 1) {
    const before = new Map(names.map((name) => [name, cpuNanoseconds(pids.get(name))]));
    await sleep(REST * 1000);
    for (const name of names) {
      samples.get(name).push((cpuNanoseconds(pids.get(name)) - before.get(name)) / 1e6 / REST);
    }
  }
  for (const each of running) await each.end();
  return table({
    heading: `Processor time at rest, ${SERVICES} services with their logs, per second`,
    unit: 'ms',
    base: RUNIT,
    rows: [...samples],
    goals: [goal('shared: milliseconds a second', median(samples.get(SHARED)), '<=', 2)],
    notes: [`Every round is ${REST} s, the same for all of them.`],
  });
}

/** Those that begin with one service; the others are told apart with the reason. */
async function trial(names) {
  const good = [];
  const bad = [];
  for (const name of names) {
    try {
      await (await begin(name, 1, true)).end();
      good.push(name);
    } catch (error) {
      bad.push(`${name} did not start: ${error.message.split('\n')[0]}`);
    }
  }
  return { good, bad };
}

export async function measure({ rounds }) {
  const available = Object.keys(KINDS).filter((name) => KINDS[name].available());
  const absent = Object.keys(KINDS).filter((name) => !available.includes(name));
  const { good, bad } = await trial(available);
  const tables = [
    ...(await measureLoggers({ rounds: Math.min(rounds, MOST_ROUNDS_OF_MEMORY) })),
    await timesOfStatus(rounds, good),
    await timesOfRestart(rounds, good),
    await memory(rounds, good),
    await rest(rounds, good),
  ];
  if (absent.length > 0) tables.at(-1).notes.push(`Not to be had here: ${absent.join(', ')}.`);
  tables.at(-1).notes.push(...bad);
  return tables;
}
