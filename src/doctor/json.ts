/** The document of `homerun doctor --json`; its form is schema/doctor.schema.json. Pure. */
import { type Diagnosis, isHealthy } from './diagnose.ts';
import type { Finding } from './finding.ts';

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
