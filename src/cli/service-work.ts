/** What the commands that change something do with services: make runsvdir look, wait, prove, and say why not. */
import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { formatStamp } from '../everyday/stamps.ts';
import { harmless } from '../everyday/width.ts';
import { durationWords, type Ended, endingWords, timesWords } from '../everyday/words.ts';
import type { Layout } from '../layout/layout.ts';
import { homerunLine } from '../shell/words.ts';
import { HomerunError } from '../system/errors.ts';
import { closeLog, openLog, readBackward } from '../system/node/log-files.ts';
import {
  findLogFolder,
  isSupervised,
  readEndings,
  readSlot,
  type ServiceEntry,
} from '../system/node/services.ts';
import { findSupervisor, kickScan, sendControl } from '../system/node/supervisor.ts';
import type { Context } from './context.ts';

/** An idle runsvdir of C looks every five seconds, and its runsv takes a moment to be there. */
const SCAN_PATIENCE = 9000;
/** runit's own patience with a service that is to end, as sv has it. */
export const STOP_PATIENCE = 7000;
const STEP = 60;

/** Polls until the condition holds; false when it does not within so many milliseconds. */
export async function waitUntil(
  context: Context,
  milliseconds: number,
  condition: () => boolean,
): Promise<boolean> {
  const deadline = context.clock.monotonic() + milliseconds;
  for (;;) {
    if (condition()) return true;
    if (context.clock.monotonic() > deadline) return false;
    await context.clock.wait(STEP);
  }
}

export const superviseOf = (entry: ServiceEntry): string => join(entry.path, 'supervise');

/** Where the entry's link leads to nothing: there is nothing that could be started. @throws HomerunError `dangling` */
export function refuseDangling(entries: readonly ServiceEntry[]): void {
  for (const entry of entries) {
    const why = danglingWords(entry);
    if (why !== null) throw danglingError(entry, why);
  }
}

/** Where a link leads to, when that is not there. */
function danglingWords(entry: ServiceEntry): string | null {
  if (statSync(entry.path, { throwIfNoEntry: false }) !== undefined) return null;
  try {
    return `its link leads to ${resolve(dirname(entry.path), readlinkSync(entry.path))}, which is not there`;
  } catch {
    return `${entry.path} is gone`;
  }
}

function danglingError({ name }: ServiceEntry, why: string): HomerunError {
  return new HomerunError('dangling', `${harmless(name)}: ${why}`, {
    hint: `Take the link away: ${homerunLine('disable', [name])}`,
  });
}

export interface Readiness {
  /** runsv looks after these. */
  readonly ready: readonly ServiceEntry[];
  /** One for each cause: why nobody looks after the others, and what to type. */
  readonly problems: readonly HomerunError[];
}

/** Which of them can be told something (`ends`: to end): runsv looks after them. Has the supervisor look, and waits, where need be. */
export async function awaitReady(
  context: Context,
  layout: Layout,
  { verb, ends }: { verb: string; ends: boolean },
  entries: readonly ServiceEntry[],
): Promise<Readiness> {
  const problems: HomerunError[] = [];
  const whole: ServiceEntry[] = [];
  for (const entry of entries) {
    const why = danglingWords(entry);
    if (why === null) whole.push(entry);
    else problems.push(danglingError(entry, why));
  }
  const idle = whole.filter((entry) => !entry.enabled && !isSupervised(superviseOf(entry)));
  if (idle.length > 0) {
    const names = idle.map(({ name }) => name);
    problems.push(
      new HomerunError('not-enabled', `${names.join(' ')}: installed in ${layout.serviceAll}, not enabled`, {
        hint: ends
          ? `${names.length === 1 ? 'It does' : 'They do'} not run: there is nothing to end.`
          : `Enable (and start) ${names.length === 1 ? 'it' : 'them'}: ${homerunLine('enable', names)}`,
      }),
    );
  }
  const missing = await awaitSupervised(
    context,
    layout,
    whole.filter((entry) => entry.enabled),
  );
  if (missing.length > 0) {
    problems.push(
      findSupervisor(layout.serviceDir) === null
        ? new HomerunError('no-supervisor', `${verb}: no supervisor runs on ${layout.serviceDir}`, {
            hint: 'Start it: homerun up',
          })
        : notSupervised(missing),
    );
  }
  return { ready: whole.filter((entry) => !idle.includes(entry) && !missing.includes(entry)), problems };
}

