import type { Check } from '../check.ts';
import { say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { modeAllows, shellPath, svl } from '../words.ts';

export const check: Check = {
  id: 'control-script-swallows',
  severity: 'warning',
  layer: 'state',
  title: 'control/t or control/d keeps the service from being stopped',
  section: 'Brute Force Troubleshooting',
  explain: [
    'A program control/t that exits 0 takes the place of the TERM signal. When it does not end the daemon, sv down has no effect.',
    'By hand: correct the program, or chmod a-x it; then svl down NAME again.',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      const { status, answers } = service.main;
      const control = pathOf(snapshot, service.dir, 'control');
      if (control.to !== null && control.to.kind !== 'directory') {
        return [
          say(check, {
            service: service.name,
            path: control.path,
            summary: `${service.name}: control is no directory`,
            evidence: [`${control.path} is there, and runsv looks for programs in a directory of that name`],
            cause: 'runsv warns at each command. Move it away.',
          }),
        ];
      }
      if (answers !== 'ok' || status?.state !== 'run' || status.want !== 'd' || status.gotTerm) return [];
      const script = ['t', 'd', 'x']
        .map((letter) => pathOf(snapshot, service.dir, 'control', letter))
        .find((fact) => fact.to?.kind === 'file' && modeAllows(snapshot, fact.to, 1));
      if (script === undefined) return [];
      return [
        say(check, {
          service: service.name,
          path: script.path,
          summary: `${service.name}: it is wanted down, but ${script.path.split('/').slice(-2).join('/')} took the place of TERM`,
          evidence: ['running, want down, TERM was not sent', `${script.path} is executable`],
          cause: `When that program exits 0 no TERM is sent. Correct it, or: chmod a-x ${shellPath(snapshot, script.path)}; ${svl(snapshot, 'down', service.name)}. (After sv once it looks the same, and is none.)`,
        }),
      ];
    }),
};
