import { homerunLine } from '../../shell/words.ts';
import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy } from '../say.ts';
import { halves } from '../supervises.ts';
import { treeOf } from '../tree.ts';
import { shellPath, svl, userName } from '../words.ts';

const FILES = ['lock', 'control', 'ok', 'status', 'pid', 'stat'];

export const check = serviceCheck({
  id: 'supervise-files-not-owned',
  severity: 'error',
  layer: 'owner',
  title: 'single files in supervise belong to another user',
  section: 'How the supervise directory is created',
  explain: [
    'root ran sv, an editor or a backup in here. The directory is yours, but lock, control or ok (0600) are not: runsv cannot open them and ends; while it still runs, it shows at its next start.',
    'By hand, while no runsv runs: rm -f supervise/lock supervise/control supervise/ok. It makes them again.',
  ],
  see: (snapshot, service) => {
    if (snapshot.who.uid === 0) return undefined;
    const files = halves(snapshot, service)
      .filter(({ fact }) => fact.to?.kind === 'directory' && fact.to.uid === snapshot.who.uid)
      .flatMap((half) => FILES.map((name) => half.file(name)))
      .filter((fact) => fact.self !== null && fact.self.uid !== snapshot.who.uid);
    const [first] = files;
    if (first?.self == null) return undefined;
    const keeper = treeOf(snapshot).keeper(service);
    return {
      path: first.path,
      severity: keeper === undefined ? 'error' : 'warning',
      summary: `${files.map((fact) => fact.path.slice(service.dir.length + 1)).join(', ')} ${files.length === 1 ? 'belongs' : 'belong'} to ${userName(snapshot, first.self.uid)}`,
      evidence: files
        .slice(0, 6)
        .map(
          (fact) =>
            `${fact.path.slice(service.dir.length + 1)}: owner ${userName(snapshot, fact.self?.uid ?? 0)}`,
        ),
      cause:
        keeper === undefined
          ? 'runsv cannot open what is not its own, and ends at once.'
          : `It runs since before that; its next runsv will not start. In a quiet moment: ${svl(snapshot, 'exit', service.name)}, and ${homerunLine('doctor', [service.name], '--fix')}`,
      fix:
        keeper !== undefined
          ? null
          : fixBy({
              title: 'take them away; runsv makes them again',
              commands: [`rm -f ${files.map((fact) => shellPath(snapshot, fact.path)).join(' ')}`],
              operations: files.map((fact) => ({ kind: 'remove', path: fact.path })),
              settle: SETTLE_SCAN,
            }),
    };
  },
});
