import { type Seen, serviceCheck } from '../check.ts';
import { type Fix, SETTLE_SCAN } from '../finding.ts';
import { programOf } from '../program.ts';
import { fixBy } from '../say.ts';
import type { ProcessFact, ServiceFact, Snapshot } from '../snapshot.ts';
import { halves, hostedProcess } from '../supervises.ts';
import { pathOf, treeOf } from '../tree.ts';
import { shellPath } from '../words.ts';

/** What runsv keeps open for its life. */
const FILES = ['control', 'ok', 'lock'] as const;

/** runsv makes its FIFOs as soon as it is started, milliseconds. */
const YOUNG = 5000;

/** A runsv runs, and its FIFOs are not where they should be: a mount went away, or what a link leads to. */
function withoutFifos(snapshot: Snapshot, service: ServiceFact): Seen | undefined {
  if (service.main.answers !== 'ENOENT') return undefined;
  const keeper = treeOf(snapshot).keeper(service);
  const hosted = hostedProcess(snapshot, service);
  const own = keeper !== undefined && programOf(keeper).name === 'runsv' ? keeper : undefined;
  const living = own ?? hosted;
  if (living === undefined || snapshot.at - living.started < YOUNG) return undefined;
  const { path } = service.main;
  const { self, target } = pathOf(snapshot, path);
  const gone = 'A file system was unmounted there, or what supervise leads to was removed.';
  return {
    path,
    summary: 'what was made in its supervise is not there any more: sv does not reach it',
    evidence: [
      `pid ${living.pid} (${programOf(living).name}) runs, and there is no ${path}/ok`,
      ...(self?.kind === 'symlink' ? [`supervise is a link to ${target}`] : []),
    ],
    cause:
      own === undefined
        ? `${gone} The supervisor goes on with what it has open. ${relink(snapshot, service)}`
        : `${gone} runsv goes on with what it has open; it has to end, and the next one makes supervise again.`,
    fix: own === undefined ? null : endRunsv(own),
  };
}

/** How the shared supervisor is brought to make supervise again. */
function relink(snapshot: Snapshot, service: ServiceFact): string {
  return `Take the link away for 6 seconds, and make it again: rm LINK; sleep 6; ln -s ${shellPath(snapshot, service.dir)} LINK`;
}

function endRunsv({ pid, ticks }: ProcessFact): Fix {
  return fixBy({
    title: 'end this runsv with its service; runsvdir starts a new one',
    risk: 'restart',
    commands: [`kill -TERM ${pid}`],
    actions: [{ kind: 'signal', pid, ticks, signal: 'SIGTERM' }],
    settle: SETTLE_SCAN,
  });
}

export const check = serviceCheck({
  id: 'supervise-removed-live',
  severity: 'error',
  layer: 'supervise',
  title: 'supervise was removed or replaced while runsv has it open: the service cannot be reached',
  section: 'Brute Force Troubleshooting',
  explain: [
    'rm -rf supervise under a runsv that runs does not reset anything: it goes on with the removed FIFOs, and no sv reaches it any more.',
    'By hand: kill -TERM the runsv of that service (its pid: pgrep -f "runsv NAME"). It stops the service and ends; runsvdir starts a new one, which makes supervise again.',
  ],
  see: (snapshot, service) => {
    const tree = treeOf(snapshot);
    const [half] = halves(snapshot, service);
    const folder = half?.fact.real ?? `${service.dir}/supervise`;
    if (half === undefined) return undefined;
    const lost = (process: ProcessFact): string[] =>
      FILES.filter((file) => process.fds.some(({ target }) => target === `${folder}/${file} (deleted)`));
    const holders = FILES.flatMap((file) => tree.openers(`${folder}/${file} (deleted)`)).filter((process) =>
      /^(runsv|runsvdir)$/.test(programOf(process).name),
    );
    const [holder] = holders;
    if (holder === undefined) return withoutFifos(snapshot, service);
    const files = lost(holder);
    // The right one has it open as well: then this is only left over for a moment.
    const own = programOf(holder).name === 'runsv' && tree.keepers(service).includes(holder);
    const reached = !files.includes('control') && !files.includes('ok');
    const whole = half.fact.to === null || files.length === FILES.length;
    return {
      path: service.main.path,
      severity: reached ? 'warning' : 'error',
      summary: reached
        ? 'supervise/lock was removed or replaced while it runs: a second runsv could start beside it'
        : `${whole ? 'its supervise' : files.map((file) => `supervise/${file}`).join(' and ')} was removed or replaced while it runs: sv does not reach it any more`,
      evidence: files.map(
        (file) => `pid ${holder.pid} (${programOf(holder).name}) has ${folder}/${file} (deleted) open`,
      ),
      cause: own
        ? 'runsv goes on with files that are gone. It has to end; the next one makes supervise again.'
        : `The supervisor goes on with files that are gone. ${relink(snapshot, service)}`,
      fix: own ? endRunsv(holder) : null,
    };
  },
});