/** The supervisor runs, and passes these over. */
export function notSupervised(entries: readonly ServiceEntry[]): HomerunError {
  const names = entries.map(({ name }) => name);
  return new HomerunError(
    'not-supervised',
    `${names.join(' ')}: the supervisor does not look after ${names.length === 1 ? 'it' : 'them'}`,
    { hint: `To find out why: ${homerunLine('doctor', names)}` },
  );
}

/** Waits until runsv looks after each of them; returns those that it does not. */
export async function awaitSupervised(
  context: Context,
  layout: Layout,
  entries: readonly ServiceEntry[],
): Promise<ServiceEntry[]> {
  const missing = (): ServiceEntry[] => entries.filter((entry) => !isSupervised(superviseOf(entry)));
  if (missing().length === 0) return [];
  if (findSupervisor(layout.serviceDir) === null) return missing();
  kickScan(layout.serviceDir);
  await waitUntil(context, SCAN_PATIENCE, () => missing().length === 0);
  return missing();
}

export interface Proof {
  readonly entry: ServiceEntry;
  readonly up: boolean;
  readonly pid: number | null;
  /** Why not, as the end of a sentence. */
  readonly why: string | null;
}

/** So long a service must stay up to count as up: runsv itself takes less than a second for a failed start. */
const PROOF = 1200;
const START_PATIENCE = 9000;

/**
 * Watches services that were told to start at `begun` (milliseconds since the epoch) until each has stayed up for a
 * while, or has not.
 */
export async function proveUp(
  context: Context,
  entries: readonly ServiceEntry[],
  begun: number,
): Promise<Proof[]> {
  const watched = entries.map((entry) => ({
    entry,
    starts: new Set<number>(),
    downs: new Set<number>(),
    proof: null as Proof | null,
  }));
  const decide = ({ entry, starts, downs }: (typeof watched)[number]): Proof | null => {
    const supervise = superviseOf(entry);
    const fail = (why: string): Proof => ({ entry, up: false, pid: null, why });
    if (!isSupervised(supervise)) return fail('its runsv is gone');
    const slot = readSlot(supervise);
    if (slot === null) return null;
    const endings = readEndings(supervise).filter((ending) => !ending.asked && ending.at > begun);
    const last: Ended | undefined = endings.at(-1);
    if (last !== undefined) {
      const times = endings.length > 1 ? `, ${timesWords(endings.length)} so far` : '';
      return fail(`it does not stay up: ${endingWords(last)}${times}`);
    }
    if (slot.state === 'run' && slot.pid !== null && !slot.gotTerm) {
      starts.add(slot.since);
      if (slot.since >= begun && starts.size > 1)
        return fail('it does not stay up: it was started again and again');
      if (context.clock.now() - slot.since >= PROOF) return { entry, up: true, pid: slot.pid, why: null };
    } else if (slot.state !== 'run' && slot.want === 'up') {
      downs.add(slot.since);
      if (downs.size > 2) return fail('it does not stay up: it ends at once, again and again');
    } else if (slot.state === 'down' && slot.want === 'down') return fail('it is wanted down');
    return null;
  };
  await waitUntil(context, START_PATIENCE, () => {
    for (const each of watched) each.proof ??= decide(each);
    return watched.every(({ proof }) => proof !== null);
  });
  return watched.map(
    ({ entry, proof }) =>
      proof ?? { entry, up: false, pid: null, why: `it was not up within ${START_PATIENCE / 1000} s` },
  );
}

