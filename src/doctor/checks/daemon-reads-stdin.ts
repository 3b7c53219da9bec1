import { basename } from 'node:path';
import { serviceCheck } from '../check.ts';
import { lastTarget, runOf } from '../places.ts';
import { treeOf } from '../tree.ts';
import { isFlapping } from './flapping.ts';

/** Programs that read standard input when they get no file. */
const READERS =
  /^(cat|tee|sh|dash|bash|ksh|mksh|zsh|python\d?[\d.]*|perl|node|bc|dc|awk|sed|grep|wc|sort|nc)$/;

export const check = serviceCheck({
  id: 'daemon-reads-stdin',
  severity: 'info',
  layer: 'daemon',
  title: 'the daemon reads standard input, and ends at its end',
  section: 'Make the Daemon Program',
  explain: [
    'Under runit standard input is what runsvdir was started with: mostly /dev/null, which is at its end at once. A program that reads it (an interpreter without a script, cat) ends with success, each second.',
    'By hand: give it the file or option that it needs, or exec PROGRAM <FIFO.',
  ],
  see: (snapshot, service) => {
    const place = runOf(snapshot, service);
    const last = lastTarget(snapshot, place)?.started;
    if (last?.program == null || !READERS.test(basename(last.program))) return undefined;
    if (last.args.some((word) => word === null || (word !== '-' && !word.startsWith('-')))) return undefined;
    if (last.command.redirections.some((each) => each.descriptor === 0) || last.command.piped)
      return undefined;
    if (!isFlapping(snapshot, service.main)) return undefined;
    const stdin = treeOf(snapshot).main?.process.fds.find((each) => each.fd === 0)?.target;
    return {
      path: place.path,
      severity: 'error',
      summary: `${basename(last.program)} reads standard input, which is at its end`,
      evidence: [
        `run, line ${last.line}: ${last.command.words.map((word) => word.raw).join(' ')}`,
        ...(stdin === undefined ? [] : [`standard input of the supervisor: ${stdin}`]),
      ],
      cause:
        'It reads to the end, and ends with success. Give it the file, option or redirection that it is to work on.',
    };
  },
});
