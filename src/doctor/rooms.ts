/** On which mount a path lies, and how much room there is. Pure. */
import type { Room } from '../system/ports.ts';
import type { MountFact, Snapshot } from './snapshot.ts';

/** The mount with the longest point above the path. */
export function mountOfPath(snapshot: Snapshot, path: string): MountFact | undefined {
  let best: MountFact | undefined;
  for (const mount of snapshot.mounts) {
    const above = mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`);
    // Of two on one point the later one is on top.
    if (above && mount.point.length >= (best?.point.length ?? 0)) best = mount;
  }
  return best;
}

export function roomOf(snapshot: Snapshot, path: string): Room | undefined {
  const mount = mountOfPath(snapshot, path);
  return mount === undefined ? undefined : snapshot.rooms[mount.point];
}

/** `12 MB`, `3.4 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = '';
  for (const each of units) {
    if (value < 1000) break;
    value /= 1000;
    unit = each;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
