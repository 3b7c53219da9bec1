import { dirname } from 'node:path';
import { shellWord } from '../../shell/words.ts';
import { scriptCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { rewrite } from '../places.ts';
import { pathOf } from '../tree.ts';
import { modeAllows, modeAndOwner, shellPath, userName } from '../words.ts';

export const check = scriptCheck({
  id: 'run-owned-by-other',
  severity: 'error',
  layer: 'owner',
  title: 'run belongs to another user, and its mode gives this user no x',
  section: 'VITAL! Make the Daemon’s Run Script Executable',
  explain: [
    'A run that was written with sudo belongs to root. Then chmod says "Operation not permitted". When the directory is yours and you may read the file, a copy of your own takes its place; else root must give it to you.',
    'By hand:',
    '  cp run run.new && chmod 755 run.new && mv -f run.new run',
  ],
  see: (snapshot, { fact, path, name, script }) => {
    if (fact.to?.kind !== 'file' || fact.can.execute !== 'EACCES' || modeAllows(snapshot, fact.to, 1))
      return undefined;
    if (fact.to.uid === snapshot.who.uid || snapshot.who.uid === 0) return undefined;
    const folder = pathOf(snapshot, dirname(path));
    const operation = script === undefined ? undefined : rewrite(script, path, script.text);
    const possible =
      operation !== undefined &&
      folder.can.write === 'ok' &&
      fact.self?.kind === 'file' &&
      (folder.to?.mode ?? 0) < 0o1000;
    const word = shellPath(snapshot, path);
    const aside = `${path}.${userName(snapshot, fact.to.uid).replace(' ', '-')}`;
    return {
      path,
      summary: `${name} belongs to ${userName(snapshot, fact.to.uid)} and is not executable for ${snapshot.who.user}`,
      evidence: [modeAndOwner(snapshot, fact)],
      cause: possible
        ? 'Only its owner can change its mode; but the directory is yours, so that a copy can take its place.'
        : `Only its owner can change its mode. As root: chown ${snapshot.who.user} ${shellWord(path)}`,
      fix:
        possible && script !== undefined
          ? {
              title: `put an own, executable copy in place of ${name}`,
              risk: 'safe',
              commands: [
                `mv ${word} ${shellPath(snapshot, aside)}`,
                `cp ${shellPath(snapshot, aside)} ${word}`,
                `chmod 755 ${word}`,
              ],
              operations: [
                { kind: 'rename', from: path, to: aside },
                { kind: 'write', path, contents: script.text, mode: 0o755 },
              ],
              actions: [],
              settle: SETTLE_RUN,
            }
          : null,
    };
  },
});
