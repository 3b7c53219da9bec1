import { isShell } from '../../shell/shebang.ts';
import { serviceCheck } from '../check.ts';
import { runOf } from '../places.ts';
import { programOf } from '../program.ts';
import { describeProcess } from '../strays.ts';
import { treeOf } from '../tree.ts';
import { duration } from '../words.ts';

/** A script that prepares something may take a moment, milliseconds. */
const PATIENCE = 10_000;

export const check = serviceCheck({
  id: 'run-waits',
  severity: 'warning',
  layer: 'state',
  title: 'run has not come to its daemon: a line before the exec does not end',
  section: 'Make the Daemon’s Run Script Inside the Daemon’s Directory',
  explain: [
    'sv says "run" as soon as the script has started. When a line above the exec waits for something (a file, a host, a lock) that does not come, the daemon is never started, and nothing tells so.',
    'By hand: svl status shows the pid; ps --ppid PID shows what the script waits for.',
  ],
  see: (snapshot, service) => {
    const { meaning, script, path } = runOf(snapshot, service);
    const tree = treeOf(snapshot);
    const daemon = tree.daemon(service.main);
    if (daemon === undefined || meaning?.last == null || service.main.status?.state !== 'run')
      return undefined;
    const { last } = meaning;
    if (
      !last.exec ||
      last.conditional ||
      last.program === null ||
      isShell(last.program.split('/').pop() ?? '') ||
      // A script that works, and becomes the pause before it is started again.
      /(^|\/)(sleep|pause|true)$/.test(last.program) ||
      // It waits for what it has started itself.
      meaning.started.some((each) => each.background)
    )
      return undefined;
    if (!isShell(programOf(daemon).name) || !daemon.argv.includes('./run')) return undefined;
    if (snapshot.at - daemon.started < PATIENCE || daemon.state === 'T') return undefined;
    const children = tree.children.get(daemon.pid) ?? [];
    const loop = meaning.commands.find(
      (command) =>
        command.condition && command.line < last.line && /^(while|until)$/.test(command.inside.at(-1) ?? ''),
    );
    const row = loop === undefined ? undefined : script?.text.split('\n')[loop.line - 1]?.trim();
    const opens = /wait_for_partner|fifo_open/.test(daemon.detail?.wchan ?? '');
    return {
      path,
      // A long preparation (an index, a backup) is no fault; a loop that asks again and again may be one.
      severity: row === undefined && !opens ? 'info' : 'warning',
      summary: `run has not come to ${last.raw} for ${duration(snapshot.at - daemon.started)}`,
      evidence: [
        `pid ${daemon.pid} is still ${programOf(daemon).name} ./run`,
        ...(opens ? ['it opens a FIFO, and waits until somebody opens the other end'] : []),
        ...children.slice(0, 2).map((child) => `it waits for ${describeProcess(child)}`),
        ...(row === undefined ? [] : [`line ${loop?.line}: ${row.slice(0, 80)}`]),
      ],
      cause: `A line above "exec ${last.raw}" does not end, and the daemon is not started. sv says "run" all the same.`,
    };
  },
});
