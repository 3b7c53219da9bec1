/** What a check says, and how it would be mended. */
import type { Operation } from '../plan/operation.ts';

export type Severity = 'error' | 'warning' | 'info';

/** safe: touches nothing that runs. restart: the service stops or restarts. destructive: deletes what can't be made again. */
export type Risk = 'safe' | 'restart' | 'destructive';

/** What to tell the supervisor, in this order, after the files were changed. */
export type Action =
  /** Letters to a service's control FIFO. `supervise` is the supervise directory. */
  | { readonly kind: 'control'; readonly supervise: string; readonly letters: string }
  /** A signal to one process, which must still be the same: pid and start time. */
  | { readonly kind: 'signal'; readonly pid: number; readonly ticks: string; readonly signal: NodeJS.Signals }
  /** Makes runsvdir look at its directory again: touch. */
  | { readonly kind: 'rescan'; readonly directory: string }
  /** Starts the supervisor in the background, by the runner. */
  | { readonly kind: 'start'; readonly runner: string }
  /** Lets time pass, milliseconds. */
  | { readonly kind: 'wait'; readonly milliseconds: number };

export interface Fix {
  /** What it does: `make run executable`. */
  readonly title: string;
  readonly risk: Risk;
  /** What a person would type for the same effect. */
  readonly commands: readonly string[];
  readonly operations: readonly Operation[];
  /** To do before the files are changed. */
  readonly first?: readonly Action[];
  readonly actions: readonly Action[];
  /** How long until the effect can be seen, milliseconds: 2000 for a run, 7000 where runsvdir must look again. */
  readonly settle: number;
}

export interface Finding {
  readonly check: string;
  readonly severity: Severity;
  /** The service's name; null for what concerns all of them. */
  readonly service: string | null;
  /** All services that it concerns, when there is more than one. */
  readonly services?: readonly string[];
  readonly path: string | null;
  /** One line: what is wrong, subject first. */
  readonly summary: string;
  /** What was seen: values found and expected, messages. */
  readonly evidence: readonly string[];
  /** Why that breaks the service, and what to do where there is no fix. */
  readonly cause: string;
  readonly fix: Fix | null;
  /** What several services have in common where each has a path of its own: one that is missing is one finding. */
  readonly common?: string;
  /** Findings that are consequences of this one: `check` or `check of SERVICE`. */
  readonly explains?: readonly string[];
}

/** Only the run script, the daemon or its log was mended: runsv tries again every second. */
export const SETTLE_RUN = 2500;
/** A runsv or a link was mended: runsvdir looks every five seconds. */
export const SETTLE_SCAN = 8000;
