import { scriptCheck } from '../check.ts';
import { treeOf } from '../tree.ts';

/** `kill 0`, `kill -TERM 0`, `kill -- -$$`: the whole process group. `kill $PPID`: runsv itself. */
const SIGNAL = String.raw`\bkill\s+(?:-(?:[sn]\s+\w+|(?![sn]\s)\w+)\s+)?(?:--\s+)?`;
const GROUP = new RegExp(String.raw`${SIGNAL}(?:0(?=[\s;&|)"']|$)|["']?-\$\$)`);
const PARENT = new RegExp(String.raw`${SIGNAL}["']?\$\{?PPID\b`);
/** Signals that end nothing: 0 only asks whether the process is there. */
const HARMLESS = /\bkill\s+-(?:[sn]\s+)?(?:0|(?:SIG)?(?:CONT|CHLD|WINCH|URG))\s/;

export const check = scriptCheck({
  id: 'run-kills-runsv',
  severity: 'warning',
  layer: 'run',
  title: 'run sends a signal to its runsv, by its pid or with the whole process group',
  section: 'A USR1 Aware Fetchmail Loop',
  explain: [
    'A service shares the process group of its runsv. kill 0 in a trap (or kill -- -$$) therefore ends runsv and the logger, too; so does kill $PPID. runsvdir starts a new runsv up to five seconds later, and sv says "unable to open supervise/ok" or "down" meanwhile.',
    'By hand: kill the children by their pids, or start the script with exec chpst -P, which gives it a group of its own. To stay down, let the script exit after svl down NAME.',
  ],
  see: (snapshot, { meaning, path, name, script, service, supervise }) => {
    if (meaning === undefined || meaning.shell === '' || script === undefined) return undefined;
    const rows = script.text.split('\n').map((row) => row.replace(/^\s*#.*/, ''));
    const tree = treeOf(snapshot);
    const daemon = tree.daemon(supervise);
    const keeper = tree.keeper(service);
    for (const [at, row] of rows.entries()) {
      if (HARMLESS.test(row)) continue;
      // In a shell of its own, $PPID is the script itself.
      const parent = PARENT.test(row) && !/\bsh\s+-\w*c\b/.test(row);
      if (!parent && !GROUP.test(row)) continue;
      // A group of its own: chpst -P, setsid, or a supervisor that gives one.
      if (!parent && daemon !== undefined && keeper !== undefined && daemon.pgrp !== keeper.pgrp) continue;
      if (!parent && /\bsetsid\b|\bchpst\b[^;|&]*\s-[a-zA-Z0-9]*P/.test(script.text)) continue;
      return {
        path,
        severity: parent ? 'error' : 'warning',
        summary: parent
          ? `${name} ends its own runsv`
          : `${name} sends a signal to its whole process group, and runsv is in it`,
        evidence: [
          `line ${at + 1}: ${row.trim().slice(0, 80)}`,
          ...(daemon === undefined || keeper === undefined || parent
            ? []
            : [`pid ${daemon.pid} and pid ${keeper.pid} (its runsv) are both in group ${keeper.pgrp}`]),
        ],
        cause: parent
          ? 'runsv ends with the service and its logger, and runsvdir starts all of them again, up to five seconds later. Remove that line.'
          : 'The logger and runsv end with it, and are started again by runsvdir. Signal the children by their pids, or start with exec chpst -P.',
      };
    }
    return undefined;
  },
});
