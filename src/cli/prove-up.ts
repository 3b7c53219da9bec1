/** Watches a service that was just linked until it has proved to stay up, or is seen not to. */
import { join } from 'node:path';
import { isSupervised, readCommand, readLastLine, readSlot } from '../system/node/services.ts';
import type { Clock } from '../system/ports.ts';

export type Proof =
  | { readonly kind: 'up'; readonly pid: number; readonly logPid: number | null; readonly seconds: number }
  /** No runsv took it within the time that runsvdir's scan needs. */
  | { readonly kind: 'not-taken'; readonly seconds: number }
  | { readonly kind: 'failed'; readonly why: string };

/** Milliseconds that one pid must live to count as up. */
const STAYS = 3000;
/** runsvdir looks every 5 s; a busy machine takes its time. */
const PATIENCE_TO_BE_TAKEN = 20_000;
/** Without any start that lasts, it is given up after this long. */
const PATIENCE_TO_COME_UP = 12_000;
/** Ends that count as a crash loop: the first start may have met a pid file or a socket of before. */
const ENDS = 4;
const LOOK_EVERY = 100;

/** The last thing that a script of ours says before it sleeps because something is missing (templates/partials). */
const WAITS = /trying again in 10 s$/;

/** A pid, since when it has been seen without a break, and how many ends were seen before it. */
interface Streak {
  readonly pid: number;
  readonly since: number;
  /** The stamp of its last stop; a start shorter than the time between two looks shows only there. */
  readonly stopped: number | null;
  readonly ends: number;
}

function begin(now: number): Streak {
  return { pid: 0, since: now, stopped: null, ends: 0 };
}

function follow(streak: Streak, supervise: string, now: number): Streak {
  const slot = readSlot(supervise);
  const pid = slot?.state === 'run' ? (slot.pid ?? 0) : 0;
  if (pid !== 0) {
    if (pid === streak.pid) return streak;
    // From one pid to another: the end between them was too short to be seen.
    return { ...streak, pid, since: now, stopped: null, ends: streak.ends + (streak.pid === 0 ? 0 : 1) };
  }
  const stopped = slot?.since ?? null;
  if (streak.pid !== 0) return { pid, since: now, stopped, ends: streak.ends + 1 };
  const another = streak.stopped !== null && stopped !== null && stopped !== streak.stopped;
  return { ...streak, stopped, ends: streak.ends + (another ? 1 : 0) };
}

/**
 * `folder` is the service as runsvdir sees it, `logFolder` where its svlogd writes (null: no log service). Waits for
 * runsv at first, then until the service and its log have kept their pids for 3 seconds.
 */
export async function proveUp(folder: string, logFolder: string | null, clock: Clock): Promise<Proof> {
  const supervise = join(folder, 'supervise');
  const start = clock.monotonic();
  while (!isSupervised(supervise)) {
    const waited = clock.monotonic() - start;
    if (waited > PATIENCE_TO_BE_TAKEN) return { kind: 'not-taken', seconds: Math.round(waited / 1000) };
    await clock.wait(LOOK_EVERY);
  }
  const taken = clock.monotonic();
  let service = begin(taken);
  let log = begin(taken);
  for (;;) {
    const now = clock.monotonic();
    const seconds = Math.round((now - taken) / 1000);
    service = follow(service, supervise, now);
    if (logFolder !== null) log = follow(log, join(folder, 'log/supervise'), now);
    const lived = (streak: Streak) => (streak.pid === 0 ? 0 : now - streak.since);
    if (lived(service) >= STAYS && (logFolder === null || lived(log) >= STAYS)) {
      const words = readCommand(service.pid) ?? [];
      const last = logFolder === null ? null : readLastLine(join(logFolder, 'current'));
      if (words[0] === 'sleep' && last !== null && WAITS.test(last.text))
        return { kind: 'failed', why: `it waits: ${last.text}` };
      return {
        kind: 'up',
        pid: service.pid,
        logPid: logFolder === null ? null : log.pid,
        seconds: Math.round(lived(service) / 1000),
      };
    }
    if (service.ends >= ENDS)
      return {
        kind: 'failed',
        why: `it was started again and again, and ended ${service.ends} times in ${seconds} s`,
      };
    if (now - taken > PATIENCE_TO_COME_UP && service.pid === 0)
      return { kind: 'failed', why: service.ends === 0 ? 'it was not started' : 'it ended after its start' };
    if (now - taken > PATIENCE_TO_COME_UP && logFolder !== null && log.pid === 0)
      return { kind: 'failed', why: 'its log service does not stay up' };
    // Lives longer than it is given to come up, yet never 3 s at once.
    if (now - taken > 3 * PATIENCE_TO_COME_UP)
      return { kind: 'failed', why: `it did not stay up for 3 s within ${seconds} s` };
    await clock.wait(LOOK_EVERY);
  }
}
