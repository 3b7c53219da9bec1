import { isShell } from '../../shell/shebang.ts';
import { parseStamp } from '../../supervisor/core/read-stamp.ts';
import { serviceCheck } from '../check.ts';
import { runOf } from '../places.ts';
import { programOf } from '../program.ts';
import { treeOf } from '../tree.ts';
import { isFlapping } from './flapping.ts';

const FAILURE =
  /\b(error|fail(ed|s|ure)?|fatal|cannot|can[’']t|couldn[’']t|could not|unable to|denied|refused|not found|no such|not permitted|unreachable)\b/i;
/** So often among the last lines, and the last time so short ago, milliseconds. */
const LINES = 12;
const OFTEN = 5;
const RECENT = 120_000;

export const check = serviceCheck({
  id: 'daemon-keeps-failing',
  severity: 'info',
  layer: 'daemon',
  title: 'the service is up, and says again and again that something fails',
  section: 'Troubleshoot: Read-Only Diagnostic Tests',
  explain: [
    'A run with a loop of its own (while :; do daemon; sleep 5; done) hides from runsv that the daemon fails: the service is up for hours, and does nothing. Its log has the same line again and again.',
    'By hand: svl status NAME; tail the log. Let run end in exec DAEMON: runsv is the loop.',
  ],
  see: (snapshot, service) => {
    const daemon = treeOf(snapshot).daemon(service.main);
    if (daemon === undefined || isFlapping(snapshot, service.main)) return undefined;
    const log = snapshot.logs.find((each) => each.service === service.dir);
    const lines = (log?.tail ?? '').trimEnd().split('\n').slice(-LINES);
    const said = lines.flatMap((line) => {
      const stamp = parseStamp(line);
      return stamp === null ? [] : [{ at: stamp.time / 1000, text: line.slice(stamp.length) }];
    });
    const last = said.at(-1);
    if (last === undefined || snapshot.at - last.at > RECENT) return undefined;
    // Older lines are of another start, perhaps before it was mended.
    const texts = said
      .filter(({ at, text }) => at > daemon.started && FAILURE.test(text))
      .map(({ text }) => text);
    const counts = new Map<string, number>();
    for (const text of texts) {
      const shape = text.replace(/\d+/g, '#');
      counts.set(shape, (counts.get(shape) ?? 0) + 1);
    }
    const [shape, count] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
    if (count < OFTEN) return undefined;
    const text = texts.findLast((each) => each.replace(/\d+/g, '#') === shape) ?? '';
    // A loop in run, and not the daemon's own affair.
    const loops = isShell(programOf(daemon).name) && daemon.argv.includes('./run');
    return {
      path: runOf(snapshot, service).path,
      severity: loops ? 'warning' : 'info',
      summary: 'it is up, and says again and again that something fails',
      evidence: [`${count} of its last ${lines.length} lines: ${text.slice(0, 160)}`],
      cause: loops
        ? 'A loop in run starts it again each time, so that sv calls the service up. Mend what the line says. If it is a daemon, and not a program that does its work and ends, let run end in exec DAEMON: then sv shows when it fails.'
        : 'It tries again and again by itself. Mend what the line says.',
    };
  },
});
