/**
 * How long the services outlive their session: from the end of the window manager (nobody is told, as under many
 * display managers and compositors), or from TERM to the runner, until no process of the home is left.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  goal,
  makeService,
  median,
  put,
  root,
  run,
  sleep,
  start,
  table,
  temporaryTree,
  until,
  which,
} from './lib.mjs';

export const title = 'The end of a session';

const SERVICES = 10;
/** A trial takes some ten seconds: so often at most. */
const MOST_ROUNDS = 5;

function makeHome(engine, deaf) {
  const home = temporaryTree('session');
  const env = { HOME: home, USER: 'bench', SHELL: '/bin/sh', PATH: `${home}/bin:${process.env.PATH}` };
  mkdirSync(join(home, 'bin'));
  put(join(home, 'wm'), '#!/bin/sh\nwhile [ -e "$HOME/stay" ]; do sleep 0.05; done\n');
  put(join(home, '.xinitrc'), '#!/bin/sh\nexec "$HOME/wm"\n');
  run(process.execPath, [join(root, 'bin/homerun'), 'init', '--yes', '--engine', engine], { env });
  const layout = JSON.parse(readFileSync(join(home, '.config/homerun/config.json'), 'utf8'));
  const folders = [];
  for (let index = 0; index < SERVICES; index += 1) {
    const name = `service${index}`;
    const logs = join(layout.logs, name);
    mkdirSync(logs, { recursive: true });
    const ready = `echo ready >"${home}/ready${index}"\n`;
    const folder = makeService(join(layout.serviceAll, name), {
      run: deaf
        ? `exec 2>&1\ntrap '' TERM\n${ready}exec sleep 1000000`
        : `exec 2>&1\n${ready}exec sleep 1000000`,
      'log/run': `exec svlogd -tt "${logs}"`,
    });
    symlinkSync(folder, join(layout.serviceDir, name));
    folders.push(folder);
  }
  return { home, env, layout, folders };
}

/** Every process whose environment has this home. */
function processesOf(home) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`HOME=${home}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

function runnerOf(home, runner) {
  return processesOf(home).find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(runner);
    } catch {
      return false;
    }
  });
}

/** Seconds from the end of the session until nothing of it is left. */
async function trial({ home, env, layout }, silent) {
  put(join(home, 'stay'), '');
  for (let index = 0; index < SERVICES; index += 1) {
    const ready = join(home, `ready${index}`);
    if (existsSync(ready)) unlinkSync(ready);
  }
  start('/bin/sh', ['-c', 'exec "$HOME/.xinitrc"'], { env, cwd: home });
  await until(
    () => readdirSync(home).filter((name) => name.startsWith('ready')).length === SERVICES,
    60_000,
    50,
  );
  // A session that is younger than a second waits for the first look of runsvdir.
  await sleep(1500);
  const runner = await until(() => runnerOf(home, layout.runner), 20_000, 50);
  let began;
  if (silent) {
    unlinkSync(join(home, 'stay'));
    began = performance.now();
  } else {
    process.kill(runner, 'SIGTERM');
    began = performance.now();
    unlinkSync(join(home, 'stay'));
  }
  await until(() => processesOf(home).length === 0, 60_000, 20);
  return (performance.now() - began) / 1000;
}

export async function measure({ rounds }) {
  const engines = [
    ...(which('runsvdir') === undefined ? [] : [['C runit', 'system']]),
    ['homerun', 'bundled'],
  ];
  const rows = [];
  const goals = [];
  for (const [name, engine] of engines) {
    for (const deaf of [false, true]) {
      const home = makeHome(engine, deaf);
      for (const silent of [false, true]) {
        const times = [];
        for (let round = 0; round < Math.min(rounds, MOST_ROUNDS); round += 1) {
          times.push(await trial(home, silent));
        }
        const what = `${name}: ${silent ? 'nobody tells' : 'TERM to the runner'}${deaf ? ', services that ignore TERM' : ''}`;
        rows.push([what, times]);
        goals.push(goal(`${what}: within five seconds`, median(times), '<=', 5));
      }
    }
  }
  return [
    table({
      heading: `From the end of the session until ${SERVICES} services with logs are gone`,
      unit: 's',
      rows,
      goals,
    }),
  ];
}
