/** What a service said last: the end of its log, and lines that came to the ring while doctor watched. Pure. */
import { runOf } from './places.ts';
import { freshLines } from './ring.ts';
import type { ServiceFact, Snapshot } from './snapshot.ts';

/** svlogd's stamps: `-t`, `-tt`, `-ttt`. */
const STAMP = /^(?:@[0-9a-f]{24}|\d{4}-\d\d-\d\d[_T]\d\d:\d\d:\d\d\.\d+) /;
const LINES = 12;

/** Without stamps, oldest first. */
export function lastWords(snapshot: Snapshot, service: ServiceFact): readonly string[] {
  const log = snapshot.logs.find((each) => each.service === service.dir);
  const logged = (log?.tail ?? '')
    .split('\n')
    .map((line) => line.replace(STAMP, ''))
    .filter((line) => line !== '')
    .slice(-LINES);
  // Lines of runit's own programs name what they are about; others are of some service whose stderr has no log.
  const silent = service.log !== null && runOf(snapshot, service).meaning?.joinsStderr === true;
  const fresh = freshLines(snapshot).filter(
    (line) =>
      line.startsWith(`runsv ${service.name}: `) ||
      (!silent && !/^(?:\S+: \d+: )?(?:runsv |runsvdir |svlogd: )/.test(line)),
  );
  return [...new Set([...logged, ...fresh])];
}
