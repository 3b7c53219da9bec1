import { serviceCheck } from '../check.ts';
import { pathOf, treeOf } from '../tree.ts';
import { svl, tilde } from '../words.ts';

const GONE = ' (deleted)';

export const check = serviceCheck({
  id: 'daemon-outdated',
  severity: 'info',
  layer: 'advice',
  title: 'the daemon’s program was replaced since it was started',
  section: 'Make the Daemon Program',
  explain: [
    'An upgrade puts a new file in the place of the program; what runs is still the old one, which has no name any more. It works until it wants something of its old version that is gone, too: modules, data, other programs.',
    'By hand: svl restart NAME',
  ],
  see: (snapshot, service) => {
    const daemon = treeOf(snapshot).daemon(service.main);
    if (daemon?.exe?.endsWith(GONE) !== true) return undefined;
    const file = daemon.exe.slice(0, -GONE.length);
    if (pathOf(snapshot, file).to?.kind !== 'file') return undefined;
    return {
      path: file,
      summary: `it runs an older ${tilde(snapshot, file)} than the one that is there now`,
      evidence: [`pid ${daemon.pid}: ${daemon.exe}`],
      cause: `The program was replaced, by an upgrade for instance. The new one is run after: ${svl(snapshot, 'restart', service.name)}`,
    };
  },
});
