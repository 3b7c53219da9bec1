import { serviceCheck } from '../check.ts';
import { fixBy } from '../say.ts';
import { halves } from '../supervises.ts';
import { treeOf } from '../tree.ts';
import { shellPath } from '../words.ts';

export const check = serviceCheck({
  id: 'status-bad-format',
  severity: 'error',
  layer: 'supervise',
  title: 'supervise/status is not 20 bytes, unreadable or missing although runsv runs',
  section: 'How the supervise directory is created',
  explain: [
    'sv reads the 20 bytes of supervise/status. When something else wrote or removed that file, sv says "unable to read supervise/status: bad format" until the next change of state.',
    'By hand: printf c >supervise/control: runsv sends CONT (harmless for a daemon that runs) and writes the file again.',
  ],
  see: (snapshot, service) => {
    if (treeOf(snapshot).keeper(service) === undefined) return undefined;
    const wrong = halves(snapshot, service).filter(
      ({ supervise }) => supervise.answers === 'ok' && supervise.status === null,
    );
    const [first] = wrong;
    if (first === undefined || first.fact.can.execute !== 'ok') return undefined;
    const file = first.file('status');
    if (file.self !== null && file.self.uid !== snapshot.who.uid) return undefined;
    return {
      path: file.path,
      summary: `${first.name}/status cannot be read as a status`,
      evidence: [`found ${first.supervise.statusError}, expected 20 bytes`],
      cause:
        'Something else wrote or removed it. runsv writes it again at the next change, or when it is told to continue.',
      fix: fixBy({
        title: 'let runsv write it again',
        risk: 'restart',
        commands: wrong.map(({ supervise }) => `printf c > ${shellPath(snapshot, supervise.path)}/control`),
        actions: wrong.map(({ supervise }) => ({ kind: 'control', supervise: supervise.path, letters: 'c' })),
      }),
    };
  },
});
