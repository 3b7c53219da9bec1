import type { Check } from '../check.ts';
import { logsOf } from '../logs.ts';
import { say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { kindWord, tilde } from '../words.ts';

export const check: Check = {
  id: 'log-dir-is-file',
  severity: 'error',
  layer: 'log',
  title: 'the path given to svlogd is a file',
  section: 'Runit Log File Overview',
  explain: [
    'svlogd takes directories: it makes current, lock and the rotated files in them.',
    'By hand: give it a directory in log/run, or move the file away and make the directory.',
  ],
  run: (snapshot) =>
    logsOf(snapshot).flatMap(({ log, service }) => {
      const fact = pathOf(snapshot, log.path);
      if (fact.to === null || fact.to.kind === 'directory') return [];
      return [
        say(check, {
          service: service.name,
          path: log.path,
          summary: `${service.name}: ${tilde(snapshot, log.path)} is ${kindWord(fact.to.kind)}, svlogd needs a directory`,
          evidence: [`${log.path}: ${kindWord(fact.to.kind)}, ${fact.to.size} bytes`],
          cause: `svlogd ends, and the daemon stops when the pipe is full. Move the file away and make the directory, or name another one in ${service.dir}/log/run.`,
        }),
      ];
    }),
};
