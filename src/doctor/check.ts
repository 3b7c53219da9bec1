/** One record per check. */
import type { Finding, Fix, Severity } from './finding.ts';
import { type Place, placesOf } from './places.ts';
import type { ServiceFact, Snapshot } from './snapshot.ts';
import { linked } from './tree.ts';

/**
 * What a fault hides: a fault of an earlier layer makes those of later ones invisible or explains them. Findings are
 * shown and mended in this order.
 */
export const LAYERS = [
  'machine',
  'supervisor',
  'links',
  'owner',
  'supervise',
  'log',
  'run',
  'environment',
  'daemon',
  'state',
  'session',
  'advice',
] as const;

export type Layer = (typeof LAYERS)[number];

export interface Check {
  /** As in the list of checks: `run-not-executable`. */
  readonly id: string;
  /** The usual severity; a finding may differ from it with a reason. */
  readonly severity: Severity;
  readonly layer: Layer;
  /** What is wrong, in a few words. */
  readonly title: string;
  /** Section of the document that it comes from. */
  readonly section: string;
  /** For `homerun explain`: what it looks for, why it breaks things, how to mend it by hand. Paragraphs. */
  readonly explain: readonly string[];
  /** Pure. */
  run(snapshot: Snapshot): readonly Finding[];
}

type Record = Omit<Check, 'run'>;

/** What a check of one service says; the rest of the finding is the same for all. */
export interface Seen {
  readonly path: string | null;
  /** Without the service's name. */
  readonly summary: string;
  readonly evidence: readonly string[];
  readonly cause: string;
  readonly fix?: Fix | null;
  readonly severity?: Severity;
  readonly common?: string;
}

type Answer = Seen | readonly Seen[] | undefined;

function isList(answer: Seen | readonly Seen[]): answer is readonly Seen[] {
  return Array.isArray(answer);
}

function findings(record: Record, service: string | null, answer: Answer): Finding[] {
  if (answer === undefined) return [];
  const all = isList(answer) ? answer : [answer];
  return all.map((seen) => ({
    check: record.id,
    severity: seen.severity ?? record.severity,
    service,
    path: seen.path,
    summary: service === null ? seen.summary : `${service}: ${seen.summary}`,
    evidence: seen.evidence,
    cause: seen.cause,
    fix: seen.fix ?? null,
    ...(seen.common === undefined ? {} : { common: seen.common }),
  }));
}

/** A check of every service that runsvdir is to run (of `all` that are there, when it says so). */
export function serviceCheck(
  record: Record & {
    readonly all?: boolean;
    readonly see: (snapshot: Snapshot, service: ServiceFact) => Answer;
  },
): Check {
  const { see, all, ...rest } = record;
  return {
    ...rest,
    run: (snapshot) =>
      (all === true ? snapshot.services : linked(snapshot)).flatMap((service) =>
        findings(rest, service.name, see(snapshot, service)),
      ),
  };
}

/** A check of what runsv starts: `run` of every service, and `log/run` where there is one. */
export function scriptCheck(
  record: Record & {
    /** Only these; default both. */
    readonly only?: Place['name'];
    readonly see: (snapshot: Snapshot, place: Place) => Answer;
  },
): Check {
  const { see, only, ...rest } = record;
  return {
    ...rest,
    run: (snapshot) =>
      snapshot.services.flatMap((service) =>
        placesOf(snapshot, service)
          .filter((place) => only === undefined || place.name === only)
          .flatMap((place) => findings(rest, service.name, see(snapshot, place))),
      ),
  };
}

/** A check of something that concerns all services. */
export function treeCheck(record: Record & { readonly see: (snapshot: Snapshot) => Answer }): Check {
  const { see, ...rest } = record;
  return { ...rest, run: (snapshot) => findings(rest, null, see(snapshot)) };
}
