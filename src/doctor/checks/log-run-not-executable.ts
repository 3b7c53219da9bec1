import type { Check } from '../check.ts';
import { linesAbout, ringOf } from '../ring.ts';
import { chmodFix, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { modeAllows, modeAndOwner } from '../words.ts';

export const check: Check = {
  id: 'log-run-not-executable',
  severity: 'error',
  layer: 'log',
  title: 'log/run has no x bit for this user',
  section: 'VITAL! Make the Daemon’s Run Script Executable',
  explain: [
    'As with run: runsv starts log/run as a program, once a second. While it cannot, nothing reads the pipe, and the daemon stops when it is full.',
    'By hand: chmod a+x ~/service_all/NAME/log/run',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      if (service.log === null) return [];
      const run = pathOf(snapshot, service.dir, 'log/run');
      if (run.to?.kind !== 'file' || run.can.execute !== 'EACCES' || modeAllows(snapshot, run.to, 1))
        return [];
      if (run.to.uid !== snapshot.who.uid && snapshot.who.uid !== 0) return [];
      return [
        say(check, {
          service: service.name,
          path: run.path,
          summary: `${service.name}: log/run is not executable`,
          evidence: [modeAndOwner(snapshot, run), ...linesAbout(ringOf(snapshot), service.name).slice(-1)],
          cause:
            'runsv starts log/run as a program; without the x bit the kernel refuses, and nothing reads the daemon’s output.',
          fix: chmodFix(snapshot, run.path, run.real ?? run.path, run.to.mode, 0o111, 'a+x'),
        }),
      ];
    }),
};