/** The last lines of a service's log, indented, oldest first. */
export function lastLogLines(context: Context, layout: Layout, entry: ServiceEntry, count: number): string[] {
  const folder = findLogFolder(layout, entry.home ?? entry.name, entry.path, context.env);
  try {
    const log = openLog(folder);
    const lines: string[] = [];
    const span = { service: entry.name, from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
    for (const line of readBackward(log, span)) {
      const stamp = line.stamped ? `${formatStamp(line.time, false)} ` : '';
      lines.push(`${stamp}${context.terminal ? harmless(line.text) : line.text}`);
      if (lines.length === count) break;
    }
    closeLog(log);
    return lines.reverse();
  } catch {
    return [];
  }
}

/** Says on stderr why a service is not up: the last lines of its log, and what doctor finds about it. */
export async function explainFailure(context: Context, layout: Layout, proof: Proof): Promise<void> {
  const { entry } = proof;
  context.err(`homerun: ${entry.name}: ${proof.why}\n`);
  // What it said last may still be on its way through the pipe to its logger.
  let lines: string[] = [];
  await waitUntil(context, 1500, () => {
    lines = lastLogLines(context, layout, entry, 5);
    return lines.length > 0 || !isThere(join(entry.path, 'log'));
  });
  if (lines.length > 0) {
    context.err(
      `${context.colours.dim('  Last lines of its log:')}\n${lines.map((line) => `    ${line}\n`).join('')}`,
    );
  }
  const [{ collect }, { diagnose }, { formatFinding }, { doctorWorld }] = await Promise.all([
    import('../doctor/collect/collect.ts'),
    import('../doctor/diagnose.ts'),
    import('../doctor/report.ts'),
    import('./doctor-world.ts'),
  ]);
  const diagnosis = diagnose(await collect(doctorWorld(context), { services: [entry.name], sample: 0 }));
  const findings = diagnosis.findings.filter(
    (finding) =>
      finding.severity === 'error' &&
      finding.check !== 'flapping' &&
      (finding.services ?? [finding.service]).includes(entry.name),
  );
  for (const finding of findings) {
    context.err(`${formatFinding(finding, diagnosis, context.columns, context.colours)}`);
  }
  context.err(
    findings.some((finding) => finding.fix !== null)
      ? `To mend it: ${homerunLine('doctor', [entry.name], '--fix')}\n`
      : `More about it: ${homerunLine('doctor', [entry.name])}\n`,
  );
}

/** True when the entry is there, also as a link that leads nowhere. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Sends `d` and waits; null when it is down (or nobody looks after it), else why it is not. */
export async function bringDown(context: Context, entry: ServiceEntry): Promise<string | null> {
  const supervise = superviseOf(entry);
  if (!isSupervised(supervise)) return null;
  sendControl(supervise, 'd');
  const down = await waitUntil(context, STOP_PATIENCE, () => {
    const slot = readSlot(supervise);
    return !isSupervised(supervise) || (slot !== null && slot.pid === null && slot.state === 'down');
  });
  if (down) return null;
  const slot = readSlot(supervise);
  const since = slot === null ? '' : ` for ${durationWords((context.clock.now() - slot.changed) / 1000)}`;
  return `it got TERM and has not ended${since} (pid ${slot?.pid ?? '?'})`;
}

/** Waits until no runsv looks after a directory any more: after its link was taken away. */
export async function awaitGone(context: Context, layout: Layout, directory: string): Promise<boolean> {
  const supervise = join(directory, 'supervise');
  if (!isSupervised(supervise)) return true;
  kickScan(layout.serviceDir);
  // `x` makes it go at once; runsvdir starts it again only while there is a link.
  sendControl(supervise, 'x');
  return waitUntil(context, SCAN_PATIENCE, () => !isSupervised(supervise));
}
