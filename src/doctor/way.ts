/** Why a path leads nowhere. Pure. */
import type { Snapshot } from './snapshot.ts';
import { errorText } from './words.ts';

/** Where a path comes to its end, or which link on it leads nowhere. */
export function wayEnds(snapshot: Snapshot, path: string): string[] {
  const parts = path.split('/').slice(1);
  for (let count = 1; count <= parts.length; count += 1) {
    const fact = snapshot.paths[`/${parts.slice(0, count).join('/')}`];
    if (fact === undefined || fact.to !== null) continue;
    // The path itself: only a link has more to tell than that it is not there.
    if (count === parts.length && fact.self?.kind !== 'symlink') return [];
    return [
      fact.self?.kind === 'symlink'
        ? `${fact.path} is a link to ${fact.target}, which leads nowhere`
        : `${fact.path}: ${errorText(fact.error ?? fact.toError ?? 'ENOENT')}`,
    ];
  }
  return [];
}
