import { serviceCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { treeOf } from '../tree.ts';
import { svl } from '../words.ts';

/** Some may be there for a moment at any time. */
const MANY = 5;

export const check = serviceCheck({
  id: 'daemon-zombie-children',
  severity: 'warning',
  layer: 'state',
  title: 'the daemon does not reap its children',
  section: 'Make the Daemon Program',
  explain: [
    'Processes that have ended stay as zombies (state Z, <defunct>) until their parent asks for their exit code. A daemon that never does fills the process table over days.',
    'By hand: svl restart NAME clears them. The program has to call wait().',
  ],
  see: (snapshot, service) => {
    const tree = treeOf(snapshot);
    const daemon = tree.daemon(service.main);
    const dead =
      daemon === undefined ? [] : (tree.children.get(daemon.pid) ?? []).filter((each) => each.state === 'Z');
    if (daemon === undefined || dead.length <= MANY) return undefined;
    return {
      path: service.dir,
      summary: `${dead.length} children of the daemon have ended and were not reaped`,
      evidence: [
        `pid ${daemon.pid} has ${dead.length} children in state Z: ${[...new Set(dead.map((each) => each.comm))].slice(0, 4).join(', ')}`,
      ],
      cause: 'The program does not wait() for its children. A restart clears them.',
      fix: {
        title: `restart ${service.name}`,
        risk: 'restart',
        commands: [svl(snapshot, 'restart', service.name)],
        operations: [],
        actions: [{ kind: 'control', supervise: service.main.path, letters: 't' }],
        settle: SETTLE_RUN,
      },
    };
  },
});
