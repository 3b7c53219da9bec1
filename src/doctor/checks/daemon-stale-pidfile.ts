import { serviceCheck } from '../check.ts';
import { pathOf } from '../tree.ts';
import { shellPath } from '../words.ts';
import { lastWords } from '../words-of-daemons.ts';
import { isFlapping } from './flapping.ts';

const FILE = /(\/[^\s:'"`,;()]+(?:\.pid|\.lock|-lock|\/pid))\b/;

export const check = serviceCheck({
  id: 'daemon-stale-pidfile',
  severity: 'error',
  layer: 'daemon',
  title: 'the daemon refuses to start because of a pid or lock file of a dead instance',
  section: 'My email pager loop',
  explain: [
    'A daemon that died (power cut, kill -9) leaves its pid file. The next one reads it, thinks that it runs already, and ends. Under runsv pid files are not needed at all.',
    'By hand: rm the file, or put the rm into run before the exec, as the pager’s run script does.',
  ],
  see: (snapshot, service) => {
    if (!isFlapping(snapshot, service.main)) return undefined;
    for (const line of [...lastWords(snapshot, service)].reverse()) {
      const file = FILE.exec(line)?.[1];
      const pid = /^\s*(\d+)\s*$/.exec(file === undefined ? '' : (snapshot.texts[file] ?? ''))?.[1];
      if (file === undefined || pid === undefined) continue;
      if (pathOf(snapshot, `/proc/${pid}`).to !== null) continue;
      return {
        path: file,
        summary: `${file} is left over from an instance that is dead`,
        evidence: [line, `${file} holds ${pid}; there is no such process`],
        cause: `The daemon thinks that it runs already. Take the file away: rm ${shellPath(snapshot, file)}; or put that line into run before the exec.`,
      };
    }
    return undefined;
  },
});
