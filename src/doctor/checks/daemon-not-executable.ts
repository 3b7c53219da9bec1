import { shellWord } from '../../shell/words.ts';
import { scriptCheck } from '../check.ts';
import { mountOf } from '../collect/mounts.ts';
import { SETTLE_RUN } from '../finding.ts';
import { lastTarget } from '../places.ts';
import { errorText, modeAllows, modeAndOwner, shellPath } from '../words.ts';

export const check = scriptCheck({
  id: 'daemon-not-executable',
  severity: 'error',
  layer: 'daemon',
  title: 'the program that run execs has no x bit',
  section: 'Make the Daemon Program',
  explain: [
    'run is fine, but the program behind its last exec may not be started: the shell says "Permission denied" and ends with exit code 126, each second.',
    'By hand: chmod a+x PROGRAM',
  ],
  see: (snapshot, place) => {
    const target = lastTarget(snapshot, place);
    const fact = target?.fact;
    if (fact?.to?.kind !== 'file' || fact.can.execute === 'ok') return undefined;
    const line = `${place.name}, line ${target?.started.line}: ${target?.started.raw}`;
    if (fact.can.execute !== 'EACCES' || modeAllows(snapshot, fact.to, 1)) {
      const mount = fact.real === null ? undefined : mountOf(snapshot.mounts, fact.real);
      const noexec = mount?.options.includes('noexec') === true;
      return {
        path: fact.path,
        summary: noexec
          ? `${fact.path} lies on a file system that is mounted noexec`
          : `${fact.path} may not be started, though its mode allows it`,
        evidence: [
          noexec ? `${mount.point} (${mount.type}): ${mount.options.join(',')}` : errorText(fact.can.execute),
          modeAndOwner(snapshot, fact),
          line,
        ],
        cause: noexec
          ? `Nothing can be started from there. Put the program elsewhere, or as root: mount -o remount,exec ${shellWord(mount.point)}`
          : `Something beyond the mode forbids it: an access list (getfacl ${shellPath(snapshot, fact.path)}), an attribute, or a rule of the system.`,
      };
    }
    const own = fact.to.uid === snapshot.who.uid || snapshot.who.uid === 0;
    return {
      path: fact.path,
      summary: `${fact.path} is not executable`,
      evidence: [modeAndOwner(snapshot, fact), line],
      cause: own
        ? `The shell of ${place.name} cannot start it, and ends with exit code 126.`
        : `The shell of ${place.name} cannot start it, and ends with exit code 126. Its owner must give the x bit.`,
      fix: own
        ? {
            title: `make ${fact.path} executable`,
            risk: 'safe',
            commands: [`chmod a+x ${shellPath(snapshot, fact.path)}`],
            operations: [{ kind: 'chmod', path: fact.real ?? fact.path, mode: fact.to.mode | 0o111 }],
            actions: [],
            settle: SETTLE_RUN,
          }
        : null,
    };
  },
});
