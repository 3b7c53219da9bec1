import { join } from 'node:path';
import { svlogdDirectories } from '../../shell/meaning.ts';
import type { Check } from '../check.ts';
import { logMeaning, svlogdCommands } from '../logs.ts';
import { say } from '../say.ts';

function wrongOption(args: readonly (string | null)[]): string | null {
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at];
    if (word === null || word === undefined || !word.startsWith('-') || word === '-' || word === '--')
      return null;
    const match = /^-[tv]*([rRlb]?)(.*)$/.exec(word) as RegExpExecArray;
    if (match[1] === '' && match[2] !== '') return word;
    if (match[1] !== '' && match[2] === '') at += 1;
  }
  return null;
}

export const check: Check = {
  id: 'log-svlogd-usage',
  severity: 'error',
  layer: 'log',
  title: 'svlogd is called with wrong or missing arguments',
  section: 'Runit Log File Overview',
  explain: [
    'svlogd needs at least one directory, and knows the options -t, -tt, -ttt, -v, -r, -R, -l and -b only. Called otherwise it prints its usage and ends, once a second.',
    'By hand: correct log/run; svlogd is tried again within a second.',
  ],
  run: (snapshot) =>
    snapshot.services.flatMap((service) => {
      const meaning = logMeaning(snapshot, service);
      if (meaning === null) return [];
      return svlogdCommands(meaning).flatMap((command) => {
        const option = wrongOption(command.args);
        const none = svlogdDirectories(command).length === 0;
        if (option === null && !none) return [];
        const path = join(service.dir, 'log/run');
        const line = snapshot.scripts[path]?.text.split('\n')[command.line - 1]?.trim() ?? '';
        return [
          say(check, {
            service: service.name,
            path,
            summary:
              option === null
                ? `${service.name}: log/run calls svlogd without a directory`
                : `${service.name}: log/run calls svlogd with ${option}, which it does not know`,
            evidence: [`line ${command.line}: ${line}`],
            cause:
              'svlogd prints its usage and ends, and the daemon stops when the pipe is full. Correct that line.',
          }),
        ];
      });
    }),
};
