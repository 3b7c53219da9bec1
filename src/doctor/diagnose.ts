/** All checks over one snapshot: findings tied to their causes, in the order in which they are to be mended. Pure. */
import { tieToCauses } from './causes.ts';
import { type Check, LAYERS } from './check.ts';
import { checks as registry } from './checks/registry.ts';
import type { Finding } from './finding.ts';
import type { Snapshot } from './snapshot.ts';

export interface Diagnosis {
  readonly snapshot: Snapshot;
  /** How many checks were run. */
  readonly checks: number;
  readonly findings: readonly Finding[];
  /** Checks that could not judge this snapshot: a fault of doctor's, not of the tree. */
  readonly failed: readonly { readonly check: string; readonly why: string }[];
}

const SEVERITIES = ['error', 'warning', 'info'] as const;

/** Nothing of severity error or warning, and every check could judge. */
export function isHealthy(diagnosis: Diagnosis): boolean {
  return diagnosis.failed.length === 0 && diagnosis.findings.every((finding) => finding.severity === 'info');
}

export function diagnose(snapshot: Snapshot, checks: readonly Check[] = registry): Diagnosis {
  const found: Finding[] = [];
  const failed: { check: string; why: string }[] = [];
  for (const check of checks) {
    try {
      found.push(...check.run(snapshot));
    } catch (error) {
      failed.push({ check: check.id, why: error instanceof Error ? error.message : String(error) });
    }
  }
  const byId = new Map(checks.map((check) => [check.id, check]));
  const rank = (finding: Finding): number =>
    SEVERITIES.indexOf(finding.severity) * 100 + LAYERS.indexOf(byId.get(finding.check)?.layer ?? 'advice');
  const findings = tieToCauses(found, byId).sort(
    (a, b) =>
      rank(a) - rank(b) || (a.service ?? '').localeCompare(b.service ?? '') || a.check.localeCompare(b.check),
  );
  return { snapshot, checks: checks.length, findings, failed };
}

/** Of some services only: findings about them, and errors that concern all. Everything, without names. */
export function about(diagnosis: Diagnosis, names: readonly string[]): Diagnosis {
  if (names.length === 0) return diagnosis;
  const concerns = (finding: Finding): boolean => {
    const services = finding.services ?? (finding.service === null ? [] : [finding.service]);
    if (services.length > 0) return services.some((name) => names.includes(name));
    return finding.severity === 'error';
  };
  return { ...diagnosis, findings: diagnosis.findings.filter(concerns) };
}
