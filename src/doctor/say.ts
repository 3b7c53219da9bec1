/** Shorter ways to write a finding and the fixes that come again and again. Pure. */
import type { Check } from './check.ts';
import type { Action, Finding, Fix } from './finding.ts';
import { SETTLE_RUN } from './finding.ts';
import type { ServiceFact, Snapshot } from './snapshot.ts';
import { shellPath } from './words.ts';

type Fields = Pick<Finding, 'summary' | 'cause'> & Partial<Omit<Finding, 'check'>>;

/** A finding of a check, of the usual severity, without evidence or fix unless they are given. */
export function say(check: Pick<Check, 'id' | 'severity'>, fields: Fields): Finding {
  return {
    check: check.id,
    severity: check.severity,
    service: null,
    path: null,
    evidence: [],
    fix: null,
    ...fields,
  };
}

type FixFields = Pick<Fix, 'title' | 'commands'> & Partial<Fix>;

/** A safe fix that is seen by the next try of runsv, unless said otherwise. */
export function fixBy(fields: FixFields): Fix {
  return { risk: 'safe', operations: [], actions: [], settle: SETTLE_RUN, ...fields };
}

/** Letters to a service's control FIFO. */
export function toService(service: ServiceFact, letters: string): Action {
  return { kind: 'control', supervise: service.main.path, letters };
}

/** Letters to its log service's control FIFO. */
export function toLog(service: ServiceFact, letters: string): Action {
  return { kind: 'control', supervise: `${service.dir}/log/supervise`, letters };
}

/** `chmod` of a path with bits added. */
export function chmodFix(
  snapshot: Snapshot,
  path: string,
  real: string,
  mode: number,
  bits: number,
  letters: string,
): Fix {
  return fixBy({
    title: `chmod ${letters} ${path.split('/').pop()}`,
    commands: [`chmod ${letters} ${shellPath(snapshot, path)}`],
    operations: [{ kind: 'chmod', path: real, mode: mode | bits }],
  });
}

/** A name beside `path` that nothing has yet, among those that were looked at: `log.txt`, `log.txt.1`. */
export function freeName(taken: readonly string[], wanted: string): string {
  if (!taken.includes(wanted)) return wanted;
  for (let number = 1; ; number += 1)
    if (!taken.includes(`${wanted}.${number}`)) return `${wanted}.${number}`;
}
