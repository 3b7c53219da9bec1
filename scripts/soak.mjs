// `npm run soak [-- MINUTES]` (20 by default): the shared mode under restarts, logs, rescans and deaths for as long as
// one likes, and at the end whether memory and descriptors stayed flat after the warm-up. What the JavaScript of the
// supervisor and of its loggers' thread holds is told too, and what is left of it when garbage has been collected,
// once in the warm-up and once at the end: by that a leak is told from garbage that nobody has collected yet.
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuild, ensurePackages, root } from './ensure.mjs';

ensurePackages();
ensureBuild();
const { makeService, ours, sleep, start, temporaryTree, until } = await import(
  pathToFileURL(join(root, 'bench', 'lib.mjs')).href
);

const minutes = Number(process.argv[2] ?? 20);
if (!(minutes > 0)) {
  console.error('usage: npm run soak [-- MINUTES]');
  process.exit(2);
}

const SERVICES = 40;
/** A fifth of the time, and at least half a minute, is warm-up. */
const warmUp = Math.max(30, minutes * 12) * 1000;
const end = minutes * 60_000;
/** Memory may differ by so much of itself between the end of the warm-up and the end. */
const TOLERANCE = 0.05;

const tree = temporaryTree('soak');
const service = join(tree, 'service');
mkdirSync(service);
for (let number = 0; number < SERVICES; number += 1) {
  const folder = makeService(join(tree, 'all', `s${number}`), {
    run: `n=0\nwhile :; do n=$((n + 1)); echo "line $n of this service, of the usual length of a line"; sleep 0.${1 + (number % 9)}; done`,
    'log/run': 'exec 2>&1\nexec svlogd -tt ./main',
  });
  mkdirSync(join(folder, 'log/main'));
  writeFileSync(join(folder, 'log/main/config'), 's20000\nn3\n');
  symlinkSync(folder, join(service, `s${number}`));
}

// The launcher starts this in the place of node. The probe is loaded in each thread, and shows what its heap holds.
const probe = join(tree, 'probe.cjs');
const collect = join(tree, 'collect');
writeFileSync(probe, PROBE());
writeFileSync(
  join(tree, 'node'),
  `#!/bin/sh\nexec '${process.execPath}' --expose-gc --require '${probe}' "$@"\n`,
  {
    mode: 0o755,
  },
);
const child = start(join(ours, 'runsvdir'), ['--shared', '-P', service, `log: ${'.'.repeat(400)}`], {
  env: { ...process.env, PATH: `${ours}:${process.env.PATH}`, HOMERUN_NODE: join(tree, 'node') },
  cwd: tree,
});
const status = (name) => {
  try {
    return readFileSync(join(service, name, 'supervise/status')).readUInt32LE(12);
  } catch {
    return 0;
  }
};
await until(
  () => Array.from({ length: SERVICES }, (_, n) => status(`s${n}`)).every((pid) => pid > 0),
  60_000,
  50,
);

/** MiB that are the process's own: what it shares with other programs changes with those. */
function ownMemory(pid) {
  return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) / 1024;
}

/** A program for each thread: MiB of its heap to `heap.main` and `heap.loggers`, and garbage collected on demand. */
function PROBE() {
  return `
const { existsSync, renameSync, writeFileSync } = require('node:fs');
const threads = require('node:worker_threads');
const name = threads.isMainThread ? 'main' : 'loggers';
let last = 0;
let collected = '';
function show() {
  const wanted = ['1', '2'].filter((turn) => existsSync(${JSON.stringify(collect)} + turn)).join('');
  const now = performance.now();
  if (wanted === collected && now - last < 5000) return;
  last = now;
  const collects = wanted !== collected;
  collected = wanted;
  if (collects) for (let n = 0; n < 3; n += 1) gc();
  const { heapUsed, heapTotal, external } = process.memoryUsage();
  const text = JSON.stringify({ collected, used: heapUsed / 2 ** 20, total: heapTotal / 2 ** 20, external: external / 2 ** 20 });
  const file = ${JSON.stringify(tree)} + '/heap.' + name;
  for (const to of collects ? [file, file + wanted] : [file]) {
    writeFileSync(to + '.new', text);
    renameSync(to + '.new', to);
  }
}
if (threads.isMainThread) setInterval(show, 1000).unref();
else {
  // The loggers' thread never gives itself back to the event loop: it shows when it takes a message.
  const { receiveMessageOnPort } = threads;
  threads.receiveMessageOnPort = (port) => { show(); return receiveMessageOnPort(port); };
}
`;
}

