import { join } from 'node:path';
import { serviceCheck } from '../check.ts';
import { environmentOf } from '../environment.ts';
import { SETTLE_RUN } from '../finding.ts';
import { lastTarget, runOf } from '../places.ts';
import { programOf } from '../program.ts';
import { treeOf } from '../tree.ts';

export const check = serviceCheck({
  id: 'pulseaudio-already-running',
  severity: 'error',
  layer: 'daemon',
  title: 'PulseAudio was started by a client or by autostart before the service',
  section: 'Supervising Pulseaudio With Your Specific User Runit',
  explain: [
    'Every program that plays sound starts PulseAudio when none runs (autospawn). Then the supervised one says "pa_pid_file_create() failed" and ends, again and again.',
    'By hand: autospawn = no in ~/.config/pulse/client.conf, then kill $(cat $XDG_RUNTIME_DIR/pulse/pid)',
  ],
  see: (snapshot, service) => {
    const place = runOf(snapshot, service);
    const program = lastTarget(snapshot, place)?.started.program;
    if (program == null || !/(^|\/)pulseaudio$/.test(program)) return undefined;
    const runtime = environmentOf(snapshot).XDG_RUNTIME_DIR ?? snapshot.env.XDG_RUNTIME_DIR;
    if (runtime == null) return undefined;
    const file = join(runtime, 'pulse/pid');
    const pid = Number(snapshot.texts[file] ?? 0);
    const tree = treeOf(snapshot);
    const other = tree.byPid.get(pid);
    const keeper = tree.keeper(service);
    // The number of a dead one may be another process's by now.
    if (other === undefined || !/^pulseaudio/.test(programOf(other).name)) return undefined;
    if (keeper === undefined || tree.isBelow(other, keeper.pid)) return undefined;
    return {
      path: file,
      summary: 'PulseAudio runs already, outside of supervision',
      evidence: [`${file} holds ${pid}, which is not below runsv`],
      cause:
        'A client started it (autospawn), or an autostart entry. Set autospawn = no in ~/.config/pulse/client.conf, and end that one.',
      fix: {
        title: 'end the PulseAudio that runs outside',
        risk: 'restart',
        commands: [`kill ${pid}`],
        operations: [],
        actions: [{ kind: 'signal', pid, ticks: other.ticks, signal: 'SIGTERM' }],
        settle: SETTLE_RUN * 2,
      },
    };
  },
});
