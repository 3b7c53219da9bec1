import { join } from 'node:path';
import type { Check } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { programOf } from '../program.ts';
import { freshLines, isRepeating, linesAbout, ringOf } from '../ring.ts';
import { fixBy, say } from '../say.ts';
import type { ProcessFact, ServiceFact, Snapshot } from '../snapshot.ts';
import { describeProcess } from '../strays.ts';
import { linked, pathOf, treeOf } from '../tree.ts';

/** Did a runsv of that name say, while doctor looked, that it cannot have the lock? */
function isRefused(snapshot: Snapshot, name: string): boolean {
  const ring = ringOf(snapshot);
  const lines = [...freshLines(snapshot), ...(isRepeating(ring) ? ring : [])];
  return linesAbout(lines, name).some((line) => line.includes('unable to lock supervise/lock'));
}

/** A daemon may take so long to end. In milliseconds. */
const PATIENCE = 5000;

/** Since when, in milliseconds, this runsv has been told to end: its last word about itself. Undefined: not known. */
function toldFor(snapshot: Snapshot, service: ServiceFact): number | undefined {
  const written = pathOf(snapshot, service.main.path, 'stat').to?.mtime;
  return written === undefined ? undefined : snapshot.at - written;
}

/** The link is younger than the runsv: it went, and came again. */
function wasLinkedAnew(snapshot: Snapshot, service: ServiceFact, runsv: ProcessFact): boolean {
  return service.links.some((link) => {
    const made = pathOf(snapshot, link).self?.mtime;
    return made !== undefined && made > runsv.started && snapshot.at - made >= PATIENCE;
  });
}

export const check: Check = {
  id: 'removed-service-still-running',
  severity: 'error',
  layer: 'supervisor',
  title: 'the link was removed, and its runsv cannot end: the daemon or a helper does not',
  section: 'Brute Force Troubleshooting',
  explain: [
    'When a link goes, runsvdir sends its runsv TERM and forgets it. That runsv waits for its daemon (which may ignore TERM) and for its logger (which waits until nobody has the pipe open any more). Put back, the service gets a new runsv, which cannot lock supervise: "temporary failure", each second.',
    'By hand: end what holds it: the daemon (svl kill NAME, or kill -9 its pid), or the helper that has the log pipe open.',
  ],
  run: (snapshot) => {
    const tree = treeOf(snapshot);
    // Whether a link was removed is only known of a directory that can be read.
    const { serviceDir } = snapshot;
    if (
      serviceDir.to?.kind !== 'directory' ||
      serviceDir.can.read !== 'ok' ||
      serviceDir.can.execute !== 'ok'
    )
      return [];
    const known = new Map(linked(snapshot).map((service) => [service.id, service]));
    return tree.runsvs.flatMap((runsv) => {
      if (tree.main === undefined || runsv.ppid !== tree.main.process.pid || runsv.cwdId === null) return [];
      const service = known.get(runsv.cwdId);
      const twins = tree.runsvs.filter((each) => each.cwdId === runsv.cwdId && each.ppid === runsv.ppid);
      const others = snapshot.services.find((each) => each.id === runsv.cwdId);
      // Linked as it should be, or young: it may be about to end.
      const told = /exit/.test((service ?? others)?.main.statText ?? 'exit');
      if (!told) return [];
      // Its directory was replaced, and runsvdir has not looked since: it was told nothing.
      const named = linked(snapshot).find((each) => each.name === programOf(runsv).args[0]);
      if (service === undefined && named !== undefined && tree.keepers(named).every((each) => each === runsv))
        return [];
      if (service !== undefined) {
        if ((toldFor(snapshot, service) ?? PATIENCE) < PATIENCE) return [];
        // A new runsv is there, or comes each second and cannot have the lock; which may not be seen on a busy machine.
        if (
          twins.length < 2 &&
          !isRefused(snapshot, service.name) &&
          !wasLinkedAnew(snapshot, service, runsv)
        )
          return [];
      }
      if (service !== undefined && runsv !== [...twins].sort((a, b) => a.started - b.started)[0]) return [];
      if (
        service === undefined &&
        (snapshot.asked.length > 0 || snapshot.at - (snapshot.serviceDir.to?.mtime ?? 0) < 8000)
      )
        return [];
      const below = tree.descendants(runsv.pid).filter((process) => process.state !== 'Z');
      const name = service?.name ?? others?.name ?? programOf(runsv).args[0] ?? '';
      const daemons = below.filter(
        (process) => process.ppid === runsv.pid && programOf(process).name !== 'svlogd',
      );
      return [
        say(check, {
          service: name,
          path: join(snapshot.layout.serviceDir, name),
          summary: `${name}: the runsv of the removed link (pid ${runsv.pid}) cannot end`,
          evidence: [
            `cwd of pid ${runsv.pid}: ${runsv.cwd}`,
            ...below.slice(0, 4).map((process) => `waits for ${describeProcess(process)}`),
          ],
          cause:
            daemons.length > 0
              ? 'Its daemon does not end on TERM. A new runsv of the same service cannot start before.'
              : 'Something has the pipe to its logger still open. End that process; a new runsv cannot start before.',
          fix:
            daemons.length === 0
              ? null
              : fixBy({
                  title: 'kill what the old runsv waits for',
                  risk: 'restart',
                  commands: [`kill -KILL ${daemons.map((each) => each.pid).join(' ')}`],
                  actions: daemons.map((each) => ({
                    kind: 'signal',
                    pid: each.pid,
                    ticks: each.ticks,
                    signal: 'SIGKILL',
                  })),
                  settle: SETTLE_SCAN,
                }),
        }),
      ];
    });
  },
};
