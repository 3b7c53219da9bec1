import { serviceCheck } from '../check.ts';
import { programOf } from '../program.ts';
import { treeOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'log-not-reading',
  severity: 'error',
  layer: 'log',
  title: 'the daemon stands still: its log service does not read',
  section: 'Runit Log File Overview',
  explain: [
    'The pipe between a service and its log service holds 64 KiB. When the log service does not read (it is no logger, it hangs on its disk, it was stopped), the next line that the daemon writes waits for ever, and the daemon with it, while sv says "run".',
    'By hand: let log/run be exec svlogd -tt DIRECTORY; svl restart NAME/log.',
  ],
  see: (snapshot, service) => {
    if (service.log === null) return undefined;
    const tree = treeOf(snapshot);
    const daemon = tree.daemon(service.main);
    if (daemon === undefined || service.log.answers !== 'ok' || service.log.status?.state !== 'run')
      return undefined;
    const out = daemon.fds.filter(({ fd, target }) => (fd === 1 || fd === 2) && target.startsWith('pipe:'));
    const logger = tree.daemon(service.log);
    const stdin = logger?.fds.find((each) => each.fd === 0)?.target;
    if (!/pipe_write/.test(daemon.detail?.wchan ?? '') || !out.some(({ target }) => target === stdin))
      return undefined;
    // A pipe that is full for a moment: only with a logger that is asleep elsewhere, and neither waits for input, for
    // its own threads, for a processor (!gzip) nor for the next one in its pipeline.
    if (
      logger === undefined ||
      /pipe_(read|write)|poll|select|futex|do_wait/.test(logger.detail?.wchan ?? '')
    )
      return undefined;
    if (logger.state === 'R' || logger.state === 'D') return undefined;
    return {
      path: `${service.dir}/log/run`,
      summary: 'its daemon stands still: the log service does not read what it writes',
      evidence: [
        `pid ${daemon.pid} (${programOf(daemon).name}) waits to write to ${stdin}`,
        `pid ${logger.pid} (${programOf(logger).name}) has it as its input, and does not read`,
      ],
      cause:
        'The pipe between them is full. Let log/run be a logger: exec svlogd -tt DIRECTORY; then restart the log service.',
    };
  },
});
