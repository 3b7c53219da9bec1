import { scriptCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { linesAbout, ringOf } from '../ring.ts';
import { modeAllows, modeAndOwner, shellPath } from '../words.ts';

export const check = scriptCheck({
  id: 'run-not-executable',
  severity: 'error',
  layer: 'run',
  title: 'run has no x bit for this user',
  section: 'VITAL! Make the Daemon’s Run Script Executable',
  explain: [
    'runsv starts ./run as a program, once a second until it works. Without the x bit for the user, the kernel refuses, and runsv says "unable to start ./run: access denied". sv status shows no more than "down: ..., want up".',
    'By hand:',
    '  chmod a+x ~/service_all/NAME/run',
    'runsv tries again within a second: nothing has to be deleted, linked again or restarted.',
  ],
  only: 'run',
  see: (snapshot, { fact, path, service }) => {
    if (fact.to?.kind !== 'file' || fact.can.execute !== 'EACCES') return undefined;
    // Where the mode gives the right it is the mount (noexec); somebody else's file can't be given the bit.
    if (modeAllows(snapshot, fact.to, 1)) return undefined;
    if (fact.to.uid !== snapshot.who.uid && snapshot.who.uid !== 0) return undefined;
    return {
      path,
      summary: 'run is not executable',
      evidence: [modeAndOwner(snapshot, fact), ...linesAbout(ringOf(snapshot), service.name).slice(-1)],
      cause: 'runsv starts ./run as a program; without the x bit the kernel refuses, once a second.',
      fix: {
        title: 'make run executable',
        risk: 'safe',
        commands: [`chmod a+x ${shellPath(snapshot, path)}`],
        operations: [{ kind: 'chmod', path: fact.real ?? path, mode: fact.to.mode | 0o111 }],
        actions: [],
        settle: SETTLE_RUN,
      },
    };
  },
});
