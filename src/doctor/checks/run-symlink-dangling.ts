import { scriptCheck } from '../check.ts';
import { errorText, shellPath } from '../words.ts';

export const check = scriptCheck({
  id: 'run-symlink-dangling',
  severity: 'error',
  layer: 'run',
  title: 'run is a symbolic link whose target is gone',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'A run that is a link to a script kept elsewhere breaks when that script is moved, or when the place is not mounted yet. runsv says "unable to start ./run: file does not exist", as if there were no run.',
    'By hand: put the target back, or make the link anew: ln -sfn /path/to/script ~/service_all/NAME/run',
  ],
  see: (snapshot, { fact, path, name }) => {
    if (fact.self?.kind !== 'symlink' || fact.to !== null) return undefined;
    return {
      path,
      summary: `${name} is a link to ${fact.target ?? 'a path'}, which cannot be reached`,
      evidence: [`link to ${fact.target ?? '?'}: ${errorText(fact.toError ?? 'ENOENT')}`],
      cause: `runsv cannot start what is not there. Put ${fact.target ?? 'the target'} back, or make the link anew: ln -sfn SCRIPT ${shellPath(snapshot, path)}`,
    };
  },
});
