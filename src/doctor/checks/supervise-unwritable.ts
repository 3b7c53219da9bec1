import { shellWord } from '../../shell/words.ts';
import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { linesAbout, ringOf } from '../ring.ts';
import { fixBy } from '../say.ts';
import { halves } from '../supervises.ts';
import { treeOf } from '../tree.ts';
import { errorText, modeAndOwner, shellPath } from '../words.ts';

export const check = serviceCheck({
  id: 'supervise-unwritable',
  severity: 'error',
  layer: 'supervise',
  title: 'supervise is the user’s own, but has no w or x bit',
  section: 'How the supervise directory is created',
  explain: [
    'A chmod -R or a restored backup took the right away. A runsv that runs cannot write status any more, so that sv shows old news; a new one says "unable to open supervise/lock: access denied".',
    'By hand: chmod 700 ~/service_all/NAME/supervise. A runsv that runs already writes the state down at its next change, or now with: printf c >supervise/control',
  ],
  see: (snapshot, service) => {
    const closed = halves(snapshot, service).filter(
      ({ fact }) =>
        fact.to?.kind === 'directory' && fact.to.uid === snapshot.who.uid && (fact.to.mode & 0o300) !== 0o300,
    );
    const [first] = closed;
    if (first === undefined) {
      // The mode allows it, and the system does not: an attribute (chattr +i) or an access list.
      const shut = halves(snapshot, service).find(
        ({ fact }) =>
          fact.to?.kind === 'directory' &&
          fact.to.uid === snapshot.who.uid &&
          /^(EPERM|EACCES)$/.test(fact.can.write),
      );
      if (shut === undefined) return undefined;
      return {
        path: shut.fact.path,
        summary: `${shut.name} cannot be written to, though its mode allows it`,
        evidence: [
          `${errorText(shut.fact.can.write)}; ${modeAndOwner(snapshot, shut.fact)}`,
          ...linesAbout(ringOf(snapshot), service.name).slice(-1),
        ],
        cause: `runsv keeps its state there, and cannot. As root: lsattr -d ${shellWord(shut.fact.path)} shows an attribute (chattr -i takes it away); getfacl an access list.`,
      };
    }
    // A runsv that came this far keeps the service: it only has to write its state again.
    const told = treeOf(snapshot).keeper(service) === undefined ? [] : closed;
    return {
      path: first.fact.path,
      summary: `${closed.map(({ name }) => name).join(' and ')} cannot be written to`,
      evidence: [modeAndOwner(snapshot, first.fact), ...linesAbout(ringOf(snapshot), service.name).slice(-1)],
      cause: 'runsv keeps its state there, and cannot.',
      fix: fixBy({
        title: 'give supervise its mode 0700 back',
        risk: told.length > 0 ? 'restart' : 'safe',
        commands: [
          ...closed.map(({ fact }) => `chmod 700 ${shellPath(snapshot, fact.path)}`),
          ...told.map(({ fact }) => `printf c >${shellPath(snapshot, fact.path)}/control`),
        ],
        operations: closed.map(({ fact }) => ({ kind: 'chmod', path: fact.real ?? fact.path, mode: 0o700 })),
        actions: told.map(({ supervise }) => ({ kind: 'control', supervise: supervise.path, letters: 'c' })),
        settle: SETTLE_SCAN,
      }),
    };
  },
});
