import { serviceCheck } from '../check.ts';
import { lastTarget, runOf } from '../places.ts';
import { treeOf } from '../tree.ts';

const USR1 = 9n;

export const check = serviceCheck({
  id: 'usr1-not-trapped',
  severity: 'info',
  layer: 'advice',
  title: 'the daemon’s script speaks of USR1, but the process does not catch it',
  section: 'Listening for signal USR1',
  explain: [
    'A daemon that is to end only between two passes catches USR1 (trap on_usr1 USR1) and ends itself at the right moment. Without the trap, svl 1 NAME kills it at once, in the middle of its work.',
    'By hand: put the trap at the top of the script that runs.',
  ],
  see: (snapshot, service) => {
    const daemon = treeOf(snapshot).daemon(service.main);
    const place = runOf(snapshot, service);
    const target = lastTarget(snapshot, place)?.fact?.path;
    const script = target === undefined ? undefined : snapshot.scripts[target];
    if (daemon?.detail == null || snapshot.at - daemon.started < 2000) return undefined;
    const text = `${place.script?.text ?? ''}\n${script?.text ?? ''}`.replace(/^\s*#.*$/gm, '');
    if (!/\bUSR1\b/.test(text) || daemon.detail.caught === '') return undefined;
    if (((BigInt(`0x${daemon.detail.caught}`) >> USR1) & 1n) === 1n) return undefined;
    return {
      path: script === undefined ? place.path : (target ?? place.path),
      summary: 'its script speaks of USR1, but the process does not catch it',
      evidence: [`pid ${daemon.pid}: caught signals ${daemon.detail.caught}, USR1 is not among them`],
      cause:
        'svl 1 would kill it at once. The trap must be set in the script that runs, before its loop: trap on_usr1 USR1',
    };
  },
});
