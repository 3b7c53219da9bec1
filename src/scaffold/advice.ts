/** Advice on the machine at hand, in one line each. Pure. */
import { dirname } from 'node:path';
import { type Machine, mountOf } from './machine.ts';

export interface PlaceAdvice {
  /** `refuse`: logs must not go there; `warn`: they may, but. */
  readonly verdict: 'fine' | 'warn' | 'refuse';
  readonly text: string;
}

/** What is known of a place for logs. */
export interface PlaceFacts {
  /** Bytes that this user can still write there; undefined: unknown. */
  readonly room: number | undefined;
  /** The disk under it turns; undefined: unknown. */
  readonly rotational: boolean | undefined;
}

const IN_MEMORY = new Set(['tmpfs', 'ramfs', 'devtmpfs', 'hugetlbfs']);
const NETWORK = new Set([
  'nfs',
  'nfs4',
  'cifs',
  'smb3',
  'smbfs',
  '9p',
  'afs',
  'ceph',
  'fuse.sshfs',
  'fuse.rclone',
  'ncpfs',
  'fuse.glusterfs',
  'davfs',
  'fuse.davfs',
]);

/** svlogd's defaults: ten old files of a megabyte each, and current. */
export const LOG_BYTES_PER_SERVICE = 11 * 1_000_000;
/** So many services' logs should find room. */
const SERVICES_TO_HOLD = 10;

export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Judges a directory for logs: in memory is ruled out, a network is warned about, little room too; an SSD is mentioned. */
export function judgeLogPlace(folder: string, machine: Machine, facts: PlaceFacts): PlaceAdvice {
  const mount = mountOf(machine.mounts, folder);
  const type = mount?.type ?? 'unknown file system';
  if (folder === '/run' || folder.startsWith('/run/') || folder.startsWith('/var/run/')) {
    return { verdict: 'refuse', text: `${folder}: /run is emptied at every start of the machine` };
  }
  if (mount !== undefined && IN_MEMORY.has(mount.type)) {
    return {
      verdict: 'refuse',
      text: `${folder}: ${type}: it is in memory, and gone when the machine goes down`,
    };
  }
  if (mount !== undefined && (NETWORK.has(mount.type) || mount.type.startsWith('nfs'))) {
    return { verdict: 'warn', text: `${type}: a network file system; when the network goes, so do the logs` };
  }
  const room = facts.room === undefined ? '' : `, ${formatBytes(facts.room)} free`;
  if (facts.room !== undefined && facts.room < SERVICES_TO_HOLD * LOG_BYTES_PER_SERVICE) {
    return {
      verdict: 'warn',
      text: `${type}${room}: little room; the log of one service takes up to ${formatBytes(LOG_BYTES_PER_SERVICE)}`,
    };
  }
  const solid = facts.rotational === false ? ', on an SSD' : '';
  return { verdict: 'fine', text: `${type}${solid}${room}` };
}

/** The folder where a new directory would be made: the nearest that exists. */
export function nearestFolder(path: string, exists: (path: string) => boolean): string {
  let here = path;
  while (!exists(here) && here !== dirname(here)) here = dirname(here);
  return here;
}
