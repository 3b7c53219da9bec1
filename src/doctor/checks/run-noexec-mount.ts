import { shellWord } from '../../shell/words.ts';
import { scriptCheck } from '../check.ts';
import { mountOf } from '../collect/mounts.ts';

export const check = scriptCheck({
  id: 'run-noexec-mount',
  severity: 'error',
  layer: 'machine',
  title: 'the file system with run is mounted noexec',
  section: 'VITAL! Make the Daemon’s Run Script Executable',
  explain: [
    'On a file system that is mounted with noexec nothing can be started, whatever the mode says: "access denied", although ls shows the x bit. Home folders and /tmp are mounted so on some machines.',
    'By hand: keep the service directories on another file system, or let root mount it anew: mount -o remount,exec MOUNTPOINT',
  ],
  see: (snapshot, { fact, path, name }) => {
    if (fact.to?.kind !== 'file' || fact.real === null || (fact.to.mode & 0o111) === 0) return undefined;
    const mount = mountOf(snapshot.mounts, fact.real);
    if (mount?.options.includes('noexec') !== true) return undefined;
    return {
      path,
      summary: `${name} lies on a file system that is mounted noexec`,
      evidence: [`${mount.point} (${mount.type}): ${mount.options.join(',')}`],
      cause: `Nothing can be started from there. As root: mount -o remount,exec ${shellWord(mount.point)}; or keep the service directories elsewhere.`,
    };
  },
});
