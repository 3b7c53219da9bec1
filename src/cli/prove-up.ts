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
/** Starts that may fail before it counts as a crash loop: the first may have met a pid file or a socket of before. */
const STARTS = 4;
const LOOK_EVERY = 100;

/** The last thing that a script of ours says before it sleeps because something is missing (templates/partials). */
const WAITS = /trying again in 10 s$/;

/** A pid, and since when it has been seen without a break. */
interface Streak {
  pid: number;
  since: number;
}

function follow(streak: Streak, supervise: string, now: number): Streak {
  const slot = readSlot(supervise);
  const pid = slot?.state === 'run' ? (slot.pid ?? 0) : 0;
  return pid === streak.pid ? streak : { pid, since: now };
}

/**
 * `folder` is the service as runsvdir sees it, `logFolder` where its svlogd writes (null: no log service). Waits for
 * runsv at first, then until the service and its log have kept their pids for 3 seconds.
 */
export async function proveUp(folder: string, logFolder: string | null, clock: Clock): Promise<Proof> {
  const supervise = join(folder, 'supervise');
  const begin = clock.monotonic();
  while (!isSupervised(supervise)) {
    if (clock.monotonic() - begin > PATIENCE_TO_BE_TAKEN)
      return { kind: 'not-taken', seconds: Math.round((clock.monotonic() - begin) / 1000) };
    await clock.wait(LOOK_EVERY);
  }
  const taken = clock.monotonic();
  let service: Streak = { pid: 0, since: taken };
  let log: Streak = { pid: 0, since: taken };
  const pids = new Set<number>();
  for (;;) {
    const now = clock.monotonic();
    service = follow(service, supervise, now);
    if (logFolder !== null) log = follow(log, join(folder, 'log/supervise'), now);
    if (service.pid !== 0) pids.add(service.pid);
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
    if (pids.size > STARTS)
      return {
        kind: 'failed',
        why: `it was started ${pids.size} times in ${Math.round((now - taken) / 1000)} s and ended each time`,
      };
    if (now - taken > PATIENCE_TO_COME_UP && lived(service) === 0)
      return {
        kind: 'failed',
        why:
          pids.size === 0
            ? 'it was not started'
            : `it ended ${pids.size === 1 ? 'after its start' : `after each of ${pids.size} starts`}`,
      };
    if (now - taken > PATIENCE_TO_COME_UP && logFolder !== null && lived(log) === 0)
      return { kind: 'failed', why: 'its log service does not stay up' };
    // Lives longer than it is given to come up, yet never 3 s at once.
    if (now - taken > 3 * PATIENCE_TO_COME_UP)
      return {
        kind: 'failed',
        why: `it did not stay up for 3 s within ${Math.round((now - taken) / 1000)} s`,
      };
    await clock.wait(LOOK_EVERY);
  }
}
