/** The mount table, and which of its file systems do not answer. */
import type { MountFact } from '../snapshot.ts';
import { MOUNT_LIMIT, type World } from './world.ts';

/** File systems behind which there is a network, a program or an automounter: a stat there may wait for ever. */
const MAY_HANG =
  /^(nfs|nfs4|cifs|smb3|smbfs|9p|afs|ceph|glusterfs|lustre|ncpfs|autofs|coda|fuse(\..*)?|fuseblk)$/;

/** mountinfo writes blanks, tabs, newlines and backslashes as \040, \011, \012, \134. */
function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

export function parseMountinfo(text: string): Omit<MountFact, 'answers'>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const [before, after] = line.split(' - ');
      const fields = (before ?? '').split(' ');
      const [type, , superOptions] = (after ?? '').split(' ');
      if (fields[4] === undefined || type === undefined) return [];
      const options = new Set([...(fields[5] ?? '').split(','), ...(superOptions ?? '').split(',')]);
      // `rw` of the super block does not make a read-only mount writable.
      if (options.has('ro')) options.delete('rw');
      return [{ point: decodeOctal(fields[4]), type, options: [...options].filter((each) => each !== '') }];
    });
}

export async function collectMounts(world: World): Promise<MountFact[]> {
  const mounts = parseMountinfo(world.probe.proc('/proc/self/mountinfo') ?? '');
  return Promise.all(
    mounts.map(async (mount) => ({
      ...mount,
      answers: MAY_HANG.test(mount.type) ? await world.probe.answers(mount.point, MOUNT_LIMIT) : true,
    })),
  );
}

function isBelow(path: string, point: string): boolean {
  return point === '/' || path === point || path.startsWith(`${point}/`);
}

/** The mount that a real path lies on: the longest mount point, the last one of equal ones. */
export function mountOf<M extends { readonly point: string }>(
  mounts: readonly M[],
  path: string,
): M | undefined {
  let best: M | undefined;
  for (const mount of mounts) {
    if (isBelow(path, mount.point) && (best === undefined || mount.point.length >= best.point.length))
      best = mount;
  }
  return best;
}
