/**
 * `homerun doctor` over healthy trees of 100 and 1,000 running services with logs: the time until it has said so, with
 * nothing watched over time (`--sample 0`; what looks unsteady is watched for two seconds more).
 */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  descendants,
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
  which,
} from './lib.mjs';

export const title = 'Doctor';

const homerun = join(root, 'bin/homerun');
/** A look at a thousand services is taken so often at most. */
const MOST_ROUNDS_OF_MANY = 3;
const STATE_AT = 19;
const RUN = 1;

/** A home as `homerun init` makes it, with services that do nothing. */
function makeHome(services, engine) {
  const home = temporaryTree('doctor');
  const env = {
    HOME: home,
    USER: process.env.USER ?? 'bench',
    PATH: `${engine === 'bundled' ? `${ours}:` : ''}${home}/bin:${process.env.PATH}`,
  };
  mkdirSync(join(home, 'bin'));
  run(process.execPath, [homerun, 'init', '--yes', '--engine', engine, '--session', 'none'], { env });
  const layout = JSON.parse(readFileSync(join(home, '.config/homerun/config.json'), 'utf8'));
  const folders = [];
  for (let index = 0; index < services; index += 1) {
    const name = `service${String(index).padStart(4, '0')}`;
    const logs = join(layout.logs, name);
    const folder = makeService(join(layout.serviceAll, name), {
      run: 'exec 2>&1\necho started\nexec sleep 1000000',
      'log/run': `exec svlogd -tt "${logs}"`,
    });
    mkdirSync(logs, { recursive: true });
    symlinkSync(folder, join(layout.serviceDir, name));
    folders.push(folder);
  }
  put(join(home, 'empty.js'), '');
  return { home, layout, env, folders };
}

function isUp(supervise) {
  try {
    return readFileSync(join(supervise, 'status'))[STATE_AT] === RUN;
  } catch {
    return false;
  }
}

/** A tree of so many services that run; `end` stops it. */
async function startTree(services, engine, runsvdir, options) {
  const made = makeHome(services, engine);
  const { layout, env, folders } = made;
  const supervisor = start(runsvdir, [...options, '-P', layout.serviceDir, `log: ${'.'.repeat(200)}`], {
    env,
    cwd: made.home,
  });
  await until(
    () => folders.every((folder) => isUp(join(folder, 'supervise')) && isUp(join(folder, 'log/supervise'))),
    300_000,
    500,
  );
  return { ...made, end: () => stop(supervisor, 'SIGHUP', 120_000), supervisor };
}

/** One look, which must have seen every service and found nothing wrong. */
function proveHealthy({ env }, services) {
  const { stdout } = run(process.execPath, [homerun, 'doctor', '--sample', '0'], { env, codes: [0, 1] });
  if (!stdout.includes(`${services} services: ${services} up`) || /[1-9]\d* error/.test(stdout)) {
    throw new Error(`doctor does not find ${services} services well:\n${stdout.slice(-2000)}`);
  }
}

async function look({ services, engine, runsvdir, options, count }) {
  const tree = await startTree(services, engine, runsvdir, options);
  try {
    proveHealthy(tree, services);
    const { env } = tree;
    const samples = await inTurns(count, {
      node: () => timeRun(process.execPath, [join(tree.home, 'empty.js')], { env }),
      doctor: () =>
        timeRun(process.execPath, [homerun, 'doctor', '--sample', '0'], { env, codes: [0, 1] }) / 1000,
    });
    return {
      seconds: samples.get('doctor'),
      note: `${median(samples.get('node')).toFixed(0)} ms for a bare node then; ${descendants(tree.supervisor.pid).length + 1} processes`,
    };
  } finally {
    await tree.end();
  }
}

export async function measure({ rounds }) {
  const shared = { engine: 'bundled', runsvdir: join(ours, 'runsvdir'), options: ['--shared'] };
  const few = await look({ services: 100, ...shared, count: rounds });
  const system = which('runsvdir');
  const classic =
    system === undefined
      ? undefined
      : await look({ services: 100, engine: 'system', runsvdir: system, options: [], count: rounds });
  const many = await look({ services: 1000, ...shared, count: Math.min(rounds, MOST_ROUNDS_OF_MANY) });
  return [
    table({
      heading: 'A diagnosis of running services with logs, nothing watched',
      unit: 's',
      rows: [
        ['100 services, shared', few.seconds, few.note],
        ['100 services, C runit', classic?.seconds, classic?.note ?? 'not installed'],
        ['1000 services, shared', many.seconds, many.note],
      ],
      goals: [
        goal('100 services in at most a second', median(few.seconds), '<=', 1),
        ...(classic === undefined
          ? []
          : [goal('100 services of C runit in at most a second', median(classic.seconds), '<=', 1)]),
        goal('1000 services in at most five seconds', median(many.seconds), '<=', 5),
      ],
    }),
  ];
}
