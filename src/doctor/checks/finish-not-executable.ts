import type { Check } from '../check.ts';
import { chmodFix, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { modeAllows, modeAndOwner } from '../words.ts';

export const check: Check = {
  id: 'finish-not-executable',
  severity: 'warning',
  layer: 'run',
  title: 'finish has no x bit for this user',
  section: 'VITAL! Make the Daemon’s Run Script Executable',
  explain: [
    'finish is run each time run has ended, with its exit code and signal. runsv starts it when it can be read, so a finish without the x bit gives one error for each end.',
    'By hand: chmod a+x ~/service_all/NAME/finish',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      const script = pathOf(snapshot, service.dir, 'finish');
      if (script.to?.kind !== 'file' || script.can.execute !== 'EACCES' || script.can.read !== 'ok')
        return [];
      if (modeAllows(snapshot, script.to, 1)) return [];
      const own = script.to.uid === snapshot.who.uid || snapshot.who.uid === 0;
      return [
        say(check, {
          service: service.name,
          path: script.path,
          summary: `${service.name}: finish is not executable`,
          evidence: [modeAndOwner(snapshot, script)],
          cause: 'runsv tries to start finish each time run ends, and cannot: what it should clean up stays.',
          fix: own
            ? chmodFix(snapshot, script.path, script.real ?? script.path, script.to.mode, 0o111, 'a+x')
            : null,
        }),
      ];
    }),
};
