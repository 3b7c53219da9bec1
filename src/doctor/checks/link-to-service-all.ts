import { join } from 'node:path';
import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy } from '../say.ts';
import { pathOf } from '../tree.ts';
import { shellPath } from '../words.ts';

export const check = serviceCheck({
  id: 'link-to-service-all',
  severity: 'error',
  layer: 'links',
  title: 'the service directory contains a link to a directory of services, or to itself',
  section: 'Symlink the Daemon’s Directory From Inside the Service Directory',
  explain: [
    'ln -s ~/service_all ~/service_gui makes a link to all of service_all inside of the service directory. runsvdir takes it for a service without run: "unable to start ./run: file does not exist", each second, and a supervise directory appears in service_all.',
    'By hand: rm ~/service_gui/service_all; then rm -r ~/service_all/supervise.',
  ],
  see: (snapshot, service) => {
    const [entry] = service.links;
    if (entry === undefined || pathOf(snapshot, entry).self?.kind !== 'symlink') return undefined;
    if (pathOf(snapshot, service.dir, 'run').self !== null) return undefined;
    const all = service.id === snapshot.serviceAll.to?.id || service.id === snapshot.serviceDir.to?.id;
    // `log` with a run is a service's own log service: a service that has lost its run has it, too.
    const inside = service.names.filter(
      (name) => name !== 'log' && pathOf(snapshot, join(service.dir, name, 'run')).to !== null,
    );
    if (!all && inside.length === 0) return undefined;
    return {
      path: entry,
      summary: `its link leads to ${service.id === snapshot.serviceDir.to?.id ? 'the service directory itself' : 'a directory of services'}, not to a service`,
      evidence: [
        `link to ${pathOf(snapshot, entry).target}`,
        ...(inside.length > 0 ? [`services in it: ${inside.slice(0, 6).join(', ')}`] : []),
      ],
      cause: `runsvdir takes it for a service without run, and tries to start it each second. What is left of it afterwards goes with: rm -r ${shellPath(snapshot, `${service.dir}/supervise`)}`,
      fix: fixBy({
        title: 'take the link away',
        commands: [`rm ${shellPath(snapshot, entry)}`],
        operations: [{ kind: 'remove', path: entry }],
        settle: SETTLE_SCAN,
      }),
    };
  },
});
