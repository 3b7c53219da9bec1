import { serviceCheck } from '../check.ts';
import type { ServiceFact, Snapshot } from '../snapshot.ts';
import { ASKS_FOR, lineOf, type SvTarget, svCommands } from '../sv-commands.ts';
import { pathOf } from '../tree.ts';
import { shellPath, svl, tilde } from '../words.ts';
import { isFlapping } from './flapping.ts';

/** Why the one that is asked for does not serve; undefined when it does. */
function lacks(
  snapshot: Snapshot,
  own: ServiceFact,
  target: SvTarget,
): readonly [string, string] | undefined {
  const { word, path, service } = target;
  if (path === null) {
    const here = snapshot.services.find((each) => each.links.length > 0 && each.name === word);
    if (here === undefined) return undefined;
    return [
      `sv looks for ${word} where SVDIR says, or in its own directory, and not in ${tilde(snapshot, snapshot.layout.serviceDir)}`,
      `Write the path: ${shellPath(snapshot, `${snapshot.layout.serviceDir}/${word}`)}`,
    ];
  }
  if (service === undefined)
    return pathOf(snapshot, path).to === null && snapshot.asked.length === 0
      ? [`there is no service ${tilde(snapshot, path)}`, 'Correct its name, or make that service.']
      : undefined;
  if (service === own) return undefined;
  const { status, answers } = service.main;
  if (answers !== 'ok') return [`no runsv serves ${service.name}`, `Mend ${service.name} first.`];
  if (status?.state === 'down' && status.want === 'd')
    return [`${service.name} is down`, `Start it: ${svl(snapshot, 'up', service.name)}`];
  if (isFlapping(snapshot, service.main) || status?.state === 'down')
    return [`${service.name} does not stay up`, `Mend ${service.name} first.`];
  return undefined;
}

export const check = serviceCheck({
  id: 'run-needs-service',
  severity: 'error',
  layer: 'environment',
  title: 'run asks for another service, which is not there or not up',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'A run may ask sv for what it depends on: sv check ../database || exit 1. When that service is down, does not stay up, or has another name now, run ends each second, and says nothing about why. sv takes a name without a slash as one in SVDIR, and without that variable in the directory of the system.',
    'By hand: run that line in a terminal, in the directory of the service.',
  ],
  see: (snapshot, service) => {
    if (!isFlapping(snapshot, service.main)) return undefined;
    for (const command of svCommands(snapshot)) {
      if (command.service !== service || command.name !== 'run' || !ASKS_FOR.test(command.verb)) continue;
      for (const target of command.targets) {
        const why = lacks(snapshot, service, target);
        if (why === undefined) continue;
        return {
          path: command.script.path,
          summary: `run asks for ${target.service?.name ?? target.word}, and does not get it`,
          evidence: [lineOf(command.started), why[0]],
          cause: `run ends there, and is started again. ${why[1]}`,
        };
      }
    }
    return undefined;
  },
});
