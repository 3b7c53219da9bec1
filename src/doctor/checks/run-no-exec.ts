import { isShell } from '../../shell/shebang.ts';
import { scriptCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { rewrite } from '../places.ts';
import { programOf } from '../program.ts';
import { treeOf } from '../tree.ts';
import { shellPath, svl } from '../words.ts';

export const check = scriptCheck({
  id: 'run-no-exec',
  severity: 'warning',
  layer: 'run',
  title: 'run starts the daemon without exec: a shell stays between runsv and the daemon',
  section: 'Basic Theory: Narrative of the Startup Block Diagram',
  explain: [
    'runsv supervises the process that it started. Without exec that is the shell: TERM ends the shell, and the daemon lives on as an orphan, while the next start makes a second one beside it.',
    'By hand: put exec before the last command of run, then svl restart NAME. Copies that are left over have to be ended by their pid.',
  ],
  only: 'run',
  see: (snapshot, { meaning, path, script, service, supervise, fact }) => {
    if (meaning?.last == null || script === undefined) return undefined;
    const { last, commands } = meaning;
    const top = commands.filter((command) => command.inFunction === null);
    const final = top.at(-1);
    const first = top.at(-2);
    // In a pipeline exec ends a copy of the shell, not the shell that runsv started.
    if (final?.piped === true && first?.words[0]?.text === 'exec' && first.words.length > 1) {
      return {
        path,
        summary: 'exec stands in a pipeline: a shell stays between runsv and the daemon',
        evidence: [
          `line ${first.line}: ${(script.text.split('\n')[first.line - 1] ?? '').trim().slice(0, 80)}`,
        ],
        cause:
          'svl down and restart reach the shell, and leave the daemon and the rest of the pipeline behind. Let run end in exec DAEMON, and give what it writes to a log service.',
      };
    }
    if (last.exec || last.background || last.conditional || final !== last.command || last.command.piped)
      return undefined;
    // A trap needs its shell; a program that is not a daemon (sleep in a script of one pass) too.
    if (commands.some((command) => command.words[0]?.text === 'trap')) return undefined;
    const tree = treeOf(snapshot);
    const daemon = tree.daemon(supervise);
    let evidence = [
      `line ${last.line}: ${last.command.words
        .map((word) => word.raw)
        .join(' ')
        .slice(0, 70)}`,
    ];
    if (daemon !== undefined) {
      if (!isShell(programOf(daemon).name)) return undefined;
      const child = (tree.children.get(daemon.pid) ?? []).find((each) => snapshot.at - each.started > 3000);
      if (child === undefined) return undefined;
      evidence = [
        ...evidence,
        `supervised: pid ${daemon.pid} (${programOf(daemon).name}); the daemon is its child, pid ${child.pid}`,
      ];
    } else if (supervise.status?.state === 'run') return undefined;
    const row = script.text.split('\n')[last.line - 1] ?? '';
    const simple = last.command.assignments.length === 0 && !/[;&|()]/.test(row) && last.program !== null;
    const lines = script.text.split('\n');
    lines[last.line - 1] = row.replace(/^(\s*)/, '$1exec ');
    const operation = simple ? rewrite(script, fact.real ?? path, lines.join('\n')) : undefined;
    return {
      path,
      summary: 'run starts its daemon without exec',
      evidence,
      cause:
        'svl down and restart reach the shell, and leave the daemon behind. Put exec before the last command.',
      fix:
        operation === undefined
          ? null
          : {
              title: 'put exec before the last command of run, and restart it',
              risk: 'restart',
              commands: [
                `sed -i '${last.line}s/^/exec /' ${shellPath(snapshot, path)}`,
                svl(snapshot, 'restart', service.name),
              ],
              operations: [operation],
              actions:
                daemon === undefined
                  ? []
                  : [
                      { kind: 'control', supervise: supervise.path, letters: 't' },
                      ...tree.descendants(daemon.pid).map(
                        (child) =>
                          ({
                            kind: 'signal',
                            pid: child.pid,
                            ticks: child.ticks,
                            signal: 'SIGTERM',
                          }) as const,
                      ),
                    ],
              settle: SETTLE_RUN,
            },
    };
  },
});
