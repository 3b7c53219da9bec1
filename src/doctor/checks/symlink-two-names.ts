import { serviceCheck } from '../check.ts';
import { shellPath } from '../words.ts';

export const check = serviceCheck({
  id: 'symlink-two-names',
  severity: 'info',
  layer: 'advice',
  title: 'two links lead to one service directory',
  section: 'Symlink the Daemon’s Directory From Inside the Service Directory',
  explain: [
    'runsvdir knows a service by its directory: two names are one service with one runsv. Both names work with svl; taking one link away changes nothing.',
    'By hand: rm one of them.',
  ],
  see: (snapshot, service) => {
    if (service.links.length < 2) return undefined;
    return {
      path: service.links[1] ?? null,
      summary: `${service.links.length} links lead to it: ${service.links.map((link) => link.split('/').pop()).join(', ')}`,
      evidence: [`all lead to ${service.dir}`],
      cause: `They are one service. If that is not meant: rm ${shellPath(snapshot, service.links[1] ?? '')}`,
    };
  },
});
