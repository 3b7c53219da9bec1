import { basename } from 'node:path';
import { serviceCheck } from '../check.ts';
import { environmentOf } from '../environment.ts';
import { readMeaning } from '../meaning.ts';
import { lastTarget, runOf, servicePath } from '../places.ts';
import { pathOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'usr1-svl-unreachable',
  severity: 'warning',
  layer: 'daemon',
  title: 'the daemon’s own stop calls an svl that is not there, or names another service',
  section: 'Listening for signal USR1',
  explain: [
    'The function that catches USR1 calls svl down NAME. Services have the PATH of runsvdir, on which ~/bin often is not; and NAME has to be the name of the link in the service directory. Otherwise the daemon ends and is started again.',
    'By hand: write the absolute path of svl, and the service’s own name. Now: svl down NAME',
  ],
  see: (snapshot, service) => {
    const place = runOf(snapshot, service);
    const target = lastTarget(snapshot, place)?.fact?.path;
    const script = target === undefined ? undefined : snapshot.scripts[target];
    const own = basename(snapshot.layout.svl);
    const search = servicePath(snapshot);
    const readings = [
      ...(place.meaning === undefined ? [] : [{ path: place.path, meaning: place.meaning }]),
      ...(script === undefined || target === undefined
        ? []
        : [{ path: target, meaning: readMeaning(script, service.dir, environmentOf(snapshot)) }]),
    ];
    return readings.flatMap(({ path, meaning }) =>
      meaning.started.flatMap((started) => {
        const { program } = started;
        if (program === null || (basename(program) !== 'svl' && basename(program) !== own)) return [];
        if (!/^(d|down|stop|exit|x)/.test(started.args[0] ?? '')) return [];
        const line = `line ${started.line}: ${started.command.words
          .map((word) => word.raw)
          .join(' ')
          .slice(0, 70)}`;
        const hits = program.includes('/')
          ? [program]
          : (search ?? '')
              .split(':')
              .filter((folder) => folder.startsWith('/'))
              .map((folder) => `${folder}/${program}`);
        if (!hits.some((hit) => pathOf(snapshot, hit).can.execute === 'ok')) {
          return [
            {
              path,
              summary: `its own stop calls ${program}, which the service cannot reach`,
              evidence: [line, ...(program.includes('/') ? [] : [`PATH of the services: ${search}`])],
              cause: `The daemon would end and be started again. Write the path: ${snapshot.layout.svl} down ${service.name}`,
            },
          ];
        }
        const name = started.args[1];
        if (name == null || name === service.name || basename(name) === service.name) return [];
        return [
          {
            path,
            summary: `its own stop is for another service: ${name}`,
            evidence: [line, `this service is called ${service.name}`],
            cause: `The other one would be stopped, and this one started again. Write ${service.name}.`,
          },
        ];
      }),
    );
  },
});
