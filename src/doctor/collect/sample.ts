/** Watches what looks young or unsteady for a few seconds: pids that change, messages that appear. */
import { programOf } from '../program.ts';
import type { Sample, Snapshot, StatusFact, SuperviseFact } from '../snapshot.ts';
import { Looker } from './looker.ts';
import { readStatus } from './supervise.ts';
import type { World } from './world.ts';

/** Between two looks, milliseconds: a run that fails is tried once a second. */
const STEP = 200;
/** Looks at least, on a machine that is too busy for its steps: fewer tell nothing about a change. */
const LEAST = 4;
/** A state this young may be about to change, milliseconds. */
const YOUNG = 3000;
/** So many times longer it looks, at most, while one is so young that a second start may still come. */
const MORE = 2;

/** Does one look not settle it? */
export function looksUnsteady(supervise: SuperviseFact, now: number): boolean {
  const { status, answers } = supervise;
  if (answers !== 'ok' || status === null) return false;
  const age = now - status.changed;
  if (status.state === 'down') return status.want === 'u' || age < YOUNG;
  return age < YOUNG || status.gotTerm || status.state === 'finish' || (status.want === 'd' && age < YOUNG);
}

/** The process that status names is in the process table. */
function agrees({ answers, status }: SuperviseFact, living: ReadonlySet<number>): boolean {
  return answers !== 'ok' || status === null || status.pid === 0 || living.has(status.pid);
}

function rings(world: World, snapshot: Snapshot): Record<string, string> {
  const found: Record<string, string> = {};
  for (const process of snapshot.processes) {
    if (programOf(process).name !== 'runsvdir') continue;
    const text = world.probe.proc(`/proc/${process.pid}/cmdline`);
    if (text !== undefined) found[process.pid] = text;
  }
  return found;
}

/** One that is young, or was started anew once while it was watched: will it stay now, or is that what it always does? */
function isOpen(unsteady: readonly SuperviseFact[], samples: readonly Sample[]): boolean {
  const last = samples.at(-1) as Sample;
  return unsteady.some(({ path }) => {
    const looks = samples.flatMap((sample) => sample.status[path] ?? []);
    const moments = new Set(looks.map((status) => `${status.changed} ${status.pid}`));
    const end = looks.at(-1);
    if (end?.want !== 'u' || last.at - end.changed >= YOUNG) return false;
    return moments.size === 2 || (moments.size === 1 && end.state === 'run');
  });
}

/** Empty when everything is steady. */
export async function collectSamples(
  world: World,
  snapshot: Snapshot,
  milliseconds: number,
): Promise<Sample[]> {
  const living = new Set(
    snapshot.processes.filter((process) => process.state !== 'Z').map((process) => process.pid),
  );
  const unsteady = snapshot.services
    .flatMap((service) => (service.log === null ? [service.main] : [service.main, service.log]))
    .filter((supervise) => looksUnsteady(supervise, snapshot.at) || !agrees(supervise, living));
  // A link without a runsv: runsvdir may be about to start one.
  const unserved = snapshot.services.some(
    (service) => service.links.length > 0 && service.main.answers !== 'ok',
  );
  if ((unsteady.length === 0 && !unserved) || milliseconds <= 0) return [];
  const samples: Sample[] = [];
  const until = world.clock.monotonic() + milliseconds;
  for (;;) {
    const looker = new Looker(world.probe, snapshot.mounts);
    const status: Record<string, StatusFact | null> = {};
    for (const supervise of unsteady) status[supervise.path] = readStatus(looker, supervise.path);
    samples.push({ at: world.clock.now(), status, rings: rings(world, snapshot) });
    const now = world.clock.monotonic();
    if (
      samples.length >= LEAST &&
      now >= until &&
      (now >= until + MORE * milliseconds || !isOpen(unsteady, samples))
    )
      return samples;
    await world.clock.wait(STEP);
  }
}
