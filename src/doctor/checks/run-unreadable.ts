import { scriptCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { modeAndOwner, shellPath } from '../words.ts';

export const check = scriptCheck({
  id: 'run-unreadable',
  severity: 'error',
  layer: 'run',
  title: 'run may be executed but not read',
  section: 'VITAL! Make the Daemon’s Run Script Executable',
  explain: [
    'A script is read by its interpreter, with the rights of the user: the x bit alone (mode 0111) starts the shell, which then says "cannot open ./run: Permission denied".',
    'By hand:',
    '  chmod u+r ~/service_all/NAME/run',
  ],
  see: (snapshot, { fact, path, name }) => {
    if (fact.to?.kind !== 'file' || fact.can.execute !== 'ok' || fact.can.read !== 'EACCES') return undefined;
    const own = fact.to.uid === snapshot.who.uid;
    return {
      path,
      summary: `${name} cannot be read`,
      evidence: [modeAndOwner(snapshot, fact)],
      cause: own
        ? 'The shell that the kernel starts must read the script.'
        : 'The shell that the kernel starts must read the script; its owner has to give the right.',
      fix: own
        ? {
            title: `make ${name} readable`,
            risk: 'safe',
            commands: [`chmod u+r ${shellPath(snapshot, path)}`],
            operations: [{ kind: 'chmod', path: fact.real ?? path, mode: fact.to.mode | 0o400 }],
            actions: [],
            settle: SETTLE_RUN,
          }
        : null,
    };
  },
});
