/** A script beside run (finish, check) without its x bit. Pure. */
import { type Check, serviceCheck } from './check.ts';
import { chmodFix } from './say.ts';
import { pathOf } from './tree.ts';
import { modeAllows, modeAndOwner } from './words.ts';

/** `file` can be read, so that runsv or sv tries to start it, and cannot be started; `cause`: what comes of that. */
export function notExecutableCheck(
  record: Omit<Check, 'run' | 'severity' | 'layer' | 'title' | 'section'> & {
    readonly file: 'finish' | 'check';
    readonly cause: string;
  },
): Check {
  const { file, cause, ...rest } = record;
  return serviceCheck({
    ...rest,
    severity: 'warning',
    layer: 'run',
    title: `${file} has no x bit for this user`,
    section: 'VITAL! Make the Daemon’s Run Script Executable',
    all: true,
    see: (snapshot, service) => {
      const script = pathOf(snapshot, service.dir, file);
      if (script.to?.kind !== 'file' || script.can.execute !== 'EACCES' || script.can.read !== 'ok')
        return undefined;
      if (modeAllows(snapshot, script.to, 1)) return undefined;
      const own = script.to.uid === snapshot.who.uid || snapshot.who.uid === 0;
      return {
        path: script.path,
        summary: `${file} is not executable`,
        evidence: [modeAndOwner(snapshot, script)],
        cause,
        fix: own
          ? chmodFix(snapshot, script.path, script.real ?? script.path, script.to.mode, 0o111, 'a+x')
          : null,
      };
    },
  });
}
