/** What a service said last: the end of its log, and lines that came to the ring while doctor watched. Pure. */
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
  // Lines of runit's own programs name what they are about; others may be of any service without a log.
  const fresh = freshLines(snapshot).filter(
    (line) => !/^(runsv|runsvdir) /.test(line) || line.startsWith(`runsv ${service.name}: `),
  );
  return [...new Set([...logged, ...fresh])];
}
