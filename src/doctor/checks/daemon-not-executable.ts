import { scriptCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { lastTarget } from '../places.ts';
import { modeAllows, modeAndOwner, shellPath } from '../words.ts';

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
    if (fact?.to?.kind !== 'file' || fact.can.execute !== 'EACCES' || modeAllows(snapshot, fact.to, 1))
      return undefined;
    const own = fact.to.uid === snapshot.who.uid || snapshot.who.uid === 0;
    return {
      path: fact.path,
      summary: `${fact.path} is not executable`,
      evidence: [
        modeAndOwner(snapshot, fact),
        `${place.name}, line ${target?.started.line}: ${target?.started.raw}`,
      ],
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
