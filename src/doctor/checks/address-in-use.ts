import { basename } from 'node:path';
import { homerunLine } from '../../shell/words.ts';
import { serviceCheck } from '../check.ts';
import { portsOf, saysInUse, socketPathsOf } from '../collect/in-use.ts';
import { SETTLE_RUN } from '../finding.ts';
import { runOf } from '../places.ts';
import { programOf } from '../program.ts';
import { fixBy } from '../say.ts';
import type { ProcessFact, Snapshot } from '../snapshot.ts';
import { describeProcess } from '../strays.ts';
import { pathOf, treeOf } from '../tree.ts';
import { shellPath } from '../words.ts';
import { lastWords } from '../words-of-daemons.ts';
import { isFlapping } from './flapping.ts';

/** The name of the service under whose runsv a process is; undefined when it is not supervised. */
function serviceOf(snapshot: Snapshot, process: ProcessFact): string | undefined {
  const tree = treeOf(snapshot);
  const known = snapshot.services.find((service) => {
    const daemon = tree.daemon(service.main);
    return daemon !== undefined && tree.isBelow(process, daemon.pid);
  });
  if (known !== undefined || !tree.isSupervised(process)) return known?.name;
  // Of a service that was not asked about only the processes are known.
  const runsv = tree.runsvs.find((each) => tree.isBelow(process, each.pid));
  return runsv === undefined ? basename(process.cwd ?? `pid ${process.pid}`) : programOf(runsv).args[0];
}

export const check = serviceCheck({
  id: 'address-in-use',
  severity: 'error',
  layer: 'daemon',
  title: 'the port or socket that the daemon wants is held by another process, or its file was left over',
  section: 'Make the Daemon Program',
  explain: [
    'Only one process can listen on a port. The daemon says "address already in use" and ends, again and again. Doctor looks the port up in the kernel’s table and tells who has it: another service, a copy that is no longer supervised, or a program outside.',
    'A socket in the file system is different: its file stays when the process is killed, and the next one finds it in the way though nobody listens there.',
    'By hand: ss -ltnp | grep PORT names the process; rm the socket when nobody listens on it.',
  ],
  see: (snapshot, service) => {
    if (!isFlapping(snapshot, service.main)) return undefined;
    const { path } = runOf(snapshot, service);
    const inUse = snapshot.inUse ?? { ports: {}, sockets: {} };
    for (const line of [...lastWords(snapshot, service)].reverse()) {
      if (!saysInUse(line)) continue;
      for (const file of socketPathsOf(line)) {
        if (pathOf(snapshot, file).to?.kind !== 'socket' || inUse.sockets[file] !== false) continue;
        return {
          path: file,
          summary: `${file} was left over by a process that is dead, and is in the way`,
          evidence: [line, 'it is a socket, and no process listens on it'],
          cause: `The daemon does not make it anew. Take it away: rm ${shellPath(snapshot, file)}; or put that line into run before the exec.`,
        };
      }
      for (const port of portsOf(line)) {
        const sockets = inUse.ports[port];
        if (sockets === undefined) continue;
        const holder = snapshot.processes.find((each) =>
          each.fds.some(({ target }) => sockets.includes(target)),
        );
        if (holder === undefined) {
          return {
            path,
            summary: `port ${port} is held by a process that you may not look into`,
            evidence: [
              line,
              'the kernel’s table has a listener there, and none of the processes that you may look into has it',
            ],
            cause:
              'Only one can listen there. Give the daemon another port, or ask who runs the other one: as root, ss -ltnp.',
          };
        }
        const other = serviceOf(snapshot, holder);
        if (other !== undefined && other !== service.name) {
          return {
            path,
            summary: `port ${port} is held by the service ${other}`,
            evidence: [line, `${describeProcess(holder)} listens there`],
            cause: `Two services want one port. Give one of them another port, or switch one off: ${homerunLine('disable', [other])}`,
          };
        }
        if (other === service.name) continue;
        return {
          path,
          summary: `port ${port} is held by a process that is not supervised`,
          evidence: [
            line,
            `${describeProcess(holder)} listens there, parent ${holder.ppid}, since ${new Date(holder.started).toISOString()}`,
          ],
          cause:
            'The supervised one cannot have it. End the other one; if the daemon leaves it behind each time, give the daemon its option to stay in the foreground.',
          fix: fixBy({
            title: `end the process that holds port ${port}`,
            risk: 'restart',
            commands: [`kill ${holder.pid}`],
            actions: [{ kind: 'signal', pid: holder.pid, ticks: holder.ticks, signal: 'SIGTERM' }],
            settle: SETTLE_RUN * 2,
          }),
        };
      }
    }
    return undefined;
  },
});