/** What a thread has shown last, or after its garbage was collected ('1' in the warm-up, '12' at the end). */
function heapOf(thread, collected = '') {
  try {
    return JSON.parse(readFileSync(join(tree, `heap.${thread}${collected}`), 'utf8'));
  } catch {
    return undefined;
  }
}

const heapText = (heap) =>
  heap === undefined
    ? '-'
    : `${heap.used.toFixed(2)} of ${heap.total.toFixed(1)} used, ${heap.external.toFixed(1)} outside`;

/** Has both threads collect their garbage. */
async function collectGarbage(turn) {
  const wanted = turn === 1 ? '1' : '12';
  writeFileSync(`${collect}${turn}`, '');
  await until(
    () => {
      trouble();
      return heapOf('main', wanted) !== undefined && heapOf('loggers', wanted) !== undefined;
    },
    60_000,
    200,
  );
}

function residentMemory(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) / 1024;
}

/** Things that happen to services, one after the other. */
let turn = 0;
const lives = { deaths: 0, commands: 0, rescans: 0 };
function trouble() {
  turn += 1;
  const name = `s${(turn * 7) % SERVICES}`;
  const pid = status(name);
  if (turn % 3 === 0 && pid > 0) {
    try {
      process.kill(pid, 'SIGKILL');
      lives.deaths += 1;
    } catch {
      // It has just ended.
    }
  } else if (turn % 3 === 1) {
    for (const slot of ['', 'log/']) {
      writeFileSync(join(service, name, slot, 'supervise/control'), slot === '' ? 't' : 'a');
      lives.commands += 1;
    }
  } else {
    const link = join(service, 'extra');
    rmSync(link, { force: true });
    if (turn % 2 === 0) symlinkSync('../all/extra', link);
    lives.rescans += 1;
  }
}
makeService(join(tree, 'all', 'extra'), { run: 'exec sleep 1000', 'log/run': 'exec svlogd -tt .' });

const began = performance.now();
let base;
let last;
const samples = [];
let collected = false;
for (let next = 0; performance.now() - began < end; ) {
  await sleep(200);
  if (child.exitCode !== null) throw new Error(`the supervisor ended with ${child.exitCode}`);
  trouble();
  const passed = performance.now() - began;
  if (!collected && passed >= warmUp / 2) {
    collected = true;
    await collectGarbage(1);
  }
  if (passed < next) continue;
  next += 10_000;
  const sample = {
    seconds: Math.round(passed / 1000),
    memory: ownMemory(child.pid),
    rss: residentMemory(child.pid),
    descriptors: readdirSync(`/proc/${child.pid}/fd`).length,
    main: heapOf('main'),
    loggers: heapOf('loggers'),
  };
  samples.push(sample);
  if (passed >= warmUp) base ??= sample;
  last = sample;
  console.log(
    `${String(sample.seconds).padStart(6)} s  ${sample.memory.toFixed(1).padStart(7)} MiB own, ${sample.rss.toFixed(1)} resident, ` +
      `${sample.descriptors} descriptors; heap ${heapText(sample.main)}; loggers ${heapText(sample.loggers)}  ` +
      `(${lives.deaths} deaths, ${lives.commands} commands, ${lives.rescans} rescans)`,
  );
}
await collectGarbage(2);
process.kill(child.pid, 'SIGHUP');
const { code } = await child.exited;

/** Medians of the first and the last third after the warm-up, so that a moment of garbage is no growth. */
const middle = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const warm = samples.filter(({ seconds }) => seconds * 1000 >= warmUp);
const some = Math.max(1, Math.floor(warm.length / 3));
const growth =
  middle(warm.slice(-some).map(({ memory }) => memory)) /
    middle(warm.slice(0, some).map(({ memory }) => memory)) -
  1;
const more = last.descriptors - base.descriptors;
console.log(
  `memory ${growth >= 0 ? '+' : ''}${(growth * 100).toFixed(1)} %, descriptors ${more >= 0 ? '+' : ''}${more}, exit ${code}`,
);
for (const thread of ['main', 'loggers']) {
  console.log(
    `${thread}, garbage collected: ${heapText(heapOf(thread, '1'))} in the warm-up, ${heapText(heapOf(thread, '12'))} at the end`,
  );
}
// Eight are those of the service that comes and goes.
const flat = growth <= TOLERANCE && Math.abs(more) <= 10 && code === 111;
console.log(flat ? 'flat' : 'NOT flat');
process.exit(flat ? 0 : 1);
