import { basename } from 'node:path';
import { serviceCheck } from '../check.ts';
import { portsOf } from '../collect/in-use.ts';
import { SETTLE_RUN } from '../finding.ts';
import { isSameCommand, scriptOf } from '../named-paths.ts';
import { lastTarget, runOf } from '../places.ts';
import { programOf } from '../program.ts';
import type { ProcessFact, ServiceFact, Snapshot } from '../snapshot.ts';
import { describeProcess, straysOf } from '../strays.ts';
import { treeOf } from '../tree.ts';
import { lastWords } from '../words-of-daemons.ts';
import { isFlapping } from './flapping.ts';

const SAYS =
  /already|in use|another instance|is running|unable to lock|could(?: not|n't) (?:lock|bind)|EADDRINUSE|resource temporarily unavailable/i;

/** chpst says what it could not lock before there is a daemon: another check tells who has that. */
const OF_CHPST = /^chpst: /;
/** Of these any number runs beside each other, for all kinds of reasons. */
const TOOLS =
  /^(sleep|cat|tail|head|tee|grep|sed|awk|find|sort|xargs|env|nice|ionice|nohup|setsid|stdbuf|timeout|watch|yes|dd|cp|rsync|ssh|curl|wget|nc|socat|flock|chpst|less|vi|vim|make|git)$/;

/** Own processes of the same program that no runsv has started, and that no other service has left behind. */
function outside(
  snapshot: Snapshot,
  service: ServiceFact,
  program: string,
  script: string | null | undefined,
): readonly ProcessFact[] {
  // An interpreter runs all kinds of things: only its script says what it is.
  if (script === null) return [];
  const tree = treeOf(snapshot);
  const strays = straysOf(snapshot, service);
  const name = basename(program);
  const roots = [snapshot.serviceAll.real, snapshot.serviceDir.real].filter((root) => root !== null);
  return snapshot.processes.filter((process) => {
    if (process.uid !== snapshot.who.uid || process.state === 'Z' || strays.includes(process)) return false;
    if (tree.isSupervised(process)) return false;
    if (process.cwdId !== service.id && roots.some((root) => process.cwd?.startsWith(`${root}/`)))
      return false;
    if (script !== undefined) return process.argv.slice(1, 6).includes(script);
    if (basename(process.exe ?? '') === name || programOf(process).name === name) return true;
    // A script: its interpreter with the script's path.
    return process.argv
      .slice(1, 4)
      .some((word) => word === program || (word.includes('/') && basename(word) === name));
  });
}

export const check = serviceCheck({
  id: 'daemon-already-running-outside',
  severity: 'error',
  layer: 'daemon',
  title: 'another instance of the daemon, which runsv did not start, holds its port, socket or lock',
  section: 'Supervising Pulseaudio With Your Specific User Runit',
  explain: [
    'A copy that was started by hand, by the desktop’s autostart or in an earlier session holds what the daemon needs. The supervised one says "already running" or "Address already in use" and ends, again and again.',
    'By hand: end the copy by its pid, and take it out of the autostart.',
  ],
  see: (snapshot, service) => {
    const place = runOf(snapshot, service);
    const started = lastTarget(snapshot, place)?.started;
    const program = started?.program;
    if (started === undefined || program == null || !isFlapping(snapshot, service.main)) return undefined;
    const words = lastWords(snapshot, service).filter((line) => SAYS.test(line) && !OF_CHPST.test(line));
    const all = outside(snapshot, service, program, scriptOf(started));
    const same = all.filter((each) => isSameCommand(each, basename(program), started.args));
    // With other arguments it is the one that is meant only where there is one, and then a person is to judge.
    const others = same.length > 0 ? same : all.length === 1 && !TOOLS.test(basename(program)) ? all : [];
    if (words.length === 0 || others.length === 0) return undefined;
    // Who has a port is known for certain.
    if (words.some((line) => portsOf(line).some((port) => snapshot.inUse?.ports[port] !== undefined)))
      return undefined;
    return {
      path: place.path,
      summary: `${basename(program)} runs already, outside of supervision`,
      evidence: [
        ...words.slice(-1),
        ...others
          .slice(0, 3)
          .map(
            (each) =>
              `${describeProcess(each)}, parent ${each.ppid}, since ${new Date(each.started).toISOString()}`,
          ),
      ],
      cause:
        same.length > 0
          ? 'The supervised one cannot have what the other one holds. End that one, and take it out of the autostart.'
          : `Most likely the supervised one cannot have what that one holds. If so, end it: kill ${others[0]?.pid}; and take it out of the autostart.`,
      fix:
        same.length === 0
          ? null
          : {
              title: `end the copy of ${basename(program)} that runs outside`,
              risk: 'restart',
              commands: [`kill ${others.map((each) => each.pid).join(' ')}`],
              operations: [],
              actions: others.map((each) => ({
                kind: 'signal',
                pid: each.pid,
                ticks: each.ticks,
                signal: 'SIGTERM',
              })),
              settle: SETTLE_RUN * 2,
            },
    };
  },
});
