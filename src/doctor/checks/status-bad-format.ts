import { join } from 'node:path';
import { serviceCheck } from '../check.ts';
import { fixBy } from '../say.ts';
import { aside, halves } from '../supervises.ts';
import { treeOf } from '../tree.ts';
import { kindWord, shellPath } from '../words.ts';

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
    if (file.self !== null && file.self.kind !== 'file') {
      const was = aside(file.path, 'was');
      return {
        path: file.path,
        summary: `${first.name}/status is ${kindWord(file.self.kind)}, expected a file of 20 bytes`,
        evidence: [`found ${kindWord(file.self.kind)}`],
        cause:
          'runsv puts its status in that place by a rename, and cannot: sv knows nothing of the service.',
        fix: fixBy({
          title: 'move it away, and let runsv write its status',
          risk: 'restart',
          commands: [
            `mv ${shellPath(snapshot, file.path)} ${shellPath(snapshot, was)}`,
            `printf c > ${shellPath(snapshot, first.supervise.path)}/control`,
          ],
          operations: [
            {
              kind: 'rename',
              from: join(first.fact.real ?? first.fact.path, 'status'),
              to: aside(join(first.fact.real ?? first.fact.path, 'status'), 'was'),
            },
          ],
          actions: [{ kind: 'control', supervise: first.supervise.path, letters: 'c' }],
        }),
      };
    }
    return {
      path: file.path,
      summary: `${first.name}/status cannot be read as a status`,
      evidence: [
        `found ${first.supervise.statusError === 'ok' ? 'nothing' : first.supervise.statusError}, expected 20 bytes`,
      ],
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
