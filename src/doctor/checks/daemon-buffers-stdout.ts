import { basename } from 'node:path';
import { serviceCheck } from '../check.ts';
import { runOf } from '../places.ts';
import { logPipes } from '../strays.ts';
import { treeOf } from '../tree.ts';
import { duration } from '../words.ts';

/** A daemon that is this long up and has said nothing, milliseconds. */
const SILENT = 60_000;
const BUFFERING = /^(python|perl|ruby|awk|gawk|mawk|tclsh|lua)[\d.]*$/;

export const check = serviceCheck({
  id: 'daemon-buffers-stdout',
  severity: 'info',
  layer: 'advice',
  title: 'the log stays empty: the daemon may keep its output in a buffer',
  section: 'Log File Locations',
  explain: [
    'Programs buffer what they print when it goes to a pipe and not to a terminal: the log gets it in lumps of some KiB, and what is in the buffer at the end is lost.',
    'By hand: python3 -u, or PYTHONUNBUFFERED=1; perl: $| = 1; for C programs: exec stdbuf -oL PROGRAM',
  ],
  see: (snapshot, service) => {
    const daemon = treeOf(snapshot).daemon(service.main);
    const log = snapshot.logs.find((each) => each.service === service.dir);
    const { status } = service.main;
    if (daemon === undefined || log === undefined || status?.state !== 'run' || log.tail !== '')
      return undefined;
    if (log.names.some((name) => name.startsWith('@')) || snapshot.at - status.changed < SILENT)
      return undefined;
    const program = basename(daemon.exe ?? '');
    if (!BUFFERING.test(program)) return undefined;
    if (daemon.argv.includes('-u') || daemon.detail?.environ?.PYTHONUNBUFFERED !== undefined)
      return undefined;
    if (!logPipes(snapshot, service).has(daemon.fds.find((each) => each.fd === 1)?.target ?? ''))
      return undefined;
    return {
      path: runOf(snapshot, service).path,
      summary: `it is up for ${duration(snapshot.at - status.changed)}, and its log is empty`,
      evidence: [`${program}, stdout is the log's pipe, nothing was written`],
      cause: `It may have nothing to say, or keep it in a buffer: ${program.startsWith('python') ? 'python3 -u' : program === 'perl' ? '$| = 1' : 'exec stdbuf -oL PROGRAM'}`,
    };
  },
});
