import { scriptCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { treeOf } from '../tree.ts';
import { svl } from '../words.ts';

/** Clocks of file systems and of runsv may differ by this much, milliseconds. */
const SLACK = 1500;

export const check = scriptCheck({
  id: 'run-edited-while-read',
  severity: 'info',
  layer: 'advice',
  title: 'run was changed after the running instance was started',
  section: 'Test',
  explain: [
    'What runs was started by an older text of run. A change takes effect at the next start; and a shell that is still reading the script (no exec yet) goes on at the old place in the new text.',
    'By hand: svl restart NAME',
  ],
  see: (snapshot, { fact, path, supervise, service, name }) => {
    const { status } = supervise;
    if (status?.state !== 'run' || treeOf(snapshot).daemon(supervise) === undefined || fact.to === null)
      return undefined;
    // A time that is still to come tells nothing: it was set by hand, or by another machine's clock.
    if (fact.to.mtime <= status.changed + SLACK || fact.to.mtime > snapshot.at + SLACK) return undefined;
    const which = name === 'run' ? service.name : `${service.name}/log`;
    return {
      path,
      summary: `${name} was changed after it was started`,
      evidence: [
        `started ${new Date(status.changed).toISOString()}, changed ${new Date(fact.to.mtime).toISOString()}`,
      ],
      cause: 'The old text is what runs.',
      fix: {
        title: `restart ${which}`,
        risk: 'restart',
        commands: [svl(snapshot, 'restart', which)],
        operations: [],
        actions: [{ kind: 'control', supervise: supervise.path, letters: 't' }],
        settle: SETTLE_RUN,
      },
    };
  },
});
