import { serviceCheck } from '../check.ts';
import { describeProcess, straysOf } from '../strays.ts';
import { treeOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'term-leaves-children',
  severity: 'info',
  layer: 'state',
  title: 'the service is down, and something that it started lives on',
  section: 'My fetchmail loop',
  explain: [
    'TERM reaches only the process that runsv supervises. What a shell loop has started (fetchmail, sleep, rsync) goes on as an orphan; svl up then starts a second one beside it.',
    'By hand: trap TERM in the script and end the child there, or exec the last program. What is left: kill PID.',
  ],
  see: (snapshot, service) => {
    const { status } = service.main;
    if (status?.state !== 'down' || status.want !== 'd' || treeOf(snapshot).keeper(service) === undefined)
      return undefined;
    const left = straysOf(snapshot, service);
    if (left.length === 0) return undefined;
    return {
      path: service.dir,
      summary: `it is down, but ${left.length === 1 ? 'a process' : `${left.length} processes`} of it ${left.length === 1 ? 'lives' : 'live'} on`,
      evidence: left.slice(0, 4).map(describeProcess),
      cause: `TERM reached only the supervised process. To end what is left: kill ${left
        .slice(0, 8)
        .map((each) => each.pid)
        .join(' ')}`,
    };
  },
});
