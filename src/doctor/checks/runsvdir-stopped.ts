import { treeCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy } from '../say.ts';
import { treeOf } from '../tree.ts';

export const check = treeCheck({
  id: 'runsvdir-stopped',
  severity: 'error',
  layer: 'supervisor',
  title: 'runsvdir is stopped (state T)',
  section: 'Troubleshoot: Read-Only Diagnostic Tests',
  explain: [
    'A runsvdir that got STOP (kill -STOP, Ctrl-Z in its terminal) looks at nothing: new links are not seen, and a runsv that ends is not started again.',
    'By hand: kill -CONT its pid.',
  ],
  see: (snapshot) => {
    const stopped = treeOf(snapshot).ours.find((each) => /^[Tt]$/.test(each.process.state));
    if (stopped === undefined) return undefined;
    const { pid, ticks, state } = stopped.process;
    return {
      path: snapshot.layout.serviceDir,
      summary: `runsvdir (pid ${pid}) is stopped`,
      evidence: [`pid ${pid}: state ${state}`],
      cause: 'It sees no new service, and starts no runsv again.',
      fix: fixBy({
        title: 'let it go on',
        commands: [`kill -CONT ${pid}`],
        actions: [{ kind: 'signal', pid, ticks, signal: 'SIGCONT' }],
        settle: SETTLE_SCAN,
      }),
    };
  },
});
