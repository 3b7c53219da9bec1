/**
 * Which finding is the consequence of which other one. A consequence is not shown by itself: its evidence goes to the
 * cause. One fault that hits several services is one finding. All of that is here, and nowhere in the checks. Pure.
 */
import { type Check, LAYERS, type Layer } from './check.ts';
import type { Finding } from './finding.ts';

interface Rule {
  /** The consequence. */
  readonly symptom: string;
  /** Checks that explain it: named, or every error of one of these layers. */
  readonly causes?: readonly string[];
  readonly layers?: readonly Layer[];
  /** `service`: cause and consequence concern the same service (or the cause all). `any`: wherever. */
  readonly scope: 'service' | 'any';
}

/** First the general ones: what only says that something does not work. */
const RULES: readonly Rule[] = [
  {
    symptom: 'flapping',
    layers: ['machine', 'links', 'owner', 'supervise', 'run', 'environment', 'daemon'],
    scope: 'service',
  },
  {
    symptom: 'flapping',
    causes: ['removed-service-still-running', 'supervisor-closed-output'],
    scope: 'service',
  },
  { symptom: 'stuck-after-term', causes: ['removed-service-still-running'], scope: 'service' },
  {
    symptom: 'service-without-runsv',
    layers: ['machine', 'supervisor', 'links', 'owner', 'supervise', 'log'],
    scope: 'service',
  },
  { symptom: 'rescan-needed', layers: ['machine', 'supervisor', 'owner', 'supervise'], scope: 'service' },
  { symptom: 'run-missing', causes: ['link-to-service-all'], scope: 'service' },
  { symptom: 'supervise-stale', causes: ['runsvdir-not-running'], scope: 'any' },
  {
    symptom: 'log-flapping',
    layers: ['machine', 'owner', 'supervise', 'log', 'run', 'environment', 'daemon'],
    scope: 'service',
  },
  {
    symptom: 'status-lies',
    causes: ['supervise-unwritable', 'disk-full-home', 'read-only-fs', 'runsv-stopped'],
    scope: 'service',
  },
  { symptom: 'daemon-file-owned-by-other', causes: ['run-umask', 'supervisor-umask'], scope: 'service' },
  { symptom: 'status-bad-format', causes: ['supervisor-umask'], scope: 'any' },
  { symptom: 'log-dir-locked', causes: ['supervisor-umask'], scope: 'any' },
  { symptom: 'log-dir-unwritable', causes: ['supervisor-umask'], scope: 'any' },
  { symptom: 'supervise-unwritable', causes: ['supervisor-umask'], scope: 'any' },
  { symptom: 'run-waits', causes: ['run-starts-itself'], scope: 'service' },
  {
    symptom: 'run-no-exec',
    causes: [
      'run-starts-itself',
      'run-ends-early',
      'run-odd-characters',
      'run-heredoc-open',
      'run-command-cut',
      'run-reads-broken-file',
      'run-needs-service',
      'daemon-missing',
    ],
    scope: 'service',
  },
  { symptom: 'daemon-missing', causes: ['run-odd-characters', 'run-command-cut'], scope: 'service' },
];

function concerns(finding: Finding): readonly string[] | null {
  if (finding.services !== undefined) return finding.services;
  return finding.service === null ? null : [finding.service];
}

function sameService(cause: Finding, symptom: Finding): boolean {
  const ofCause = concerns(cause);
  const ofSymptom = concerns(symptom);
  if (ofCause === null || ofSymptom === null) return true;
  return ofSymptom.every((name) => ofCause.includes(name));
}

/** About the log service: it explains what the log service does, and not what the service does. */
function isOfLog(finding: Finding): boolean {
  return finding.check.startsWith('log-') || finding.path?.includes('/log/') === true;
}

function label(finding: Finding): string {
  return finding.service === null ? finding.check : `${finding.check} of ${finding.service}`;
}

/** Takes the consequences out and names them at their causes; joins one fault of several services. */
export function tieToCauses(findings: readonly Finding[], checks: ReadonlyMap<string, Check>): Finding[] {
  const joined = joinServices(findings);
  const explained = new Map<Finding, Finding>();
  for (const symptom of joined) {
    for (const rule of RULES) {
      if (rule.symptom !== symptom.check) continue;
      const cause = joined.find((finding) => {
        if (finding === symptom || explained.has(finding)) return false;
        if (symptom.check === 'flapping' && isOfLog(finding)) return false;
        if (symptom.check === 'log-flapping' && finding.service !== null && !isOfLog(finding)) return false;
        if (rule.scope === 'service' && !sameService(finding, symptom)) return false;
        if (rule.causes?.includes(finding.check)) return true;
        const layer = checks.get(finding.check)?.layer;
        return (
          finding.severity === 'error' &&
          layer !== undefined &&
          rule.layers?.includes(layer) === true &&
          finding.check !== symptom.check
        );
      });
      if (cause !== undefined) {
        explained.set(symptom, cause);
        break;
      }
    }
  }
  return joined
    .filter((finding) => !explained.has(finding))
    .map((finding) => {
      const consequences = [...explained]
        .filter(([, cause]) => cause === finding)
        .map(([symptom]) => symptom);
      if (consequences.length === 0) return finding;
      return {
        ...finding,
        evidence: [...finding.evidence, ...consequences.flatMap((each) => [`seen with it: ${each.summary}`])],
        explains: [...(finding.explains ?? []), ...consequences.map(label)],
      };
    });
}

/** The same check on the same path with the same remedy: one finding with several services. */
function joinServices(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key =
      finding.service === null || finding.path === null
        ? `alone ${groups.size}`
        : JSON.stringify([
            finding.check,
            finding.common ?? finding.path,
            finding.common === undefined ? (finding.fix?.operations ?? null) : null,
          ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].map((group) => {
    const first = group[0] as Finding;
    const services = [...new Set(group.flatMap((each) => concerns(each) ?? []))];
    if (services.length < 2) return first;
    const own = `${first.service}: `;
    return {
      ...first,
      services,
      summary:
        first.common !== undefined && first.summary.startsWith(own)
          ? `${services.join(', ')}: ${first.summary.slice(own.length)}`
          : first.summary,
      evidence: [...new Set(group.flatMap((each) => each.evidence))],
      fix:
        first.fix === null
          ? null
          : {
              ...first.fix,
              commands: [...new Set(group.flatMap((each) => each.fix?.commands ?? []))],
              actions: group.flatMap((each) => each.fix?.actions ?? []),
            },
    };
  });
}

/** Position of a layer: earlier ones hide later ones. */
export function layerRank(layer: Layer | undefined): number {
  return layer === undefined ? LAYERS.length : LAYERS.indexOf(layer);
}
