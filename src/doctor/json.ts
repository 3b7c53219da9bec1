/** The documents of `homerun doctor --json` and `explain --json`; schema/doctor.schema.json describes them. Pure. */
import type { Check } from './check.ts';
import { type Diagnosis, isHealthy } from './diagnose.ts';
import type { Finding } from './finding.ts';
import type { Mendable, Outcome } from './fix.ts';

export interface JsonFinding {
  readonly check: string;
  readonly severity: string;
  readonly service: string | null;
  readonly services: readonly string[];
  readonly path: string | null;
  readonly summary: string;
  readonly evidence: readonly string[];
  readonly cause: string;
  readonly explains: readonly string[];
  readonly fix: {
    readonly title: string;
    readonly risk: string;
    readonly commands: readonly string[];
  } | null;
}

export function findingToJson(finding: Finding): JsonFinding {
  const { check, severity, service, path, summary, evidence, cause, fix } = finding;
  return {
    check,
    severity,
    service,
    services: finding.services ?? (service === null ? [] : [service]),
    path,
    summary,
    evidence,
    cause,
    explains: finding.explains ?? [],
    fix: fix === null ? null : { title: fix.title, risk: fix.risk, commands: fix.commands },
  };
}

export function diagnosisToJson(diagnosis: Diagnosis): Record<string, unknown> {
  return {
    ok: isHealthy(diagnosis),
    layout: diagnosis.snapshot.layout,
    checks: diagnosis.checks,
    findings: diagnosis.findings.map(findingToJson),
    failed: diagnosis.failed,
    unread: diagnosis.snapshot.unread,
  };
}

/** With --dry-run: a finding with all that its fix would do, in this order: `first`, the operations, `actions`. */
export function mendableToJson(finding: Mendable): Record<string, unknown> {
  const { first = [], operations, actions } = finding.fix;
  return { ...findingToJson(finding), first, operations, actions };
}

/** With --fix: what became of one. */
export function outcomeToJson(outcome: Outcome): Record<string, unknown> {
  const { check, service, path } = outcome.finding;
  const why = outcome.result === 'failed' ? { why: outcome.why } : {};
  return { check, service, path, result: outcome.result, ...why };
}

export function checkToJson({
  id,
  severity,
  layer,
  title,
  section,
  explain,
}: Check): Record<string, unknown> {
  return { id, severity, layer, title, section, explain };
}
