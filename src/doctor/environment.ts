/** The environment that services get: the supervisor's, or the caller's when none runs. Pure. */
import type { Snapshot } from './snapshot.ts';
import { treeOf } from './tree.ts';

export type Environment = Readonly<Record<string, string | null>>;

export function environmentOf(snapshot: Snapshot): Environment {
  return treeOf(snapshot).main?.process.detail?.environ ?? snapshot.env;
}
