/**
 * Everyday commands: the status of 300 running services against a bare start of Node, and the last lines of a gigabyte
 * of logs.
 */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  goal,
  rounds as inTurns,
  makeService,
  median,
  ours,
  put,
  root,
  run,
  start,
  stop,
  table,
  temporaryTree,
  timeRun,
  until,
} from './lib.mjs';

export const title = 'Everyday commands';

const SERVICES = 300;
/** What takes so little is measured in so many rounds at least. */
const LEAST_ROUNDS = 15;
/** Bytes of one rotated file, and how many there are: a gigabyte. */
const FILE = 16 * 1024 * 1024;
const FILES = 64;

function makeHome() {
  const home = temporaryTree('everyday');
  const layout = {
    version: 1,
    serviceAll: join(home, 'service_all'),
    serviceDir: join(home, 'service_gui'),
    svl: join(home, 'bin/svl'),
    runner: join(home, 'runner.sh'),
    logs: join(home, 'logs'),
    shell: '/bin/sh',
    engine: 'bundled',
    session: { kind: 'none', file: null },
    keepRunning: false,
  };
  put(join(home, '.config/homerun/config.json'), JSON.stringify(layout));
  for (const folder of [layout.serviceAll, layout.serviceDir, layout.logs])
    mkdirSync(folder, { recursive: true });
  return {
    home,
    layout,
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: '', PATH: `${ours}:${process.env.PATH}` },
  };
}

/** A log directory with a gigabyte in rotated files of stamped lines. */
function fillLogs(folder) {
  mkdirSync(folder, { recursive: true });
  const line = (second) =>
    `2026-11-22_05:${String(second % 60).padStart(2, '0')}:00.00000 a line of a log, as long as many are\n`;
  const text = Array.from({ length: Math.ceil(FILE / line(0).length) }, (_, index) =>
    line(Math.floor(index / 5000)),
  ).join('');
  for (let index = 0; index < FILES; index += 1) {
    const label = (2n ** 62n + 10n + BigInt(1_795_332_000 + index * 100)).toString(16);
    writeFileSync(join(folder, `@${label}00000000.s`), text);
  }
  writeFileSync(join(folder, 'current'), text);
}

export async function measure({ rounds }) {
  const { home, layout, env } = makeHome();
  const homerun = join(root, 'bin/homerun');
  const empty = join(home, 'empty.js');
  put(empty, '');
  for (let index = 0; index < SERVICES; index += 1) {
    const name = `service${String(index).padStart(3, '0')}`;
    const logs = join(layout.logs, name);
    makeService(join(layout.serviceAll, name), {
      run: 'exec 2>&1\necho started\nexec sleep 1000000',
      'log/run': `exec svlogd -tt "${logs}"`,
    });
    mkdirSync(logs);
    symlinkSync(join(layout.serviceAll, name), join(layout.serviceDir, name));
  }
  const supervisor = start(
    join(ours, 'runsvdir'),
    ['--shared', '-P', layout.serviceDir, `log: ${'.'.repeat(200)}`],
    { env },
  );
  await until(
    () => readdirSync(layout.logs).every((name) => readdirSync(join(layout.logs, name)).includes('current')),
    120_000,
    200,
  );
  const one = (...words) => timeRun(process.execPath, [homerun, ...words], { env, codes: [0, 1] });
  // Once beforehand, so that all files are in memory; and every service must be seen running.
  const { stdout } = run(process.execPath, [homerun, 'status'], { env, codes: [0, 1] });
  if ((stdout.match(/^ +service\d{3} +run /gm) ?? []).length !== SERVICES) {
    throw new Error(`not all services run:\n${stdout}`);
  }
  const statusRow = `homerun status, ${SERVICES} services`;
  const completionRow = `completion of ${SERVICES} names`;
  const status = await inTurns(Math.max(rounds, LEAST_ROUNDS), {
    'node empty.js': () => timeRun(process.execPath, [empty], { env }),
    'homerun --version': () => one('--version'),
    'homerun status, 1 service': () => one('status', 'service000'),
    [statusRow]: () => one('status'),
    [`homerun status --json, ${SERVICES} services`]: () => one('status', '--json'),
    [completionRow]: () => one('completion', '--list', 'service'),
  });
  await stop(supervisor, 'SIGHUP', 60_000);

  fillLogs(join(layout.logs, 'big'));
  run(process.execPath, [homerun, 'logs', 'big', '-n', '1'], { env });
  const logs = await inTurns(rounds, {
    'homerun logs -n 100 of 1 GB': () =>
      timeRun(process.execPath, [homerun, 'logs', 'big', '-n', '100'], { env }),
  });
  const bare = median(status.get('node empty.js'));
  return [
    table({
      heading: `Status of ${SERVICES} running services with logs`,
      unit: 'ms',
      base: 'node empty.js',
      rows: [...status],
      goals: [
        goal(
          `status of ${SERVICES} services in at most 2 times a bare node`,
          median(status.get(statusRow)) / bare,
          '<=',
          2,
        ),
        goal(
          'a completion in at most 1.5 times a bare node',
          median(status.get(completionRow)) / bare,
          '<=',
          1.5,
        ),
      ],
    }),
    table({
      heading: 'The last lines of a gigabyte of logs',
      unit: 'ms',
      rows: [...logs],
      goals: [goal('in at most a second', median(logs.get('homerun logs -n 100 of 1 GB')), '<=', 1000)],
    }),
  ];
}
