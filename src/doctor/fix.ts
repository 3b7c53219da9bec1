/**
 * Mends: what is to be done is asked, shown, done, and looked at again. Something counts as mended only when its check
 * is silent in a new look.
 */
import type { Operation, Plan } from '../plan/operation.ts';
import { shellWord } from '../shell/words.ts';
import type { Clock } from '../system/ports.ts';
import { layerRank } from './causes.ts';
import type { Check } from './check.ts';
import type { Diagnosis } from './diagnose.ts';
import type { Action, Finding, Fix } from './finding.ts';
import { linked, treeOf } from './tree.ts';

/** What changes the world: files through the journal, everything else through actions. Both throw with the reason. */
export interface Hands {
  apply(plan: Plan): Promise<void>;
  perform(action: Action): Promise<void>;
}

/** A finding that has a fix. */
export type Mendable = Finding & { readonly fix: Fix };

export type Outcome =
  | { readonly finding: Finding; readonly result: 'mended' }
  | { readonly finding: Finding; readonly result: 'still there'; readonly now: Finding }
  | { readonly finding: Finding; readonly result: 'failed'; readonly why: string }
  | { readonly finding: Finding; readonly result: 'left' };

export interface MendOptions {
  readonly hands: Hands;
  readonly clock: Clock;
  /** Looks anew. `quick`: without a sample. */
  readonly look: (quick: boolean) => Promise<Diagnosis>;
  /** Is this one to be mended? Asked once for each finding. */
  readonly agree: (finding: Mendable) => Promise<boolean>;
  /** Told as it goes on. */
  readonly begin?: (finding: Mendable) => void;
  readonly done?: (outcome: Outcome) => void;
  readonly checks: ReadonlyMap<string, Check>;
}

/** Between two looks while an effect is awaited, milliseconds. */
const STEP = 400;
/** A loaded machine is slower than runit's own times: so many times the expected one is waited. */
const PATIENCE = 3;

export function keyOf(finding: Finding): string {
  return JSON.stringify([finding.check, finding.service, finding.path]);
}

export function planOf(finding: Mendable): Plan {
  const subject = finding.service === null ? '' : `${finding.service}: `;
  return { title: `doctor: ${subject}${finding.fix.title}`, operations: finding.fix.operations };
}

export function isMendable(finding: Finding): finding is Mendable {
  return finding.fix !== null;
}

/** Mends layer by layer, since an earlier layer's fault hides or causes those of later ones. */
export async function mend(
  first: Diagnosis,
  options: MendOptions,
): Promise<{ outcomes: Outcome[]; last: Diagnosis }> {
  const { checks, hands } = options;
  const outcomes: Outcome[] = [];
  const tried = new Set<string>();
  const tell = (outcome: Outcome): void => {
    outcomes.push(outcome);
    options.done?.(outcome);
  };
  let diagnosis = first;
  for (;;) {
    const open = diagnosis.findings.filter(isMendable).filter((finding) => !tried.has(keyOf(finding)));
    if (open.length === 0) return { outcomes, last: diagnosis };
    const rank = (finding: Finding): number => layerRank(checks.get(finding.check)?.layer);
    const lowest = Math.min(...open.map(rank));
    const batch = open.filter((finding) => rank(finding) === lowest);
    const applied: Mendable[] = [];
    for (const finding of batch) {
      tried.add(keyOf(finding));
      if (!(await options.agree(finding))) {
        tell({ finding, result: 'left' });
        continue;
      }
      options.begin?.(finding);
      try {
        for (const action of finding.fix.first ?? []) await hands.perform(action);
        if (finding.fix.operations.length > 0) await hands.apply(planOf(finding));
        for (const action of finding.fix.actions) await hands.perform(action);
        applied.push(finding);
      } catch (error) {
        tell({ finding, result: 'failed', why: error instanceof Error ? error.message : String(error) });
      }
    }
    if (applied.length === 0) continue;
    diagnosis = await settle(applied, options);
    const left = new Map(diagnosis.findings.map((finding) => [keyOf(finding), finding]));
    for (const finding of applied) {
      const now = left.get(keyOf(finding));
      tell(now === undefined ? { finding, result: 'mended' } : { finding, result: 'still there', now });
    }
  }
}

/** Looks until all of these checks are silent, and once more with a sample to be sure. */
async function settle(applied: readonly Mendable[], { clock, look }: MendOptions): Promise<Diagnosis> {
  const keys = new Set(applied.map(keyOf));
  const isThere = (diagnosis: Diagnosis): boolean =>
    diagnosis.findings.some((finding) => keys.has(keyOf(finding)));
  const until = clock.monotonic() + PATIENCE * Math.max(...applied.map((finding) => finding.fix.settle));
  for (;;) {
    await clock.wait(STEP);
    const late = clock.monotonic() >= until;
    const quick = await look(true);
    if (!late && (isThere(quick) || !applied.every((finding) => hasSettled(quick, finding)))) continue;
    const sure = await look(false);
    if (late || !isThere(sure)) return sure;
  }
}

/** A run that has lived so long is not about to be started again, milliseconds. */
const STEADY = 1000;

/** Is the service that was mended up for a moment (or wanted down)? Without a supervisor there is nothing to wait for. */
function hasSettled({ snapshot }: Diagnosis, finding: Finding): boolean {
  const names = finding.services ?? (finding.service === null ? [] : [finding.service]);
  if (treeOf(snapshot).main === undefined) return true;
  return linked(snapshot)
    .filter((service) => names.includes(service.name))
    .every(({ main }) => {
      if (main.answers !== 'ok' || main.status === null) return false;
      const { state, want, changed } = main.status;
      return want === 'd' || (state === 'run' && snapshot.at - changed >= STEADY);
    });
}

/** The lines that --dry-run shows for actions; operations are shown by the plan's own preview. */
export function describeAction(action: Action): string {
  switch (action.kind) {
    case 'control':
      return `write ${action.letters} to ${action.supervise}/control`;
    case 'signal':
      return `send ${action.signal} to process ${action.pid}`;
    case 'rescan':
      return `touch ${shellWord(action.directory)}`;
    case 'start':
      return `start ${action.runner} in the background`;
    case 'wait':
      return `wait ${action.milliseconds / 1000} s`;
  }
}

/** Paths that a fix changes: for messages. */
export function touchedPaths(operations: readonly Operation[]): string[] {
  return operations.map((operation) => (operation.kind === 'rename' ? operation.to : operation.path));
}
