import { serviceCheck } from '../check.ts';
import { runOf } from '../places.ts';
import { treeOf } from '../tree.ts';
import { tilde } from '../words.ts';

export const check = serviceCheck({
  id: 'run-redirects-away',
  severity: 'info',
  layer: 'advice',
  title: 'the service has a log, but its output goes to a file',
  section: 'My fetchmail loop',
  explain: [
    'What run or the daemon sends to a file by itself (exec >>FILE) never reaches the log service: its log stays empty, and nothing keeps that file from growing.',
    'By hand: take the redirection out of run, and let svlogd write.',
  ],
  see: (snapshot, service) => {
    const daemon = treeOf(snapshot).daemon(service.main);
    const target = daemon?.fds.find((each) => each.fd === 1)?.target;
    if (service.log === null || target === undefined || !target.startsWith('/') || target.startsWith('/dev/'))
      return undefined;
    const line = runOf(snapshot, service).meaning?.stdoutFile?.line;
    return {
      path: runOf(snapshot, service).path,
      summary: `it has a log service, but writes to ${tilde(snapshot, target)}`,
      evidence: [
        `stdout of pid ${daemon?.pid} is ${target}`,
        ...(line === undefined ? [] : [`run, line ${line}`]),
      ],
      cause: 'Nothing of it comes to the log. Take the redirection out of run if that is not meant.',
    };
  },
});
