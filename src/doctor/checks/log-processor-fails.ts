import { parseLogConfig } from '../../supervisor/core/log-config.ts';
import type { Check } from '../check.ts';
import { environmentOf } from '../environment.ts';
import type { Finding } from '../finding.ts';
import { loggerOf, logsOf } from '../logs.ts';
import { programOf } from '../program.ts';
import { freshLines } from '../ring.ts';
import { say } from '../say.ts';
import type { LogFact, ServiceFact, Snapshot } from '../snapshot.ts';
import { describeProcess } from '../strays.ts';
import { pathOf, treeOf } from '../tree.ts';
import { duration, errorText, svl } from '../words.ts';

/** A processor that packs a whole log takes a moment, milliseconds. */
const PATIENCE = 10_000;

/** The logger waits for its processor, and the daemon for the logger. */
function standsStill(
  snapshot: Snapshot,
  service: ServiceFact,
  log: LogFact,
  processor: string,
): readonly Finding[] {
  const tree = treeOf(snapshot);
  const daemon = tree.daemon(service.main);
  const logger = loggerOf(snapshot, service);
  const written = pathOf(snapshot, log.path, 'current').to?.mtime;
  if (processor === '' || daemon === undefined || logger === undefined || written === undefined) return [];
  if (!/pipe_write/.test(daemon.detail?.wchan ?? '') || snapshot.at - written < PATIENCE) return [];
  const child = (tree.children.get(logger.pid) ?? []).find(
    (each) => each.argv.at(-1)?.trim() === processor.trim() && snapshot.at - each.started > PATIENCE,
  );
  if (child === undefined) return [];
  return [
    say(check, {
      service: service.name,
      path: `${log.path}/config`,
      summary: `${service.name}: it stands still, since the processor of its log does not end`,
      evidence: [
        `!${processor}`,
        `pid ${logger.pid} (${programOf(logger).name}) has ${describeProcess(child)} since ${duration(snapshot.at - child.started)}`,
        `pid ${daemon.pid} (${programOf(daemon).name}) waits to write; nothing was logged for ${duration(snapshot.at - written)}`,
      ],
      cause: `svlogd begins the next log when the processor has ended. Correct or remove the ! line, then: kill ${child.pid}`,
    }),
  ];
}

export const check: Check = {
  id: 'log-processor-fails',
  severity: 'error',
  layer: 'log',
  title: 'the processor of config fails, or does not end',
  section: 'Runit Log File Overview',
  explain: [
    '!PROGRAM in config feeds each rotated log through a program. When it ends with anything but 0, svlogd starts it again at once, without a pause. When it does not end at all, svlogd waits for it before it begins the next log, and the daemon stops with the pipe full.',
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
      if (why === null) return standsStill(snapshot, service, log, processor);
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
