import { scriptCheck } from '../check.ts';
import { isFlapping } from './flapping.ts';

export const check = scriptCheck({
  id: 'run-umask',
  severity: 'warning',
  layer: 'run',
  title: 'run sets a umask that takes away the user’s own rights',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'umask names the rights that new files do not get. With a first digit other than 0 (umask 777, umask 700) the daemon may not read or write the files that it has just made itself.',
    'By hand: umask 077 keeps others out, and nobody else.',
  ],
  see: (snapshot, { meaning, path, name, supervise }) => {
    for (const command of meaning?.commands ?? []) {
      const [word, value] = command.words;
      if (word?.text !== 'umask' || value === undefined || command.inFunction !== null) continue;
      if (!/^0?[0-7]{1,4}$/.test(value.text)) continue;
      const mask = Number.parseInt(value.text, 8);
      if ((mask & 0o700) === 0) continue;
      return {
        path,
        severity: isFlapping(snapshot, supervise) ? 'error' : 'warning',
        summary: `${name} sets umask ${value.text}: what it makes is closed to itself`,
        evidence: [
          `line ${command.line}: umask ${value.text}`,
          `a new file gets mode 0${(0o666 & ~mask).toString(8).padStart(3, '0')}`,
        ],
        cause:
          'The files and directories that the service makes may not be used by it. umask 077 keeps all others out; remove the files that were made with the wrong mode.',
      };
    }
    return undefined;
  },
});
