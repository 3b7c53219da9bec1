import { scriptCheck } from '../check.ts';
import { SETTLE_RUN } from '../finding.ts';
import { rewrite } from '../places.ts';
import { describeProcess, straysOf } from '../strays.ts';
import { shellPath, svl } from '../words.ts';

export const check = scriptCheck({
  id: 'run-backgrounds-daemon',
  severity: 'error',
  layer: 'run',
  title: 'run ends with a command in the background (&)',
  section: 'Basic Theory: Narrative of the Startup Block Diagram',
  explain: [
    'With & at its end the last command runs in the background, run itself ends, and runsv starts it again: one more copy of the daemon each second, none of which svl can stop.',
    'By hand: take the & away and put exec before the command; svl down NAME; end the copies by their pid; svl up NAME.',
  ],
  see: (snapshot, { meaning, path, script, service, supervise, fact, name }) => {
    if (meaning === undefined || script === undefined) return undefined;
    const outside = meaning.commands.filter((command) => command.inFunction === null);
    const last = outside.at(-1);
    if (last === undefined || last.end !== '&' || last.inside.length > 0) return undefined;
    const copies = name === 'run' ? straysOf(snapshot, service) : [];
    const rows = script.text.split('\n');
    const row = rows[last.line - 1] ?? '';
    const simple = /^\s*[^;|()]*&\s*$/.test(row) && last.assignments.length === 0;
    rows[last.line - 1] = row.replace(/\s*&\s*$/, '').replace(/^(\s*)(exec\s+)?/, '$1exec ');
    const operation = simple ? rewrite(script, fact.real ?? path, rows.join('\n')) : undefined;
    return {
      path,
      summary: `${name} puts its daemon in the background`,
      evidence: [
        `line ${last.line}: ${row.trim().slice(0, 70)}`,
        ...(copies.length > 0
          ? [
              `${copies.length} ${copies.length === 1 ? 'copy runs' : 'copies run'} outside of supervision: ${copies.slice(0, 3).map(describeProcess).join(', ')}`,
            ]
          : []),
      ],
      cause: `${name} ends at once, so that runsv starts it again each second. Take the & away, and put exec before the command.`,
      fix:
        operation === undefined
          ? null
          : {
              title: `run the daemon of ${name} in the foreground, and end the copies`,
              risk: 'restart',
              commands: [
                svl(snapshot, 'down', service.name),
                `sed -i '${last.line}{s/[[:space:]]*&[[:space:]]*$//;s/^/exec /}' ${shellPath(snapshot, path)}`,
                ...(copies.length > 0 ? [`kill ${copies.map((each) => each.pid).join(' ')}`] : []),
                svl(snapshot, 'up', service.name),
              ],
              operations: [operation],
              first:
                supervise.answers === 'ok'
                  ? [{ kind: 'control', supervise: supervise.path, letters: 'd' }]
                  : [],
              actions: [
                ...copies.map(
                  (each) =>
                    ({ kind: 'signal', pid: each.pid, ticks: each.ticks, signal: 'SIGTERM' }) as const,
                ),
                ...(supervise.answers === 'ok'
                  ? [{ kind: 'control', supervise: supervise.path, letters: 'u' } as const]
                  : []),
              ],
              settle: SETTLE_RUN,
            },
    };
  },
});
