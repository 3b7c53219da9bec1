/**
 * What the parts of `npm run bench` share: temporary trees, running and timing, medians, memory, tables, goals.
 *
 * A part is a file bench/NAME.mjs:
 *   export const title = 'sv status';
 *   export async function measure({ rounds }) { return [table, ...]; }
 * with tables made by `table()`. `scripts/bench.mjs` runs the parts, prints the tables and keeps them in RESULTS.md.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The folder of homerun's runit programs. */
export const ours = join(root, 'runit');

// ---- places ----

const trees = new Set();
const children = new Set();

function cleanUp() {
  for (const child of children) {
    for (const pid of descendants(child.pid)) signalOne(pid, 'SIGKILL');
    signalGroup(child, 'SIGKILL');
  }
  for (const tree of trees) rmSync(tree, { recursive: true, force: true });
}
process.on('exit', cleanUp);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** A new folder below the system's temporary folder; it is removed when the process ends. */
export function temporaryTree(name = 'bench') {
  const tree = mkdtempSync(join(tmpdir(), `homerun-${name}-`));
  trees.add(tree);
  return tree;
}

/** Writes a file (0755 when it starts with `#!`) and the folders above it. */
export function put(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  if (text.startsWith('#!')) chmodSync(path, 0o755);
}

/** A service directory: `run` and, when given, `log/run`, `finish`, `check` as shell scripts. */
export function makeService(folder, files) {
  for (const [name, body] of Object.entries(files)) {
    put(join(folder, name), body.startsWith('#!') ? body : `#!/bin/sh\n${body}\n`);
  }
  return folder;
}

/** The first executable of that name on PATH or in the folders of system programs, or undefined. */
export function which(program) {
  for (const folder of [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next folder.
    }
  }
  return undefined;
}

// ---- running ----

/** Runs a program to its end; throws with what it said unless it exits with one of `codes`. */
export function run(command, args = [], { codes = [0], ...options } = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (result.error) throw result.error;
  if (!codes.includes(result.status)) {
    throw new Error(
      `${command} ${args.join(' ')}: exit ${result.status} ${result.signal ?? ''}\n${result.stdout ?? ''}${result.stderr ?? ''}`,
    );
  }
  return result;
}

/** Milliseconds that one run of a program takes. Output is thrown away. */
export function timeRun(command, args = [], options = {}) {
  const start = process.hrtime.bigint();
  run(command, args, { stdio: 'ignore', ...options });
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** Starts a program as the leader of a process group of its own, which is killed when the bench ends. */
export function start(command, args = [], options = {}) {
  const child = spawn(command, args, { stdio: 'ignore', detached: true, ...options });
  children.add(child);
  child.exited = new Promise((resolve) => {
    child.on('error', () => resolve(undefined));
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
  return child;
}

function signalGroup(child, signal) {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It is gone.
  }
}

function signalOne(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone.
  }
}

/** Ends what `start` started: the signal to the leader, then KILL to what is left of its group and descendants. */
export async function stop(child, signal = 'SIGHUP', wait = 10_000) {
  const below = descendants(child.pid);
  signalOne(child.pid, signal);
  await Promise.race([child.exited, sleep(wait)]);
  signalGroup(child, 'SIGKILL');
  await until(() => below.every((pid) => !alive(pid)), 3000).catch(() => {
    for (const pid of below) signalOne(pid, 'SIGKILL');
  });
  children.delete(child);
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits until `condition()` gives something true, and returns it; throws after `limit` ms. */
export async function until(condition, limit = 20_000, every = 5) {
  const end = performance.now() + limit;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > end) throw new Error(`waited ${limit} ms for ${condition}`);
    await sleep(every);
  }
}

// ---- processes ----

/** True while a process is there and no zombie. */
export function alive(pid) {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

/** The pids of all processes below `pid` (children of children too), itself not included. */
export function descendants(pid) {
  const parents = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended while we looked.
    }
  }
  const found = [];
  const queue = [pid];
  while (queue.length > 0) {
    const parent = queue.pop();
    for (const [child, its] of parents) {
      if (its === parent) {
        found.push(child);
        queue.push(child);
      }
    }
  }
  return found;
}

/** Proportional set size in MiB of one process or of several together. */
export function pss(pids) {
  let kib = 0;
  for (const pid of [pids].flat()) {
    try {
      kib += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0);
    } catch {
      // It ended, or belongs to another user.
    }
  }
  return kib / 1024;
}

/** Seconds of CPU (user and system) that processes have used. The clock ticks 100 times a second on Linux. */
export function cpuSeconds(pids) {
  let ticks = 0;
  for (const pid of [pids].flat()) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It ended.
    }
  }
  return ticks / 100;
}

