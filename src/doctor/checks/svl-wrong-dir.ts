import type { Check } from '../check.ts';
import { serviceDirOfSvl } from '../homefiles.ts';
import { fixBy, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { shellPath, tilde } from '../words.ts';

export const check: Check = {
  id: 'svl-wrong-dir',
  severity: 'error',
  layer: 'session',
  title: 'svl points to another directory than the supervisor’s',
  section: 'Make the svl Shellscript',
  explain: [
    'svl asks the services of the directory that is written in it. If runsvdir looks at another one, svl says that nothing runs, or controls something else.',
    'By hand: correct the path in svl.',
  ],
  run: (snapshot) => {
    const { svl, serviceDir } = snapshot.layout;
    const script = snapshot.scripts[svl];
    const named = serviceDirOfSvl(snapshot);
    if (script === undefined || named === null || named.path === serviceDir) return [];
    const id = pathOf(snapshot, named.path).to?.id;
    if (id !== undefined && id === snapshot.serviceDir.to?.id) return [];
    // A path with such characters would have to be quoted anew: a person does that better.
    const plain = !/[^\w@%+:./-]/.test(serviceDir);
    const whole = plain && Buffer.byteLength(script.text) === script.size;
    return [
      say(check, {
        path: svl,
        summary: `${tilde(snapshot, svl)} asks ${tilde(snapshot, named.path)}, the service directory is ${tilde(snapshot, serviceDir)}`,
        evidence: [`line ${named.line}: ${script.text.split('\n')[named.line - 1]?.trim()}`],
        cause: 'svl says that services are not there, or controls others.',
        fix: whole
          ? fixBy({
              title: 'write the right directory into svl',
              commands: [`sed -i 's|${named.raw}|${serviceDir}|' ${shellPath(snapshot, svl)}`],
              operations: [
                { kind: 'write', path: svl, contents: script.text.replace(named.raw, () => serviceDir) },
              ],
            })
          : null,
      }),
    ];
  },
};
