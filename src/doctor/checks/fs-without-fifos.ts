import type { Check } from '../check.ts';
import { mountOfPath } from '../rooms.ts';
import { say } from '../say.ts';
import { pathOf } from '../tree.ts';

const WITHOUT = /^(vfat|exfat|msdos|ntfs|ntfs3|hfs|hfsplus|iso9660|udf|9p|fuseblk|cifs|smb3)$/;

export const check: Check = {
  id: 'fs-without-fifos',
  severity: 'error',
  layer: 'machine',
  title: 'a file system without FIFOs',
  section: 'Troubleshoot',
  explain: [
    'runsv needs FIFOs in supervise. vfat, exfat and some network and FUSE file systems have none.',
    'By hand: make supervise a link to a directory on a disk of Unix’s, or move the service there.',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      const supervise = pathOf(snapshot, service.main.path);
      const mount = mountOfPath(snapshot, supervise.real ?? service.dir);
      if (mount === undefined || !WITHOUT.test(mount.type)) return [];
      if (pathOf(snapshot, service.main.path, 'control').to?.kind === 'fifo') return [];
      return [
        say(check, {
          service: service.name,
          path: mount.point,
          summary: `${service.name}: it lies on ${mount.type} (${mount.point}), where FIFOs cannot be made`,
          evidence: [`${service.dir} lies on ${mount.point}, ${mount.type}`],
          cause:
            'runsv ends at its start. Make supervise a link to a directory on another file system, or move the service.',
        }),
      ];
    }),
};
