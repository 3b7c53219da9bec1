import type { Check } from '../check.ts';
import { parseMessage } from '../evidence/messages.ts';
import { freshLines, linesAbout } from '../ring.ts';
import type { ServiceFact, Snapshot, StatusFact, SuperviseFact } from '../snapshot.ts';
import { linked } from '../tree.ts';
import { duration, svl } from '../words.ts';

/** A service whose state says "wanted up, but down" in every look, or whose pid changed so often, is not up. */
const CHANGES = 2;
/** Down and wanted up for longer than runsv's pause of a second, milliseconds. */
const PAUSE = 1000;

export interface Restlessness {
  /** How many different starts and stops were seen. */
  readonly changes: number;
  /** Share of looks in which it was down although wanted up. */
  readonly down: number;
  readonly looks: number;
}

/** What the samples say about one supervise directory; undefined when it was not watched, or is wanted down. */
export function restlessness(snapshot: Snapshot, supervise: SuperviseFact): Restlessness | undefined {
  const looks = snapshot.samples
    .map((sample) => sample.status[supervise.path])
    .filter((status): status is StatusFact => status !== null && status !== undefined);
  if (looks.length < 3 || looks.some((status) => status.want !== 'u')) return undefined;
  const moments = new Set(looks.map((status) => `${status.changed} ${status.pid}`));
  return {
    changes: moments.size - 1,
    down: looks.filter((status) => status.state === 'down').length / looks.length,
    looks: looks.length,
  };
}

/** Starts and ends again and again, as far as was watched. */
export function isFlapping(snapshot: Snapshot, supervise: SuperviseFact): boolean {
  const seen = restlessness(snapshot, supervise);
  if (seen === undefined) return false;
  // A run that ends at once is down in nearly every look, and the time of its last start moves on.
  return seen.changes >= CHANGES || (seen.changes >= 1 && seen.down >= 0.5);
}

function evidence(snapshot: Snapshot, service: ServiceFact, supervise: SuperviseFact): string[] {
  const seen = restlessness(snapshot, supervise) as Restlessness;
  const span = (snapshot.samples.at(-1)?.at ?? 0) - (snapshot.samples[0]?.at ?? 0);
  const found = [`${seen.changes} starts or ends within ${duration(Math.max(span, PAUSE))}`];
  found.push(...linesAbout(freshLines(snapshot), service.name).slice(-2));
  const log = snapshot.logs.find((each) => each.service === service.dir);
  const said = (log?.tail ?? '')
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .slice(-2);
  found.push(...said.map((line) => `its log: ${line}`));
  return [...new Set(found)];
}

export const check: Check = {
  id: 'flapping',
  severity: 'error',
  layer: 'state',
  title: 'the service starts and ends again and again',
  section: 'Troubleshoot: Read-Only Diagnostic Tests',
  explain: [
    'runsv starts a run that has ended again: at once when it had lived for more than a second, else after a second. A service that always ends has a status line with a pid that changes and an age of 0 or 1 s, or, when it ends within the second, "down: ..., want up".',
    'Doctor looks for the reason in the run script, the daemon, the directories and the environment, and names that instead where it finds it. What is left are reasons that only the daemon itself knows: its last words are in its log, or in the text of runsvdir in ps when it has no log.',
    'By hand: svl down NAME; cd ~/service_all/NAME; ./run. Or: homerun doctor NAME --brute-force, which runs it with the environment that runsv gives it.',
  ],
  run: (snapshot) =>
    linked(snapshot).flatMap((service) => {
      if (!isFlapping(snapshot, service.main)) return [];
      const seen = evidence(snapshot, service, service.main);
      const named = seen.map((line) => parseMessage(line)?.error).find((error) => error != null);
      return [
        {
          check: check.id,
          severity: check.severity,
          service: service.name,
          path: service.dir,
          summary: `${service.name}: starts and ends again and again`,
          evidence: seen,
          cause: `run or the daemon ends by itself${named === undefined ? '' : ` (${named})`}; no reason is to be seen from outside. Run it by hand: ${svl(snapshot, `down ${service.name}`)}; homerun doctor ${service.name} --brute-force`,
          fix: null,
        },
      ];
    }),
};