/** Nanoseconds spent on a CPU by processes and all their threads, from /proc/PID/task/TID/schedstat. */
export function cpuNanoseconds(pids) {
  let total = 0;
  for (const pid of [pids].flat()) {
    try {
      for (const task of readdirSync(`/proc/${pid}/task`)) {
        total += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]);
      }
    } catch {
      // It ended.
    }
  }
  return total;
}

// ---- figures ----

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Takes each candidate in turn, round after round, so that a busy moment hits all alike.
 * `candidates`: name → function that gives one figure (or a promise of it). Result: name → samples.
 */
export async function rounds(count, candidates) {
  const samples = new Map(Object.keys(candidates).map((name) => [name, []]));
  for (let round = 0; round < count; round += 1) {
    for (const [name, measureOne] of Object.entries(candidates))
      samples.get(name).push(await measureOne(round));
  }
  return samples;
}

/** A figure with three digits that count. */
export function figure(value) {
  if (!Number.isFinite(value)) return '-';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  if (size >= 0.1) return value.toFixed(2);
  return value.toPrecision(2);
}

/**
 * One table of results.
 *
 * `rows`: [name, samples or figure or undefined, note?]; undefined is shown as `-` with its note.
 * `base`: the name of the row that the others are divided by. `goals`: made by `goal()`.
 */
export function table({ heading, unit, base, rows, goals = [], notes = [] }) {
  const made = rows.map(([name, samples, note = '']) => {
    const list = samples === undefined ? [] : [samples].flat();
    return { name, value: list.length === 0 ? undefined : median(list), samples: list, note };
  });
  return { heading, unit, base, rows: made, goals, notes };
}

/** A goal and whether it is met: `goal('sv status at most 1.25 times node', ratio, '<=', 1.25)`. */
export function goal(text, found, comparison, limit) {
  const met = comparison === '<=' ? found <= limit : found >= limit;
  return { text, found, comparison, limit, met: Number.isFinite(found) && met };
}

/** The lines of a table, as Markdown that reads well in a terminal too. */
export function tableLines({ heading, unit, base, rows, goals, notes }) {
  const reference = rows.find(({ name }) => name === base)?.value;
  const head = ['', unit, ...(base === undefined ? [] : [`times ${base}`]), 'rounds (min … max)', ''];
  const cells = rows.map(({ name, value, samples, note }) => [
    name,
    value === undefined ? '-' : figure(value),
    ...(base === undefined
      ? []
      : [value === undefined || reference === undefined ? '-' : figure(value / reference)]),
    samples.length > 1
      ? `${samples.length} (${figure(Math.min(...samples))} … ${figure(Math.max(...samples))})`
      : '',
    note,
  ]);
  const used = head.map((title, column) => title !== '' || cells.some((row) => row[column] !== ''));
  const kept = [head, ...cells].map((row) => row.filter((_, column) => used[column]));
  const widths = kept[0].map((_, column) => Math.max(...kept.map((row) => [...row[column]].length)));
  const line = (row) =>
    `| ${row
      .map((cell, column) =>
        column > 0 && /^[-\d.]*$/.test(cell)
          ? cell.padStart(cell.length + widths[column] - [...cell].length)
          : cell.padEnd(cell.length + widths[column] - [...cell].length),
      )
      .join(' | ')} |`;
  return [
    `### ${heading}`,
    '',
    line(kept[0]),
    `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`,
    ...kept.slice(1).map(line),
    '',
    ...goals.map(
      ({ text, found, comparison, limit, met }) =>
        `- ${met ? 'met' : '**NOT met**'}: ${text} (found ${
          // What is missed by a hair is told to the hair.
          !met && figure(found) === figure(limit) ? found.toPrecision(5) : figure(found)
        }, wanted ${comparison === '<=' ? 'at most' : 'at least'} ${figure(limit)})`,
    ),
    ...notes.map((note) => `- ${note}`),
    ...(goals.length + notes.length > 0 ? [''] : []),
  ];
}

/** The machine in one line: cores, kernel, node; nothing that names it. */
export function machine() {
  const cpus = readFileSync('/proc/cpuinfo', 'latin1').match(/^processor\s*:/gm)?.length ?? 0;
  const memory = Number(/^MemTotal:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1] ?? 0);
  const kernel = /^(\d+\.\d+)/.exec(readFileSync('/proc/sys/kernel/osrelease', 'latin1'))?.[1] ?? 'unknown';
  const load = readFileSync('/proc/loadavg', 'latin1').split(' ')[0];
  return `${cpus} cores, ${figure(memory / 1048576)} GiB, Linux ${kernel}, Node ${process.version.slice(1)}, load ${load} when it began`;
}

/** The version that dpkg knows of a package, or undefined. */
export function debianVersion(name) {
  if (!existsSync('/usr/bin/dpkg-query')) return undefined;
  const result = spawnSync('dpkg-query', ['-W', '-f=${Version}', name], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout : undefined;
}
