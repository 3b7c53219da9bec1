import { join } from 'node:path';
import { shellWord } from '../../shell/words.ts';
import type { Check } from '../check.ts';
import { logsOf } from '../logs.ts';
import { chmodFix, fixBy, freeName, say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { errorText, kindWord, modeAllows, modeAndOwner, shellPath, tilde } from '../words.ts';

export const check: Check = {
  id: 'log-dir-unwritable',
  severity: 'error',
  layer: 'log',
  title: 'the log directory, or its lock, cannot be written',
  section: 'Runit Log File Overview',
  explain: [
    'svlogd needs to make files in its directory and to lock the file lock in it. A run as root leaves a lock that belongs to root; a directory of another user refuses everything.',
    'By hand: in a directory of your own, mv lock lock.old; for a directory of another user ask root for chown, or give svlogd another directory.',
  ],
  run: (snapshot) =>
    logsOf(snapshot).flatMap(({ log, service }) => {
      const fact = pathOf(snapshot, log.path);
      if (fact.to?.kind !== 'directory' || fact.can.write === 'EROFS') return [];
      const own = fact.to.uid === snapshot.who.uid;
      if (fact.can.write !== 'ok' || fact.can.execute !== 'ok') {
        return [
          say(check, {
            service: service.name,
            path: log.path,
            summary: `${service.name}: the log directory ${tilde(snapshot, log.path)} is not writable`,
            evidence: [modeAndOwner(snapshot, fact)],
            cause: own
              ? 'svlogd cannot make its files: it ends, and the daemon stops when the pipe is full.'
              : `svlogd cannot make its files. The directory belongs to another user: root has to run chown ${snapshot.who.user} ${shellWord(log.path)}, or log/run gets another directory.`,
            fix: own
              ? chmodFix(snapshot, log.path, fact.real ?? log.path, fact.to.mode, 0o700, 'u+rwx')
              : null,
          }),
        ];
      }
      for (const name of ['lock', 'current']) {
        const file = pathOf(snapshot, log.path, name);
        const dangling = file.self?.kind === 'symlink' && file.to === null;
        const odd = dangling || (file.to !== null && file.to.kind !== 'file');
        if (!odd && (file.to === null || file.can.write === 'ok')) continue;
        const aside = freeName(log.names, `${name}.old`);
        if (odd) {
          const what = dangling
            ? `a link to ${file.target}, which leads nowhere`
            : kindWord((file.to ?? file.self)?.kind ?? 'file');
          return [
            say(check, {
              service: service.name,
              path: file.path,
              summary: `${service.name}: ${name} in the log directory is ${what}, expected a file`,
              evidence: [`found ${what}`],
              cause: 'svlogd cannot write there, and does not work with this directory.',
              fix: fixBy({
                title: `move ${name} aside`,
                commands: [
                  `mv ${shellPath(snapshot, file.path)} ${shellPath(snapshot, join(log.path, aside))}`,
                ],
                operations: [
                  {
                    kind: 'rename',
                    from: join(fact.real ?? log.path, name),
                    to: join(fact.real ?? log.path, aside),
                  },
                ],
              }),
            }),
          ];
        }
        if (file.to !== null && modeAllows(snapshot, file.to, 2)) {
          return [
            say(check, {
              service: service.name,
              path: file.path,
              summary: `${service.name}: ${name} in the log directory cannot be written to, though its mode allows it`,
              evidence: [modeAndOwner(snapshot, file), `${file.path}: ${errorText(file.can.write)}`],
              cause: `svlogd cannot write there. As root: lsattr ${shellWord(file.path)} shows an attribute (chattr -ia takes it away); getfacl an access list.`,
            }),
          ];
        }
        return [
          say(check, {
            service: service.name,
            path: file.path,
            summary: `${service.name}: ${name} in the log directory is not writable`,
            evidence: [modeAndOwner(snapshot, file), `${file.path}: ${errorText(file.can.write)}`],
            cause:
              'svlogd must be able to write it; left there by a run as another user, it stands in the way.',
            fix: fixBy({
              title: `move ${name} aside`,
              commands: [
                `mv ${shellPath(snapshot, file.path)} ${shellPath(snapshot, join(log.path, aside))}`,
              ],
              operations: [
                {
                  kind: 'rename',
                  from: join(fact.real ?? log.path, name),
                  to: join(fact.real ?? log.path, aside),
                },
                // In its place at once, so that what svlogd makes there is no obstacle to taking this back.
                ...(name === 'lock'
                  ? [
                      {
                        kind: 'write',
                        path: join(fact.real ?? log.path, name),
                        contents: '',
                        mode: 0o600,
                      } as const,
                    ]
                  : []),
              ],
            }),
          }),
        ];
      }
      return [];
    }),
};
