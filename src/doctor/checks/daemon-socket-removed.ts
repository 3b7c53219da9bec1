import { serviceCheck } from '../check.ts';
import { describeProcess } from '../strays.ts';
import { treeOf } from '../tree.ts';
import { svl } from '../words.ts';

export const check = serviceCheck({
  id: 'daemon-socket-removed',
  severity: 'warning',
  layer: 'daemon',
  title: 'the socket file of a running daemon was removed',
  section: 'Make the Daemon Program',
  explain: [
    'A daemon that listens on a socket in the file system goes on listening when the file is removed (/tmp was cleaned, XDG_RUNTIME_DIR made anew, a second copy has removed it and ended): it looks well, and nobody can connect. Only a restart makes the file again.',
    'By hand: ss -lxp shows where it listens; svl restart NAME.',
  ],
  see: (snapshot, service) => {
    const daemon = treeOf(snapshot).daemon(service.main);
    if (daemon === undefined || snapshot.lostSockets === undefined) return undefined;
    for (const { target } of daemon.fds) {
      const file = snapshot.lostSockets[target];
      if (file === undefined) continue;
      return {
        path: file,
        summary: `it listens on ${file}, which was removed`,
        evidence: [`${describeProcess(daemon)} listens there, and there is no such file`],
        cause: `Nobody can connect to it by that name. Restart it: ${svl(snapshot, 'restart', service.name)}`,
      };
    }
    return undefined;
  },
});
