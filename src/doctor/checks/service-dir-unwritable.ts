import { shellWord } from '../../shell/words.ts';
import { serviceCheck } from '../check.ts';
import { SETTLE_SCAN } from '../finding.ts';
import { fixBy } from '../say.ts';
import { halves } from '../supervises.ts';
import { pathOf } from '../tree.ts';
import { modeAndOwner, shellPath, userName } from '../words.ts';

export const check = serviceCheck({
  id: 'service-dir-unwritable',
  severity: 'error',
  layer: 'owner',
  title: 'the service directory is not writable, and there is no supervise in it yet',
  section: 'Make the Daemon’s Directory Inside The "All Daemons" Directory',
  explain: [
    'runsv makes supervise in the service directory. Where that belongs to root (sudo mkdir), it cannot: "unable to open supervise/lock: file does not exist".',
    'By hand, as root: chown USER DIR DIR/log. Or make supervise a link to a place that is yours.',
  ],
  see: (snapshot, service) => {
    for (const { fact, name } of halves(snapshot, service)) {
      const parent = pathOf(snapshot, fact.path, '..');
      if (fact.error !== 'ENOENT' || parent.to?.kind !== 'directory' || parent.can.write !== 'EACCES')
        continue;
      const own = parent.to.uid === snapshot.who.uid;
      return {
        path: parent.path,
        summary: `${name} cannot be made: the directory is not writable`,
        evidence: [modeAndOwner(snapshot, parent)],
        cause: own
          ? 'runsv makes supervise there, and may not.'
          : `runsv makes supervise there, and may not. As root: chown ${snapshot.who.user} ${shellWord(parent.path)} (it belongs to ${userName(snapshot, parent.to.uid)})`,
        fix: own
          ? fixBy({
              title: 'make the directory writable for its owner',
              commands: [`chmod u+w ${shellPath(snapshot, parent.path)}`],
              operations: [{ kind: 'chmod', path: parent.real ?? parent.path, mode: parent.to.mode | 0o200 }],
              settle: SETTLE_SCAN,
            })
          : null,
      };
    }
    return undefined;
  },
});
