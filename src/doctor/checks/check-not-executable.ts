import type { Check } from '../check.ts';
import { chmodFix, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { modeAllows, modeAndOwner } from '../words.ts';

export const check: Check = {
  id: 'check-not-executable',
  severity: 'warning',
  layer: 'run',
  title: 'check has no x bit for this user',
  section: 'VITAL! Make the Daemon’s Run Script Executable',
  explain: [
    'sv runs check to know whether a service is ready. One that cannot be started counts as passed, with a warning.',
    'By hand: chmod a+x ~/service_all/NAME/check',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      const script = pathOf(snapshot, service.dir, 'check');
      if (script.to?.kind !== 'file' || script.can.execute !== 'EACCES' || script.can.read !== 'ok')
        return [];
      if (modeAllows(snapshot, script.to, 1)) return [];
      const own = script.to.uid === snapshot.who.uid || snapshot.who.uid === 0;
      return [
        say(check, {
          service: service.name,
          path: script.path,
          summary: `${service.name}: check is not executable`,
          evidence: [modeAndOwner(snapshot, script)],
          cause:
            'sv start, restart and check warn and take it for passed: they no longer tell whether the service is ready.',
          fix: own
            ? chmodFix(snapshot, script.path, script.real ?? script.path, script.to.mode, 0o111, 'a+x')
            : null,
        }),
      ];
    }),
};
