import { parseLogConfig } from '../../supervisor/core/log-config.ts';
import type { Check } from '../check.ts';
import { environmentOf } from '../environment.ts';
import { logsOf } from '../logs.ts';
import { freshLines } from '../ring.ts';
import { say } from '../say.ts';
import { pathOf } from '../tree.ts';
import { errorText, svl } from '../words.ts';

export const check: Check = {
  id: 'log-processor-fails',
  severity: 'error',
  layer: 'log',
  title: 'the processor of config fails',
  section: 'Runit Log File Overview',
  explain: [
    '!PROGRAM in config feeds each rotated log through a program. When it ends with anything but 0, svlogd starts it again at once, without a pause.',
    'By hand: correct or remove the ! line, then svl kill NAME/log: HUP and TERM have no effect while it spins.',
  ],
  run: (snapshot) =>
    logsOf(snapshot).flatMap(({ log, service }) => {
      const processor = log.config === null ? '' : parseLogConfig(log.config).config.processor;
      const said = freshLines(snapshot).filter((line) =>
        line.startsWith(`svlogd: warning: processor failed, restart: ${log.path}`),
      );
      const word = /^([^\s;|&<>()$`"'\\]+)/.exec(processor.trim())?.[1] ?? '';
      let why: string | null = null;
      if (said.length > 0) why = `${said.length} times while doctor watched: ${said[0]}`;
      else if (word.startsWith('/')) {
        const fact = snapshot.paths[word];
        if (fact !== undefined && fact.can.execute !== 'ok') why = `${word}: ${errorText(fact.can.execute)}`;
      } else if (word !== '' && !word.includes('=') && environmentOf(snapshot).PATH != null) {
        const folders = (environmentOf(snapshot).PATH as string).split(':');
        const known = folders.map((folder) => snapshot.paths[`${folder}/${word}`]);
        if (
          known.some((fact) => fact !== undefined) &&
          known.every((fact) => fact === undefined || pathOf(snapshot, fact.path).to === null)
        ) {
          why = `${word}: not found on the PATH of the supervisor`;
        }
      }
      if (why === null) return [];
      return [
        say(check, {
          service: service.name,
          path: `${log.path}/config`,
          summary: `${service.name}: the processor of its log fails`,
          evidence: [`!${processor}`, why],
          cause: `svlogd starts it again without a pause. Correct or remove the ! line, then: ${svl(snapshot, 'kill', `${service.name}/log`)}`,
        }),
      ];
    }),
};
