import { serviceCheck } from '../check.ts';
import { logMeaning } from '../logs.ts';
import { programOf } from '../program.ts';
import { treeOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'log-input-elsewhere',
  severity: 'error',
  layer: 'log',
  title: 'the log service does not read what the service writes: its input is something else',
  section: 'Runit Log File Overview',
  explain: [
    'runsv connects the output of run with the input of log/run by a pipe. A log/run that takes its input from elsewhere (</dev/null, a file, a pipeline in front of svlogd) reads none of it: it ends at once, or logs something else, and the daemon stops when the pipe is full (64 KiB).',
    'By hand: take the redirection out of log/run, then svl restart NAME/log.',
  ],
  see: (snapshot, service) => {
    if (service.log === null) return undefined;
    const path = `${service.dir}/log/run`;
    const cause =
      'Nothing reads what the daemon writes: it stops when the pipe is full (64 KiB). Take the redirection away.';
    const meaning = logMeaning(snapshot, service);
    const top =
      meaning?.commands.filter((command) => command.inFunction === null && command.inside.length === 0) ?? [];
    const redirect = top
      .filter(
        (command) =>
          command === meaning?.last?.command ||
          (command.words[0]?.text === 'exec' && command.words.length === 1),
      )
      .flatMap((command) => command.redirections)
      .find((each) => each.descriptor === 0 && /^<>?$/.test(each.operator));
    if (redirect !== undefined && !meaning?.last?.command.piped) {
      return {
        path,
        summary: `log/run reads ${redirect.target?.raw ?? 'something'} instead of what the service writes`,
        evidence: [`line ${redirect.line}: ${redirect.operator}${redirect.target?.raw ?? ''}`],
        cause,
      };
    }
    const tree = treeOf(snapshot);
    const logger = tree.daemon(service.log);
    const stdin = logger?.fds.find((each) => each.fd === 0)?.target;
    if (logger === undefined || stdin === undefined || service.log.answers !== 'ok') return undefined;
    // A runsv that has just forked has not put the pipe in its place yet.
    if (/^(pipe|socket):/.test(stdin) || /^runsv(dir)?$/.test(programOf(logger).name)) return undefined;
    return {
      path,
      summary: 'its log service reads something else than what the service writes',
      evidence: [`pid ${logger.pid} (${programOf(logger).name}) has ${stdin} as its input, expected a pipe`],
      cause,
    };
  },
});
