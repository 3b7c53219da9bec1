/**
 * What init made: kept in `$XDG_STATE_HOME/homerun/made.json`, so that another init removes what is no longer wanted
 * and uninstall takes away exactly that. A hash tells whether a person changed a file since.
 */
import { join } from 'node:path';
import { type LayoutPlaces, type SessionKind, stateFolder } from '../layout/layout.ts';

export type Made =
  /** Goes when it is empty. */
  | { readonly kind: 'directory'; readonly path: string }
  /** `replaced`: the copy of the user's own file that stood there before. */
  | { readonly kind: 'file'; readonly path: string; readonly hash: string; readonly replaced?: string }
  /** The block between the markers in a file of the user. */
  | { readonly kind: 'hook'; readonly path: string; readonly session: SessionKind };

export interface Manifest {
  readonly version: 1;
  readonly made: readonly Made[];
}

export const EMPTY_MANIFEST: Manifest = { version: 1, made: [] };

export function manifestFile(places: LayoutPlaces): string {
  return join(stateFolder(places), 'made.json');
}

/** An unreadable manifest counts as none: then nothing is removed that would have to be known as ours. */
export function parseManifest(text: string): Manifest {
  try {
    const value = JSON.parse(text) as Manifest;
    return value.version === 1 && Array.isArray(value.made) ? value : EMPTY_MANIFEST;
  } catch {
    return EMPTY_MANIFEST;
  }
}

export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
