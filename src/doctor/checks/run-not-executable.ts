import type { Check } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { linesAbout, ringOf } from '../ring.ts';
import { pathOf } from '../tree.ts';
import { modeAllows, modeAndOwner, shellPath } from '../words.ts';

export const check: Check = {
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
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      const run = pathOf(snapshot, service.dir, 'run');
      if (run.to?.kind !== 'file' || run.can.execute !== 'EACCES') return [];
      // The mode gives the right: then it is the mount (noexec) or a parent directory.
      if (modeAllows(snapshot, run.to, 1)) return [];
      // Somebody else's file can't be given the bit.
      if (run.to.uid !== snapshot.who.uid && snapshot.who.uid !== 0) return [];
      const path = run.real ?? run.path;
      return [
        {
          check: check.id,
          severity: check.severity,
          service: service.name,
          path: run.path,
          summary: `${service.name}: run is not executable`,
          evidence: [modeAndOwner(snapshot, run), ...linesAbout(ringOf(snapshot), service.name).slice(-1)],
          cause: 'runsv starts ./run as a program; without the x bit the kernel refuses, once a second.',
          fix: {
            title: 'make run executable',
            risk: 'safe',
            commands: [`chmod a+x ${shellPath(snapshot, run.path)}`],
            operations: [{ kind: 'chmod', path, mode: run.to.mode | 0o111 }],
            actions: [],
            settle: SETTLE_RUN,
          },
        },
      ];
    }),
};
