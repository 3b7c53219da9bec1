/**
 * Crash loops under a supervisor that keeps no history (C runit): looked at for a moment instead.
 *
 * runsv starts a service that ended within its first second again after one second. So two starts within two and a half
 * seconds tell a loop; and what has been up for longer than its second tells that there is none.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { ServiceFacts } from '../../everyday/service-facts.ts';
import { readSlot } from './services.ts';

const LONGEST = 2400;
const STEP = 100;
const QUIET = 1300;

/** Worth a second look: wanted up, without a history, and not up or only just. */
export function isSuspicious(facts: ServiceFacts, now: number): boolean {
  const { slot } = facts;
  return (
    facts.supervised &&
    slot !== null &&
    slot.want === 'up' &&
    !slot.paused &&
    !slot.gotTerm &&
    facts.endings.length === 0 &&
    (slot.state !== 'run' || now - slot.since < 2000)
  );
}

/** The same services, those that are suspicious looked at for up to 2.4 seconds. */
export async function sampleStarts(
  services: readonly ServiceFacts[],
  now: () => number,
): Promise<ServiceFacts[]> {
  const begin = now();
  const watched = new Map(
    services
      .filter((facts) => isSuspicious(facts, begin))
      .map((facts) => [facts, { since: facts.slot?.since ?? 0, changes: 0, slot: facts.slot }]),
  );
  const undecided = (): boolean =>
    [...watched].some(
      ([, seen]) => seen.changes < 3 && !(seen.slot?.state === 'run' && now() - seen.slot.since > QUIET),
    );
  while (watched.size > 0 && now() - begin < LONGEST && undecided()) {
    await wait(STEP);
    for (const [facts, seen] of watched) {
      const slot = readSlot(`${facts.folder}/supervise`);
      if (slot === null) continue;
      seen.slot = slot;
      if (slot.since !== seen.since) {
        seen.since = slot.since;
        seen.changes += 1;
      }
    }
  }
  const seconds = Math.max(1, Math.round((now() - begin) / 1000));
  return services.map((facts) => {
    const seen = watched.get(facts);
    if (seen === undefined) return facts;
    // Each start and each end stamps anew: two changes are an end and a start.
    const starts = seen.changes < 2 ? 0 : Math.ceil(seen.changes / 2);
    return { ...facts, slot: seen.slot, sampled: { starts, seconds } };
  });
}
