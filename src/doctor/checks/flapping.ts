import { isShell, shellName } from '../../shell/shebang.ts';
import { homerunLine } from '../../shell/words.ts';
import type { Check } from '../check.ts';
import { parseMessage } from '../evidence/messages.ts';
import type { Finding } from '../finding.ts';
import type { Meaning } from '../meaning.ts';
import { pathsOf } from '../named-paths.ts';
import { runOf, targetOf } from '../places.ts';
import { freshLines, linesAbout } from '../ring.ts';
import type { ServiceFact, Snapshot, StatusFact, SuperviseFact } from '../snapshot.ts';
import { linked, pathOf, treeOf } from '../tree.ts';
import { wayEnds } from '../way.ts';
import { duration, errorText, kindWord, svl, tilde } from '../words.ts';
import { lastWords } from '../words-of-daemons.ts';

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
  if (seen.changes >= CHANGES || (seen.changes >= 1 && seen.down >= 0.5)) return true;
  // Down in every look, and for longer than runsv's pause.
  const last = snapshot.samples.at(-1);
  const changed = last?.status[supervise.path]?.changed;
  return seen.down === 1 && last !== undefined && changed !== undefined && last.at - changed > 2 * PAUSE;
}

function evidence(snapshot: Snapshot, service: ServiceFact, supervise: SuperviseFact): string[] {
  const seen = restlessness(snapshot, supervise) as Restlessness;
  const span = (snapshot.samples.at(-1)?.at ?? 0) - (snapshot.samples[0]?.at ?? 0);
  const found = [`${seen.changes} starts or ends within ${duration(Math.max(span, PAUSE))}`];
  if (supervise.lastEnd !== undefined) found.push(`it ended with ${supervise.lastEnd}`);
  found.push(...suspicions(snapshot, service));
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

/** Paths that the script's commands name, and that are not there. */
export function namedPathProblems(snapshot: Snapshot, meaning: Meaning): string[] {
  return meaning.started.flatMap((started) =>
    pathsOf(started).flatMap((path) => {
      const fact = snapshot.paths[path];
      if (fact === undefined || (fact.to !== null && fact.can.read === 'ok')) return [];
      const why =
        fact.to === null ? errorText(fact.toError ?? fact.error ?? 'ENOENT') : errorText(fact.can.read);
      const [way] = fact.to === null ? wayEnds(snapshot, path) : [];
      return [
        `line ${started.line} names ${tilde(snapshot, path)}: ${why}${way === undefined ? '' : ` (${way})`}`,
      ];
    }),
  );
}

/** Lines at which run ends by what they say. */
function endings(snapshot: Snapshot, meaning: Meaning): string[] {
  const found: string[] = [];
  for (const started of meaning.started) {
    const limit = started.wrappers.find(({ program }) => /(^|\/)timeout$/.test(program))?.args.at(-1);
    if (typeof limit === 'string')
      found.push(`line ${started.line}: timeout ends it after ${/\d$/.test(limit) ? `${limit} s` : limit}`);
    // Behind a test that asks for it.
    const { fact, tried } = targetOf(snapshot, started);
    if (started.exec && started.conditional && fact === undefined && tried.length > 0)
      found.push(`line ${started.line} would become ${started.raw}, which is not there`);
  }
  for (const { path, line, conditional } of meaning.directories) {
    const { to, toError } = pathOf(snapshot, path);
    if (conditional && to?.kind !== 'directory')
      found.push(
        `line ${line} changes to ${tilde(snapshot, path)}: ${to === null ? errorText(toError ?? 'ENOENT') : `it is ${kindWord(to.kind)}`}`,
      );
  }
  const stdin = treeOf(snapshot).main?.process.fds.find((each) => each.fd === 0)?.target;
  const reads = meaning.commands.find(
    ({ words, piped, condition, redirections }) =>
      condition && !piped && redirections.length === 0 && words[0]?.text === 'read',
  );
  if (reads !== undefined && stdin === '/dev/null')
    found.push(`line ${reads.line} reads standard input, which is /dev/null and at its end`);
  return found;
}

/** What in the run script may be the reason, none of it for certain. */
function suspicions(snapshot: Snapshot, service: ServiceFact): string[] {
  const { meaning, shebang } = runOf(snapshot, service);
  if (meaning === undefined || shebang?.kind !== 'script') return [];
  const name = shellName(shebang);
  if (meaning.shell === '' || !isShell(meaning.shell))
    return [
      `run is interpreted by ${shebang.interpreter}${name === '' ? '' : ` ${shebang.argument}`.trimEnd()}`,
    ];
  const found: string[] = [];
  const top = meaning.commands.filter((command) => command.inFunction === null);
  const loops = top.some((command) => command.inside.some((kind) => /^(while|until)$/.test(kind)));
  const last = top.at(-1);
  if (!meaning.started.some((started) => started.exec) && !loops && last !== undefined)
    found.push(
      `run has no exec: it ends with its last command, line ${last.line}: ${last.words
        .map((word) => word.raw)
        .join(' ')
        .slice(0, 60)}`,
    );
  found.unshift(...endings(snapshot, meaning), ...namedPathProblems(snapshot, meaning));
  const strict = top.find(
    (command) =>
      command.words[0]?.text === 'set' && command.words.slice(1).some((word) => /^-[a-z]*e/.test(word.text)),
  );
  const before = meaning.started.filter(
    (started) =>
      !started.exec &&
      !started.conditional &&
      started !== meaning.last &&
      started.line > (strict?.line ?? Number.POSITIVE_INFINITY),
  );
  if (before.length > 0)
    found.push(
      `with set -e it ends when line ${before[0]?.line} fails: ${before[0]?.command.words
        .map((word) => word.raw)
        .join(' ')
        .slice(0, 60)}`,
    );
  return found.slice(0, 3);
}

/**
 * Looked at once (`--sample 0`), a service that is down although it is wanted up is not well, and whether it will stay
 * so is not known.
 */
function unwatched(snapshot: Snapshot, service: ServiceFact): Finding[] {
  const { answers, status, lastEnd } = service.main;
  if (snapshot.samples.length > 0 || answers !== 'ok' || status?.state !== 'down' || status.want !== 'u')
    return [];
  return [
    {
      check: check.id,
      severity: 'warning',
      service: service.name,
      path: service.dir,
      summary: `${service.name}: is down at this moment, although it is wanted up`,
      evidence: lastEnd === undefined ? [] : [`it ended with ${lastEnd}`],
      cause: `It may be about to start, or start and end again and again: only time shows, and nothing was watched (--sample 0). Look for two seconds: ${homerunLine('doctor', [service.name])}`,
      fix: null,
    },
  ];
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
      if (!isFlapping(snapshot, service.main)) return unwatched(snapshot, service);
      const seen = evidence(snapshot, service, service.main);
      const named = seen.map((line) => parseMessage(line)?.error).find((error) => error != null);
      const guess = suspicions(snapshot, service)[0];
      const said = lastWords(snapshot, service).at(-1);
      const says = said === undefined ? 'it says nothing' : `its last words: ${said.slice(0, 120)}`;
      return [
        {
          check: check.id,
          severity: check.severity,
          service: service.name,
          path: service.dir,
          summary: `${service.name}: starts and ends again and again`,
          evidence: seen,
          cause: `run or the daemon ends by itself${named === undefined ? '' : ` (${named})`}; ${guess ?? says}. Run it by hand: ${svl(snapshot, 'down', service.name)}; ${homerunLine('doctor', [service.name], '--brute-force')}`,
          fix: null,
        },
      ];
    }),
};
