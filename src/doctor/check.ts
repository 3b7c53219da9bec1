/** One record per check. */
import type { Finding, Severity } from './finding.ts';
import type { Snapshot } from './snapshot.ts';

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
